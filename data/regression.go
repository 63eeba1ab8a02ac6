package data

import (
	"context"
	"encoding/json"
	"fmt"
)

// RegressionTarget is the Target of a regression: (B), transformed as its config
// says, then standardised. The loss is of these numbers; predictions are restored
// to the column's own units, which every figure is in.
type RegressionTarget struct {
	state regressionState
	scale targetScale
}

type regressionState struct {
	Config TargetConfig `json:"config"`
	Mean   float64      `json:"mean"` // after the transform
	Std    float64      `json:"std"`
	Knots  []float64    `json:"knots,omitempty"` // of quantile, as of an input
}

// Config is what the target was made with. Its Transform is empty for none.
func (n *RegressionTarget) Config() TargetConfig { return n.state.Config }

// Feature is one float32 a row.
func (n *RegressionTarget) Feature() Feature { return Feature{Name: "target"} }

// Labels is nil.
func (n *RegressionTarget) Labels() []string { return nil }

// Counts is nil.
func (n *RegressionTarget) Counts() []int { return nil }

// MeanStd is the mean and deviation of the training rows, after the transform.
func (n *RegressionTarget) MeanStd() (mean, std float64) { return n.state.Mean, n.state.Std }

// Curve is the line by which a quantile transform is undone: through points whose
// scores, before they are standardised, rise as the numbers do, and flat beyond
// its ends. It is nil for the other transforms.
func (n *RegressionTarget) Curve() (scores, numbers []float64) {
	return n.scale.scores, n.scale.numbers
}

// Restore turns what a model predicts into the column's own units: a prediction
// under log is at most what a table can hold, one under quantile lies between the
// least and the greatest number of the training rows.
func (n *RegressionTarget) Restore(z float32) float64 {
	return n.scale.undo(float64(z)*n.state.Std + n.state.Mean)
}

// Fit takes mean and deviation of the training rows, and quantiles where the
// transform needs them. A column in which all of them are equal is an error: there
// is nothing to learn.
func (n *RegressionTarget) Fit(_ context.Context, t *Table, rows []int, _ *Notes) error {
	column, err := t.Column(n.state.Config.Column)
	if err != nil {
		return err
	}
	values := make([]float64, 0, len(rows))
	for _, row := range rows {
		v, err := n.value(t, column, row)
		if err == nil {
			values = append(values, v)
		} else if err := t.Skip(err); err != nil {
			return err
		}
	}
	if len(values) == 0 {
		return noneLeft(t, column.Name)
	}
	if _, constant := FitScaling("none", values); constant {
		return t.Errorf(-1, column.Name, "the target is %g in every training row", values[0]).WithHint("there is nothing to learn: choose another column or split")
	}
	n.state.Knots = nil
	if n.state.Config.Transform == "quantile" {
		n.state.Knots = quantiles(values)
	}
	n.scale = newTargetScale(n.state.Config.Transform, n.state.Knots)
	var constant bool
	if n.state.Mean, n.state.Std, _, constant = meanStd(values, n.scale.do); constant {
		return t.Errorf(-1, column.Name, "the target is %g in every training row, as far as transform: %s can tell", values[0], n.state.Config.Transform).
			WithHint("leave transform out")
	}
	return nil
}

func (n *RegressionTarget) value(t *Table, column *Column, row int) (float64, error) {
	if column.Cell(row).Missing() {
		return 0, noTarget(t, row, column.Name)
	}
	return t.number(column, row, n.state.Config.Unit)
}

// Answer is a row's number as the table has it, which a standardised one gives
// back only to the precision of float32.
func (n *RegressionTarget) Answer(t *Table, row int) (float64, error) {
	column, err := t.Column(n.state.Config.Column)
	if err != nil {
		return 0, err
	}
	return n.value(t, column, row)
}

// Write sets the transformed and standardised number.
func (n *RegressionTarget) Write(t *Table, row int, dst Slot, _ *Notes) error {
	v, err := n.Answer(t, row)
	if err != nil {
		return err
	}
	dst.F32[0] = float32((n.scale.do(v) - n.state.Mean) / n.state.Std)
	return nil
}

// MarshalJSON writes the config and what Fit learnt.
func (n *RegressionTarget) MarshalJSON() ([]byte, error) { return json.Marshal(n.state) }

// UnmarshalJSON restores what MarshalJSON wrote.
func (n *RegressionTarget) UnmarshalJSON(b []byte) error {
	var s regressionState
	if err := DecodeStrict(b, &s); err != nil {
		return err
	}
	transform := s.Config.Transform
	if transform == "" {
		transform = "none"
	}
	if err := (&Scaling{Transform: transform, Knots: s.Knots, Mean: s.Mean, Std: s.Std}).Check(); err != nil {
		return err
	}
	if transform != "quantile" && s.Knots != nil {
		return fmt.Errorf("%d quantiles for transform %s", len(s.Knots), transform)
	}
	n.state, n.scale = s, newTargetScale(s.Config.Transform, s.Knots)
	return nil
}
