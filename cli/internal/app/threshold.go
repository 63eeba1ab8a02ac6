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
	"github.com/chiasm-ml/chiasm/model"
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
// for all labels, and label=number for one, which goes before it. Of several outputs,
// these are of all that have thresholds, output=number is of one of them, and
// output.label=number of one of its labels.
func setThresholds(b *bundle.Bundle, flags []string) error {
	if len(flags) == 0 {
		return nil
	}
	outputs := b.Outputs()
	if outputs[0].Name == "" {
		return setOutputThresholds(b, outputs[0], flags)
	}
	by, err := thresholdsByOutput(outputs, flags)
	if err != nil {
		return err
	}
	for _, o := range outputs {
		if err := setOutputThresholds(b, o, by[o.Name]); err != nil {
			return err
		}
	}
	return nil
}

// thresholdsByOutput tells what is said of each output, as of an only one.
func thresholdsByOutput(outputs []head.One, flags []string) (map[string][]string, error) {
	by, names, some := map[string][]string{}, []string{}, false
	for _, o := range outputs {
		names = append(names, o.Name)
		some = some || data.Questions(o.Target) != nil
	}
	for _, flag := range flags {
		of, v, one := cutThreshold(flag)
		if !one {
			if !some {
				return nil, &UsageError{"--threshold: none of the outputs has a threshold"}
			}
			for _, o := range outputs {
				if data.Questions(o.Target) != nil {
					by[o.Name] = append(by[o.Name], v)
				}
			}
			continue
		}
		output, label, _ := strings.Cut(of, ".")
		if !slices.Contains(names, output) {
			return nil, &UsageError{fmt.Sprintf("--threshold %s: %s; write output=number, or output.label=number", flag, &model.OutputError{Name: output, Names: names})}
		}
		if label != "" {
			v = label + "=" + v
		}
		by[output] = append(by[output], v)
	}
	return by, nil
}

// setOutputThresholds is setThresholds of one output.
func setOutputThresholds(b *bundle.Bundle, o head.One, flags []string) error {
	if len(flags) == 0 {
		return nil
	}
	labels := data.Questions(o.Target)
	if labels == nil {
		return &UsageError{fmt.Sprintf("--threshold: %sa %s output has no threshold", strings.TrimPrefix(o.Name+": ", ": "), o.Head.Kind())}
	}
	all, named, err := readThresholds(labels, flags)
	if err != nil && o.Name != "" {
		err = &UsageError{o.Name + ": " + err.Error()}
	}
	if err != nil {
		return err
	}
	thresholds := make(metrics.Thresholds, len(labels))
	for i, label := range labels {
		thresholds[i] = o.Head.Thresholds().At(i)
		if all != nil {
			thresholds[i] = *all
		}
		if v, ok := named[label]; ok {
			thresholds[i] = v
		}
	}
	return b.SetThresholdsOf(o.Name, thresholds)
}

// cutThreshold is what a flag names, if anything, and its number.
func cutThreshold(flag string) (of, number string, one bool) {
	if i := strings.LastIndexByte(flag, '='); i >= 0 {
		return flag[:i], flag[i+1:], true
	}
	return "", flag, false
}

// readThresholds are those for all labels, if there is one, and for single ones.
func readThresholds(labels, flags []string) (all *float64, named map[string]float64, err error) {
	named = map[string]float64{}
	for _, flag := range flags {
		label, text, one := cutThreshold(flag)
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
