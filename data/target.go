package data

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Types of targets.
const (
	Binary     = "binary"
	Multiclass = "multiclass"
	Multilabel = "multilabel"
	Regression = "regression"
)

// TargetConfig says what is to be predicted.
type TargetConfig struct {
	// Type: binary (one of two), multiclass (one of many), multilabel (any of many) or regression (a number).
	Type string `yaml:"type" json:"type" validate:"oneof=binary multiclass multilabel regression"`
	// Column that holds the answer.
	Column string `yaml:"column" json:"column" validate:"required"`
	// Label that counts as positive, of a binary target; by default the last in order, such as 1, true or yes.
	Positive string `yaml:"positive,omitempty" json:"positive,omitempty"`
	// What stands between the labels of a cell, of a multilabel target.
	Separator string `yaml:"separator,omitempty" json:"separator,omitempty" default:"|"`
}

// A Target turns a column into what a loss compares predictions with. It
// learns its labels, or its mean and deviation, from training rows. Its JSON
// restores it exactly.
type Target interface {
	json.Marshaler
	json.Unmarshaler

	// Config is what the target was made with.
	Config() TargetConfig
	// Fit learns from the training rows.
	Fit(ctx context.Context, t *Table, rows []int, notes *Notes) error
	// Feature says what Write fills in for a row.
	Feature() Feature
	// Labels in the order of the model's outputs; nil for a regression. A binary
	// target has two, the second of which is the positive one.
	Labels() []string
	// Counts is how many training rows have each label.
	Counts() []int
	// Prior is what is predicted of a row of which nothing is known: numbers as a
	// model predicts them, probabilities or a standardised number.
	Prior() []float32
	// Write sets one row of a batch. A cell that is empty, or a label that no
	// training row has, is an *Error.
	Write(t *Table, row int, dst Slot, notes *Notes) error
}

// NewTarget makes a target that Fit completes.
func NewTarget(c TargetConfig) (Target, error) {
	switch {
	case c.Column == "":
		return nil, &ConfigError{"column", "name the column that holds the answer"}
	case c.Positive != "" && c.Type != Binary:
		return nil, &ConfigError{"positive", "is for binary targets"}
	}
	switch c.Type {
	case Binary, Multiclass:
		return &ClassTarget{state: labelState{Config: c}}, nil
	case Multilabel:
		if c.Separator == "" || strings.TrimSpace(c.Separator) != c.Separator {
			return nil, &ConfigError{"separator", fmt.Sprintf("%q, expected one or more characters that are not spaces", c.Separator)}
		}
		return &MultilabelTarget{state: labelState{Config: c}}, nil
	case Regression:
		return &RegressionTarget{state: regressionState{Config: c}}, nil
	}
	return nil, &ConfigError{"type", fmt.Sprintf("%q, expected binary, multiclass, multilabel or regression", c.Type)}
}

// Balanced weighs labels so that each counts as much as any other: n / (C ·
// count), which is 1 for each where all are equally frequent.
func Balanced(counts []int) []float32 {
	n := 0
	for _, c := range counts {
		n += c
	}
	weights := make([]float32, len(counts))
	for i, c := range counts {
		if c > 0 {
			weights[i] = float32(float64(n) / (float64(len(counts)) * float64(c)))
		}
	}
	return weights
}

// RegressionTarget is the Target of a regression: (B), standardised.
type RegressionTarget struct{ state regressionState }

type regressionState struct {
	Config TargetConfig `json:"config"`
	Mean   float64      `json:"mean"`
	Std    float64      `json:"std"`
}

// Config is what the target was made with.
func (n *RegressionTarget) Config() TargetConfig { return n.state.Config }

// Feature is one float32 a row.
func (n *RegressionTarget) Feature() Feature { return Feature{Name: "target"} }

// Labels is nil.
func (n *RegressionTarget) Labels() []string { return nil }

// Counts is nil.
func (n *RegressionTarget) Counts() []int { return nil }

// MeanStd is the mean and deviation of the training rows.
func (n *RegressionTarget) MeanStd() (mean, std float64) { return n.state.Mean, n.state.Std }

// Restore turns a standardised prediction into the column's own units.
func (n *RegressionTarget) Restore(z float32) float64 { return float64(z)*n.state.Std + n.state.Mean }

// Fit takes mean and deviation of the training rows. A column in which all of
// them are equal is an error: there is nothing to learn.
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
		} else if err := t.skip(err); err != nil {
			return err
		}
	}
	if len(values) == 0 {
		return noneLeft(t, column.Name)
	}
	s := fitScale("none", values)
	if s.constant {
		return t.Errorf(-1, column.Name, "the target is %g in every training row", values[0]).WithHint("there is nothing to learn: choose another column or split")
	}
	n.state.Mean, n.state.Std = s.Mean, s.Std
	return nil
}

func (n *RegressionTarget) value(t *Table, column *Column, row int) (float64, error) {
	if column.Cell(row).Missing() {
		return 0, noTarget(t, row, column.Name)
	}
	return t.number(column, row)
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

// Write sets the standardised number.
func (n *RegressionTarget) Write(t *Table, row int, dst Slot, _ *Notes) error {
	v, err := n.Answer(t, row)
	if err != nil {
		return err
	}
	dst.F32[0] = float32((v - n.state.Mean) / n.state.Std)
	return nil
}

// MarshalJSON writes the config and what Fit learnt.
func (n *RegressionTarget) MarshalJSON() ([]byte, error) { return json.Marshal(n.state) }

// UnmarshalJSON restores what MarshalJSON wrote.
func (n *RegressionTarget) UnmarshalJSON(b []byte) error {
	var s regressionState
	if err := strictJSON(b, &s); err != nil {
		return err
	}
	if err := (&scale{Transform: "none", Mean: s.Mean, Std: s.Std}).check(); err != nil {
		return err
	}
	n.state = s
	return nil
}

// noneLeft is the error where every training row was left out.
func noneLeft(t *Table, column string) *Error {
	return t.Errorf(-1, column, "no training row has an answer that can be used").WithHint("look at the first rows that data.max_bad_rows left out")
}

func noTarget(t *Table, row int, column string) *Error {
	return t.Errorf(row, column, "the answer is missing").WithHint("fill it in, or take the row out; predict needs no answers")
}
