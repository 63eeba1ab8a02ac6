package auto

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/internal/phrase"
	"github.com/chiasm-ml/chiasm/metrics"
)

// judge tests what was chosen against the best single model, and the best fusion against the best
// input alone, each chosen by validation rows, and says in words what came out.
func (s *Search) judge(r *Result, o *Outcome, test []float32, thresholds metrics.Thresholds) error {
	best := map[string]*Row{} // by kind; "" of all
	for i := range r.Candidates {
		row := &r.Candidates[i]
		kind := row.Kind
		if kind == compare.Subset {
			kind = compare.Fusion // of some of the inputs
		}
		for _, kind := range []string{"", kind} {
			if b := best[kind]; b == nil || metrics.Better(s.Metric, float64(row.Validation), float64(b.Validation)) {
				best[kind] = row
			}
		}
	}
	// Package compare tests everything against the best input and against the first fusion.
	study := s.study(r.Resamples)
	add := func(kind string, row *Row) {
		for _, c := range s.trained() {
			if c.Name == row.Name {
				k := s.contender(c)
				k.Kind = kind
				study.Contenders = append(study.Contenders, k)
			}
		}
	}
	input, fused, single := best[compare.Modality], best[compare.Fusion], best[""]
	if input != nil {
		add(compare.Modality, input)
	}
	if fused != nil {
		add(compare.Fusion, fused)
	}
	if r.Chosen.Kind == Ensemble {
		study.Contenders = append(study.Contenders, compare.Contender{Kind: compare.Subset, Name: Ensemble, Runs: []compare.Run{{Predictions: s.units(test), Thresholds: thresholds, Validation: o.Validation}}})
	}
	if len(study.Contenders) > 1 {
		f, err := study.Result()
		if err != nil {
			return err
		}
		r.Tests = f.Tests
	}
	r.Verdict = strings.Join(append([]string{r.first(single, o), r.fusing(input, fused)}, r.caveats()...), " ")
	r.Verdict = strings.Join(strings.Fields(r.Verdict), " ")
	return nil
}

// first says how good what was chosen is.
func (r *Result) first(single *Row, o *Outcome) string {
	metric := strings.ReplaceAll(r.Metric, "_", " ")
	rows := fmt.Sprintf("the %d test rows", r.TestRows)
	if h := o.Held; r.Chosen.Kind != Ensemble && h != nil {
		return fmt.Sprintf("%s has %s %s on %s. It stays alone: on validation rows that had no part in the choice ensembles have %s, and single models %s.",
			r.Chosen.Name, metric, r.figure(r.Chosen.Test), rows, r.figure(h.Together), r.figure(h.Alone))
	}
	if r.Chosen.Kind != Ensemble {
		return fmt.Sprintf("%s has %s %s on %s: on the validation rows no ensemble did better than this model alone.", r.Chosen.Name, metric, r.figure(r.Chosen.Test), rows)
	}
	s := fmt.Sprintf("The ensemble of %d models has %s %s on %s; the best single model on the validation rows, %s, has %s", len(o.Chosen), metric, r.figure(r.Chosen.Test), rows, single.Name, r.figure(single.Test))
	return s + r.said(r.test(Ensemble, single.Name)) + "."
}

// fusing says whether fusing inputs pays.
func (r *Result) fusing(input, fused *Row) string {
	if input == nil || fused == nil {
		return ""
	}
	t := r.test(fused.Name, input.Name)
	both := fmt.Sprintf("%s, the best fusion, has %s, and %s, the best input alone, %s", fused.Name, r.figure(fused.Test), input.Name, r.figure(input.Test))
	switch {
	case t == nil:
		return ""
	case t.Certain() && r.gain(t) > 0:
		return fmt.Sprintf("Fusing pays: %s%s.", both, r.said(t))
	case t.Certain():
		return fmt.Sprintf("Fusing does not pay: %s%s.", both, r.said(t))
	}
	return fmt.Sprintf("Whether fusing pays these rows do not tell: %s%s.", both, r.said(t))
}

// said tells of a difference, and whether it is one.
func (r *Result) said(t *compare.Test) string {
	if t == nil {
		return ""
	}
	if t.Difference == 0 && t.Low == 0 && t.High == 0 {
		return ": they do equally well, row by row"
	}
	interval := fmt.Sprintf("%.0f %% interval %s to %s", 100*r.Level, compare.Amount(r.Metric, float64(t.Low)), compare.Amount(r.Metric, float64(t.High)))
	what := fmt.Sprintf("a difference of %s (%s)", compare.Points(r.Metric, float64(t.Difference)), interval)
	if t.Certain() {
		return ", " + what
	}
	return ", " + what + ", which is not significant"
}

// caveats are what a reader has to know before trusting the rest.
func (r *Result) caveats() []string {
	var out []string
	if n := len(r.Early) + len(r.Left); n > 0 {
		var parts []string
		if n := len(r.Early); n > 0 {
			parts = append(parts, phrase.Count(n, "candidate")+" ended early")
		}
		if n := len(r.Left); n > 0 {
			verb := "were"
			if n == 1 {
				verb = "was"
			}
			parts = append(parts, fmt.Sprintf("%s %s not trained", phrase.Count(n, "candidate"), verb))
		}
		out = append(out, "For want of time "+strings.Join(parts, " and ")+"; the same command with more --time goes on.")
	}
	return out
}

// test is that of two names; nil if there is none.
func (r *Result) test(contender, against string) *compare.Test {
	for i := range r.Tests {
		switch t := &r.Tests[i]; {
		case t.Contender == contender && t.Against == against:
			return t
		case t.Contender == against && t.Against == contender:
			turned := *t
			turned.Contender, turned.Against = contender, against
			turned.Difference, turned.Low, turned.High = -t.Difference, -t.High, -t.Low
			return &turned
		}
	}
	return nil
}

// gain is a difference, positive where it is an improvement.
func (r *Result) gain(t *compare.Test) float64 {
	if r.Lower {
		return -float64(t.Difference)
	}
	return float64(t.Difference)
}

func (r *Result) figure(v metrics.Number) string {
	if math.IsNaN(float64(v)) {
		return "–"
	}
	if compare.Share(r.Metric) {
		return strconv.FormatFloat(float64(v), 'f', 3, 64)
	}
	return strconv.FormatFloat(float64(v), 'g', 4, 64)
}
