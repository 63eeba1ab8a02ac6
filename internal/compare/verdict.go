package compare

import (
	"fmt"
	"math"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/phrase"
)

// fewRows is the number of test rows below which the verdict states what they are too few for.
const fewRows = 100

var metricWords = map[string]string{
	"accuracy": "accuracy", "macro_f1": "macro F1", "micro_f1": "micro F1", "subset_accuracy": "subset accuracy",
	"roc_auc": "ROC AUC", "average_precision": "average precision", "mae": "mean absolute error", "rmse": "root mean squared error", "r2": "R²",
}

// verdict summarises the tests in plain words: what the simplest fusion gains over the best single
// input, what the best of the others adds, and what to use.
func (r *Result) verdict() string {
	var sentences []string
	switch {
	case r.BestModality < 0 && r.SimplestFusion < 0:
		sentences = append(sentences, "Nothing has been trained yet.")
	case r.BestModality < 0:
		sentences = append(sentences, "No input alone has been trained yet, so there is nothing to compare a fusion with.")
	case r.SimplestFusion < 0:
		sentences = append(sentences, fmt.Sprintf("%s is the best input alone on the validation rows; no fusion has been trained yet.", r.name(r.BestModality)))
	default:
		sentences = append(sentences, r.findings()...)
	}
	return strings.Join(append(sentences, r.caveats()...), " ")
}

// findings returns the sentences about the tests, and the recommendation.
func (r *Result) findings() []string {
	alone, simple, other := r.BestModality, r.SimplestFusion, r.other()
	gain := r.test(simple, alone)
	first := r.against(gain, r.name(simple), r.name(alone)+" alone", true)
	wins := r.gain(gain) > 0 && gain.Certain()
	use := alone
	if wins {
		use = simple
	}
	if other >= 0 {
		more := r.test(other, alone)
		if wins {
			more = r.test(other, simple)
		}
		second, better := r.addition(more, other, wins)
		first += "; " + second
		if better {
			use = other
		}
	}
	out := []string{first + "."}
	if use == alone {
		return append(out, fmt.Sprintf("Use %s alone: no fusion is significantly better on this data.", r.name(alone)))
	}
	return append(out, fmt.Sprintf("Use %s.", r.name(use)))
}

// other is the best fusion on validation rows, except for the simplest; -1 if there is none.
func (r *Result) other() int {
	best := -1
	for k, row := range r.Runs {
		if row.Kind != Fusion || k == r.SimplestFusion || row.Seeds == 0 {
			continue
		}
		if best < 0 || r.improves(float64(row.Validation), float64(r.Runs[best].Validation)) {
			best = k
		}
	}
	return best
}

func (r *Result) improves(a, b float64) bool {
	if r.Lower {
		return a < b
	}
	return a > b
}

// addition states what a more complex fusion adds: to the simplest one if that gains, otherwise to
// the best single input.
func (r *Result) addition(t *Test, other int, gains bool) (clause string, better bool) {
	name := r.name(other)
	if t == nil {
		return name + " has no seed in common with it", false
	}
	if !gains {
		return r.against(t, name, r.name(r.BestModality)+" alone", false), t.Certain() && r.gain(t) > 0
	}
	adds := fmt.Sprintf("%s adds %s %s", name, Amount(r.Metric, r.gain(t)), r.interval(t, false))
	if r.Lower {
		adds = fmt.Sprintf("%s takes off another %s %s", name, Amount(r.Metric, r.gain(t)), r.interval(t, false))
	}
	switch {
	case t.Certain() && r.gain(t) > 0:
		return adds + ": worth it" + r.cost(other), true
	case t.Certain():
		return r.against(t, name+", the best of the others on the validation rows,", "it", false) + ": not worth it on this data", false
	case r.excludesZero(t) && r.gain(t) > 0:
		return adds + ", which is not significant after " + r.comparisons() + ": not worth it on this data", false
	}
	return adds + ": not worth it on this data", false
}

