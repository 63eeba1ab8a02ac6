package data

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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
	// Unit that may stand behind the numbers of a regression or before them, such as $.
	Unit string `yaml:"unit,omitempty" json:"unit,omitempty"`
	// What is done to the numbers of a regression before they are standardised, and undone in predictions: none (or empty), log (sign-preserving log(1+|x|)) or quantile (normal scores of the training rows).
	Transform string `yaml:"transform,omitempty" json:"transform,omitempty"`
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
	// Truth is the answer of a row as a prediction says it: a label, labels with a
	// separator between them, or a number in the column's own units; nil where the
	// table has none that Write would take.
	Truth(t *Table, row int) any
}

// NewTarget makes a target that Fit completes.
func NewTarget(c TargetConfig) (Target, error) {
	switch {
	case c.Column == "":
		return nil, &ConfigError{"column", "name the column that holds the answer"}
	case c.Positive != "" && c.Type != Binary:
		return nil, &ConfigError{"positive", "is for binary targets"}
	case c.Unit != "" && c.Type != Regression:
		return nil, &ConfigError{"unit", "is for regression targets"}
	case c.Unit != "" && CheckUnit(c.Unit) != nil:
		return nil, &ConfigError{"unit", CheckUnit(c.Unit).Error()}
	case c.Transform != "" && c.Type != Regression:
		return nil, &ConfigError{"transform", "is for regression targets"}
	case c.Transform != "" && !slices.Contains(transforms, c.Transform):
		return nil, &ConfigError{"transform", fmt.Sprintf("%q, expected none, log or quantile", c.Transform)}
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
		if c.Transform == "none" {
			c.Transform = ""
		}
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

// noneLeft is the error where every training row was left out.
func noneLeft(t *Table, column string) *Error {
	return t.Errorf(-1, column, "no training row has an answer that can be used").WithHint("look at the first rows that data.max_bad_rows left out")
}

func noTarget(t *Table, row int, column string) *Error {
	return t.Errorf(row, column, "the answer is missing").WithHint("fill it in, or take the row out; predict needs no answers")
}
