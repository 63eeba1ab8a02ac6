package app

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/nearest"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/metrics"
)

// sayThresholds tells what was chosen, and what was not.
func sayThresholds(w io.Writer, c *fit.Thresholds) {
	if c == nil {
		return
	}
	const most = 10
	for i, l := range c.Labels {
		switch {
		case l.Unchosen != "":
			fmt.Fprintf(w, "warning: the threshold of %q stays at %g: among %d validation rows %s\n", l.Label, metrics.Threshold, c.Rows, l.Unchosen)
		case i == most:
			fmt.Fprintf(w, "and thresholds of %d more labels, which are in %s\n", len(c.Labels)-most, resultFile)
		case i < most:
			fmt.Fprintf(w, "%q is predicted above %s, chosen on %d validation rows for %s: precision %s, recall %s, F1 %s there\n",
				l.Label, number(float64(l.Threshold)), c.Rows, c.Aim, number(float64(l.Precision)), number(float64(l.Recall)), number(float64(l.F1)))
		}
	}
}

// decided gathers what the labels of most training rows, up to
// report.MaxDecisions of those that a threshold decides, were given and are.
type decided struct {
	labels []string
	places []int // among the scores
	scores [][]float32
	truth  [][]bool
	left   int // labels beyond these
}

func newDecided(t data.Target) *decided {
	labels := data.Questions(t)
	if labels == nil {
		return nil
	}
	counts := t.Counts()[len(t.Counts())-len(labels):]
	order := make([]int, len(labels))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return counts[b] - counts[a] })
	d := &decided{places: order[:min(len(order), report.MaxDecisions)]}
	for _, i := range d.places {
		d.labels = append(d.labels, labels[i])
	}
	d.left = len(labels) - len(d.labels)
	d.scores, d.truth = make([][]float32, len(d.labels)), make([][]bool, len(d.labels))
	return d
}

// add takes in a row.
func (d *decided) add(scores []float32, answer data.Slot) {
	if d == nil {
		return
	}
	for k, i := range d.places {
		d.scores[k], d.truth[k] = append(d.scores[k], scores[i]), append(d.truth[k], answer.F32[i] == 1)
	}
}

// report is what the page draws, and how many labels it does not.
func (d *decided) report(thresholds metrics.Thresholds, c *fit.Thresholds) (out []report.Decision, left int) {
	if d == nil {
		return nil, 0
	}
	for k, i := range d.places {
		x := report.Decision{Label: d.labels[k], Rows: len(d.truth[k])}
		for _, t := range d.truth[k] {
			if t {
				x.Positives++
			}
		}
		if c != nil && c.Labels[i].Unchosen == "" {
			x.Chosen = c.Aim
		}
		x.Points = metrics.OperatingPoints(d.scores[k], d.truth[k])
		x.Now = metrics.OperatingAt(thresholds.At(i), d.scores[k], d.truth[k])
		out = append(out, x)
	}
	return out, d.left
}

// setThresholds takes what --threshold says in place of a model's own: a number
// for all labels, and label=number for one, which goes before it.
func setThresholds(b *bundle.Bundle, flags []string) error {
	if len(flags) == 0 {
		return nil
	}
	labels := data.Questions(b.Target)
	if err := head.Single(b.Model.Head(), "--threshold"); err != nil {
		return err
	}
	if labels == nil {
		return &UsageError{fmt.Sprintf("--threshold: a %s output has no threshold", b.Target.Config().Type)}
	}
	all, named, err := readThresholds(labels, flags)
	if err != nil {
		return err
	}
	thresholds := make(metrics.Thresholds, len(labels))
	for i, label := range labels {
		thresholds[i] = b.Model.Head().Thresholds().At(i)
		if all != nil {
			thresholds[i] = *all
		}
		if v, ok := named[label]; ok {
			thresholds[i] = v
		}
	}
	return b.SetThresholds(thresholds)
}

// readThresholds are those for all labels, if there is one, and for single ones.
func readThresholds(labels, flags []string) (all *float64, named map[string]float64, err error) {
	named = map[string]float64{}
	for _, flag := range flags {
		label, text, one := "", flag, false
		if i := strings.LastIndexByte(flag, '='); i >= 0 {
			label, text, one = flag[:i], flag[i+1:], true
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v >= 0 && v <= 1) {
			return nil, nil, &UsageError{fmt.Sprintf("--threshold %s: %q is no probability, expected a number from 0 to 1, or label=number", flag, text)}
		}
		_, given := named[label]
		switch {
		case !one && all != nil:
			return nil, nil, &UsageError{fmt.Sprintf("--threshold gives all labels %g and %g; give one", *all, v)}
		case !one:
			all = &v
		case given:
			return nil, nil, &UsageError{fmt.Sprintf("--threshold gives %q %g and %g; give one", label, named[label], v)}
		case !slices.Contains(labels, label):
			hint := ""
			if n := nearest.Name(label, labels); n != "" {
				hint = fmt.Sprintf("; did you mean %q?", n)
			}
			return nil, nil, &UsageError{fmt.Sprintf("--threshold %s: the model decides no label %q by a threshold%s", flag, label, hint)}
		default:
			named[label] = v
		}
	}
	return all, named, nil
}
