package app

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/report"
)

// An output is one of those that a run trains, with what was fitted, chosen and
// measured of it once training was over.
type output struct {
	*fit.Output
	from, to    int // its scores among those of a row
	calibration *Calibration
	thresholds  *fit.Thresholds
	baseline    *Baseline
	results     map[string]head.Result // by split
	worst       *worst                 // of the split that judges the model
}

// OutputResult is what result.json says of one of several outputs beside its figures.
type OutputResult struct {
	Name        string          `json:"name"`
	Baseline    *Baseline       `json:"baseline,omitempty"`
	Calibration *Calibration    `json:"calibration,omitempty"`
	Thresholds  *fit.Thresholds `json:"thresholds,omitempty"`
}

// several says whether the model has several outputs.
func (t *training) several() bool {
	return len(t.bundle.Outputs()) > 1 || t.bundle.Outputs()[0].Name != ""
}

// adjust fits and chooses what the config asks for, output by output.
func (t *training) adjust(ctx context.Context) error {
	all, err := t.Outputs()
	if err != nil {
		return err
	}
	t.outputs = nil
	for k, x := range t.bundle.Outputs() {
		o := &output{Output: all[k], from: x.From, to: x.To, results: map[string]head.Result{}}
		if err := o.calibrate(ctx); err != nil {
			return err
		}
		if o.thresholds, err = o.Decide(ctx); err != nil {
			return err
		}
		o.worst = newWorst(o.Bundle.Model.Head(), o.Bundle.Target, t.data.Table, report.MaxMistakes)
		o.worst.decided = newDecided(o.Bundle.Target)
		t.outputs = append(t.outputs, o)
	}
	return nil
}

// addWorst is told what was predicted of some rows of the split that judges the model.
func (t *training) addWorst(rows []int, predictions []float32, answers data.Slot) error {
	if answers.Parts == nil {
		return t.outputs[0].worst.add(rows, predictions, answers)
	}
	size := t.bundle.Model.Size()
	for k, o := range t.outputs {
		own, at := answers.Parts[k].Answered()
		var scores []float32
		var having []int
		for _, i := range at {
			scores, having = append(scores, predictions[i*size+o.from:i*size+o.to]...), append(having, rows[i])
		}
		if err := o.worst.add(having, scores, own); err != nil {
			return err
		}
	}
	return nil
}

// fillOutputs tells each output what was measured of it, and the result what was fitted
// and chosen.
func (t *training) fillOutputs() (err error) {
	for k, o := range t.outputs {
		for split, e := range t.evaluations {
			o.results[split] = e.Result
			if e.Parts != nil {
				o.results[split] = e.Parts[k].Result
			}
		}
		o.calibration.after(o.results)
		if o.baseline, err = baseline(o.Output); err != nil {
			return err
		}
		if o.Name != "" {
			t.result.Outputs = append(t.result.Outputs, OutputResult{o.Name, o.baseline, o.calibration, o.thresholds})
			continue
		}
		t.result.Baseline, t.result.Calibration, t.result.Thresholds = o.baseline, o.calibration, o.thresholds
	}
	return nil
}

// sayName begins what is said of one of several outputs.
func (o *output) sayName(w io.Writer) {
	if o.Name != "" {
		fmt.Fprintf(w, "%s: ", o.Name)
	}
}

// sayAdjusted tells what was fitted and chosen.
func (o *output) sayAdjusted(w io.Writer) {
	if c := o.calibration; c != nil {
		o.sayName(w)
		fmt.Fprintln(w, c)
	}
	if o.thresholds != nil && o.Name != "" {
		fmt.Fprintf(w, "thresholds of %s:\n", o.Name)
	}
	sayThresholds(w, o.thresholds)
}

// sayBaseline puts the baseline beside what the model reached on a split.
func (o *output) sayBaseline(w io.Writer, split string) {
	if o.baseline != nil {
		o.sayName(w)
	}
	o.baseline.say(w, split, o.results[split].Values)
}

// kindOf is that of a model's only output, or those of several, with their names.
func kindOf(b *bundle.Bundle) string {
	var all []string
	for _, x := range b.Outputs() {
		all = append(all, strings.TrimPrefix(x.Name+" "+x.Head.Kind(), " "))
	}
	return strings.Join(all, ", ")
}
