package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Calibration is what was fitted on validation rows after training, and what it
// changed. The negative log likelihood is the loss, and the expected calibration
// error calibration_error.
type Calibration struct {
	trainer.Calibrated
	Splits []CalibratedSplit `json:"splits"`
}

// CalibratedSplit is how probabilities of a split were, and how they are.
type CalibratedSplit struct {
	Name   string         `json:"name"`
	Before metrics.Values `json:"before"`
	After  metrics.Values `json:"after"`
}

// calibrationFigures are those that calibration is for. Accuracy is beside them
// since weights of modalities may change it; one temperature does not.
var calibrationFigures = []string{"loss", "accuracy", "subset_accuracy", "calibration_error"}

func calibrationValues(all metrics.Values) metrics.Values {
	var vs metrics.Values
	for _, name := range calibrationFigures {
		if v, ok := all.Get(name); ok {
			vs = append(vs, metrics.Named{Name: name, Value: v})
		}
	}
	return vs
}

// calibrate fits what the config asks for, measuring before it does.
func (o *output) calibrate(ctx context.Context) error {
	if o.Bundle.Model.Calibration() == nil {
		return nil
	}
	eval := trainer.EvalOptions{Workers: o.Config.Training.Workers}
	o.Bundle.Model.Calibration().Reset()
	c := &Calibration{}
	for name, rows := range o.Splits.All() {
		if name == "train" || len(rows) == 0 {
			continue
		}
		e, err := trainer.Evaluate(ctx, o.Bundle.Model, o.Data, rows, eval)
		if err != nil {
			return err
		}
		c.Splits = append(c.Splits, CalibratedSplit{Name: name, Before: calibrationValues(e.Values)})
	}
	fitted, err := o.Calibrate(ctx)
	if err != nil {
		return err
	}
	c.Calibrated, o.calibration = *fitted, c
	return nil
}

// after takes in what was measured with what was fitted.
func (c *Calibration) after(results map[string]head.Result) {
	if c == nil {
		return
	}
	for i, s := range c.Splits {
		c.Splits[i].After = calibrationValues(results[s.Name].Values)
	}
}

// String tells what was fitted, on one line.
func (c *Calibration) String() string {
	var parts []string
	if c.Temperature != 0 {
		parts = append(parts, fmt.Sprintf("temperature %.3g", float64(c.Temperature)))
	}
	for _, m := range c.Modalities {
		var of []string
		if m.Temperature != 0 {
			of = append(of, fmt.Sprintf("temperature %.3g", float64(m.Temperature)))
		}
		if m.Weight != 0 {
			of = append(of, fmt.Sprintf("weight %.3g", float64(m.Weight)))
		}
		parts = append(parts, m.Name+" "+strings.Join(of, ", "))
	}
	rows := fmt.Sprintf("%d validation rows", c.Rows)
	if c.Rows == 1 {
		rows = "1 validation row"
	}
	s := "fitted on " + rows + ": " + strings.Join(parts, "; ")
	for _, split := range c.Splits {
		before, _ := split.Before.Get("calibration_error")
		after, _ := split.After.Get("calibration_error")
		s += fmt.Sprintf("; %s calibration_error %s before, %s after", split.Name, number(before), number(after))
	}
	for _, why := range c.Unused {
		s += "\nwarning: what was fitted is not used, " + why
	}
	return s
}

// page is for the report.
func (c *Calibration) page() *report.Fitted {
	if c == nil {
		return nil
	}
	p := &report.Fitted{Rows: c.Rows, Unused: c.Unused, Temperature: float64(c.Temperature)}
	for _, m := range c.Modalities {
		p.Modalities = append(p.Modalities, report.FittedModality{Name: m.Name, Temperature: float64(m.Temperature), Weight: float64(m.Weight)})
	}
	for _, s := range c.Splits {
		p.Splits = append(p.Splits, report.FittedSplit{Name: s.Name, Before: s.Before, After: s.After})
	}
	return p
}