// against states how one candidate compares with another; the first time with the name of the
// metric and of the interval.
func (r *Result) against(t *Test, who, whom string, first bool) string {
	if t == nil {
		return fmt.Sprintf("%s and %s have no seed in common", who, whom)
	}
	gain, of := r.gain(t), ""
	if first {
		of = " of " + metricWords[r.Metric]
	}
	differs := fmt.Sprintf("%s differs from %s by %s%s %s", who, whom, Points(r.Metric, float64(t.Difference)), of, r.raw(t, first))
	switch {
	case t.Certain() && gain > 0 && r.Lower:
		return fmt.Sprintf("%s lowers the %s of %s by %s %s", who, metricWords[r.Metric], whom, Points(r.Metric, gain), r.interval(t, first))
	case t.Certain() && r.Lower:
		return fmt.Sprintf("%s raises the %s of %s by %s %s", who, metricWords[r.Metric], whom, Points(r.Metric, -gain), r.interval(t, first))
	case t.Certain() && gain > 0:
		return fmt.Sprintf("%s gains %s%s over %s %s", who, Points(r.Metric, gain), of, whom, r.interval(t, first))
	case t.Certain():
		return fmt.Sprintf("%s loses %s%s against %s %s", who, Points(r.Metric, -gain), of, whom, r.interval(t, first))
	case t.Difference == 0 && t.Low == 0 && t.High == 0:
		return fmt.Sprintf("%s and %s do equally well, row by row", who, whom)
	case r.excludesZero(t):
		return differs + ", which is not significant after " + r.comparisons()
	}
	return differs + ": no significant difference"
}

// cost states what a fusion costs beyond the simplest, if that is a lot.
func (r *Result) cost(other int) string {
	a, b := r.Runs[other], r.Runs[r.SimplestFusion]
	var parts []string
	add := func(what string, x, y float64) {
		// Timing on busy machines is no more accurate than this.
		if ratio := x / y; ratio >= 1.2 {
			parts = append(parts, fmt.Sprintf("%.1f times the %s", ratio, what))
		}
	}
	add("training time", float64(a.TrainingSeconds), float64(b.TrainingSeconds))
	add("inference cost", float64(a.InferenceMicros), float64(b.InferenceMicros))
	if parts == nil {
		return ""
	}
	return ", at " + strings.Join(parts, " and ")
}

// caveats states what a reader has to know before trusting the rest.
func (r *Result) caveats() []string {
	var out []string
	if r.Rows < fewRows {
		s := fmt.Sprintf("There are only %s", phrase.Count(r.Rows, "test row"))
		if w := r.widest(); w > 0 {
			s += fmt.Sprintf(", on which a difference below about %s cannot be detected", Points(r.Metric, w))
		}
		out = append(out, s+".")
	}
	one := false
	for _, row := range r.Runs {
		one = one || row.Seeds == 1
	}
	if one {
		out = append(out, "With only one seed, intervals do not include the variation between seeds.")
	}
	if r.Missing > 0 {
		verb := "have"
		if r.Missing == 1 {
			verb = "has"
		}
		out = append(out, fmt.Sprintf("%s %s not been executed; the same command continues.", phrase.Count(r.Missing, "run"), verb))
	}
	return out
}

// widest is half of the widest interval of the tests against the best single input.
func (r *Result) widest() float64 {
	w := 0.0
	for _, t := range r.Tests {
		if t.against == r.BestModality && !math.IsNaN(float64(t.High)) {
			w = max(w, float64(t.High-t.Low)/2)
		}
	}
	return w
}

func (r *Result) name(k int) string { return r.Runs[k].Name }

func (r *Result) comparisons() string {
	return "correction for " + phrase.Count(len(r.Tests), "comparison")
}

// gain is a difference, positive where it is an improvement.
func (r *Result) gain(t *Test) float64 {
	if t == nil {
		return 0
	}
	if r.Lower {
		return -float64(t.Difference)
	}
	return float64(t.Difference)
}

func (r *Result) excludesZero(t *Test) bool { return t.Low > 0 || t.High < 0 }

// interval formats that of a gain, or of a loss reported as one.
func (r *Result) interval(t *Test, first bool) string {
	low, high := t.Low, t.High
	if loss := r.gain(t) < 0 && t.Certain(); loss != r.Lower {
		low, high = -high, -low
	}
	return r.between(float64(low), float64(high), first)
}

// raw formats the interval of a difference.
func (r *Result) raw(t *Test, first bool) string {
	return r.between(float64(t.Low), float64(t.High), first)
}

// between formats an interval, and explains it the first time.
func (r *Result) between(low, high float64, first bool) string {
	what := ""
	if first {
		what = fmt.Sprintf("%.0f %% interval ", 100*r.Level)
	}
	if math.IsNaN(low) || math.IsNaN(high) {
		return "(no interval)"
	}
	return fmt.Sprintf("(%s%s to %s)", what, Amount(r.Metric, low), Amount(r.Metric, high))
}
