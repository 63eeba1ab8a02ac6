package config

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
	"github.com/chiasm-ml/chiasm/metrics"
)

// Output says what the model predicts.
type Output struct {
	// Type of output.
	Type string `yaml:"type"`
	// Config is a BinaryOutput, MulticlassOutput, MultilabelOutput or RegressionOutput.
	Config any `yaml:",inline" variant:"output"`
	// How the head is trained, where not as all the rest.
	Group `yaml:",inline"`
}

// BinaryOutput is one of two labels.
type BinaryOutput struct {
	// Column that holds the label.
	Column string `yaml:"column" validate:"required"`
	// Label that counts as positive; by default the last in order, such as 1, true or yes.
	Positive string `yaml:"positive,omitempty"`
	// Weights of the labels in the training loss: balanced, n / (2 · rows of the label), which makes both count alike, sqrt_balanced, its square root, or a number for each label. The losses of an update's rows, times their weights, are divided by the sum of these weights, in however many batches they come. Losses of evaluation are not weighed.
	ClassWeights ClassWeights `yaml:"class_weights"`
	// Calibrate divides the scores by a temperature, fitted on the validation rows once training is over, so that probabilities mean what they say. What is predicted stays the same.
	Calibrate bool `yaml:"calibrate"`
	// Probability above which the positive label is predicted.
	Threshold Threshold `yaml:"threshold"`
}

// MulticlassOutput is one of several labels.
type MulticlassOutput struct {
	// Column that holds the label.
	Column string `yaml:"column" validate:"required"`
	// Weights of the labels in the training loss: balanced, n / (labels · rows of the label), which makes all count alike, sqrt_balanced, its square root, or a number for each label. The losses of an update's rows, times their weights, are divided by the sum of these weights, in however many batches they come. Losses of evaluation are not weighed.
	ClassWeights ClassWeights `yaml:"class_weights"`
	// Share of the target that is spread over all labels while training.
	LabelSmoothing float64 `yaml:"label_smoothing" default:"0" validate:"min=0,lt=1"`
	// Calibrate divides the scores by a temperature, fitted on the validation rows once training is over, so that probabilities mean what they say. What is predicted stays the same.
	Calibrate bool `yaml:"calibrate"`
}

// MultilabelOutput is any number of labels.
type MultilabelOutput struct {
	// Column that holds the labels.
	Column string `yaml:"column" validate:"required"`
	// What stands between the labels of a cell.
	Separator string `yaml:"separator" default:"|" validate:"required"`
	// Weights in the training loss: balanced, n / (2 · rows) of those that have a label, and of those that lack it, which makes both count alike, for each label, sqrt_balanced, its square root, or a number for each label, the weight of the rows that have it beside the 1 of those that lack it. Row and label by row and label, losses times weights are divided by the sum of the weights of the whole update. Losses of evaluation are not weighed.
	ClassWeights ClassWeights `yaml:"class_weights"`
	// Calibrate divides the scores by a temperature, fitted on the validation rows once training is over, so that probabilities mean what they say. What is predicted stays the same.
	Calibrate bool `yaml:"calibrate"`
	// Probability above which a label is predicted.
	Threshold Threshold `yaml:"threshold"`
}

// RegressionOutput is a number.
type RegressionOutput struct {
	// Column that holds the number.
	Column string `yaml:"column" validate:"required"`
	// Unit that may stand behind the numbers or before them, such as $; predictions are numbers without it.
	Unit string `yaml:"unit,omitempty"`
	// Loss of the standardised numbers: mse (squares), huber (squares up to 1, then lines) or l1 (absolute).
	Loss string `yaml:"loss" default:"mse" validate:"oneof=mse huber l1"`
	// What is done to the numbers before they are standardised, and undone in predictions: none, log (sign-preserving log(1+|x|)), which suits prices, counts and other numbers with a long tail, or quantile (normal scores of the training rows, beyond whose range nothing is predicted).
	Transform string `yaml:"transform" default:"none" validate:"oneof=none log quantile"`
}

// ClassWeights are weights of labels.
type ClassWeights struct {
	// Mode is none, balanced or sqrt_balanced.
	Mode string `yaml:",scalar" default:"none" validate:"omitempty,oneof=none balanced sqrt_balanced"`
	// Weights by label, instead of Mode. A label that is left out weighs 1.
	Weights map[string]float64 `yaml:",inline" validate:"dive,gt=0"`
}

// predicted is what the options of all outputs can do.
type predicted interface {
	target() data.TargetConfig
	newTarget() (data.Target, error)
	// head is what the model decides. The labels' weights need the fitted
	// target and the number of training rows.
	head(labels []string, counts []int, rows int) (head.Head, error)
	// figures are those of validation rows, of as many labels as have all of them, and
	// whether right answers are counted in training.
	figures() (values metrics.Values, counted bool)
}

func (c BinaryOutput) target() data.TargetConfig {
	return data.TargetConfig{Type: data.Binary, Column: c.Column, Positive: c.Positive}
}

func (c MulticlassOutput) target() data.TargetConfig {
	return data.TargetConfig{Type: data.Multiclass, Column: c.Column}
}

func (c MultilabelOutput) target() data.TargetConfig {
	return data.TargetConfig{Type: data.Multilabel, Column: c.Column, Separator: c.Separator}
}

func (c RegressionOutput) target() data.TargetConfig {
	return data.TargetConfig{Type: data.Regression, Column: c.Column, Transform: c.Transform, Unit: c.Unit}
}

func (c BinaryOutput) head(labels []string, counts []int, rows int) (head.Head, error) {
	o := head.Binary{Calibrate: c.Calibrate}
	w, err := c.ClassWeights.perLabel(labels, data.Balanced(counts))
	if p := prior(counts, w); p != nil {
		o.Frequency = p[1:]
	}
	o.ClassWeights = w
	return o, err
}

func (c MulticlassOutput) head(labels []string, counts []int, rows int) (head.Head, error) {
	o := head.Multiclass{Labels: len(labels), LabelSmoothing: c.LabelSmoothing, Calibrate: c.Calibrate}
	var err error
	o.ClassWeights, err = c.ClassWeights.perLabel(labels, data.Balanced(counts))
	o.Frequencies = prior(counts, o.ClassWeights)
	return o, err
}

func (c MultilabelOutput) head(labels []string, counts []int, rows int) (head.Head, error) {
	o := head.Multilabel{Labels: len(labels), Calibrate: c.Calibrate}
	have, lack := make([]float32, len(counts)), make([]float32, len(counts))
	for i, n := range counts { // each label is a question with two answers
		have[i], lack[i] = 1, 1
		if 0 < n && n < rows {
			w := data.Balanced([]int{rows - n, n})
			lack[i], have[i] = w[0], w[1]
		}
	}
	var err error
	if o.ClassWeights, err = c.ClassWeights.perLabel(labels, have); err != nil {
		return o, err
	}
	if c.ClassWeights.balances() {
		o.AbsentWeights, err = c.ClassWeights.perLabel(labels, lack)
	}
	if rows == 0 {
		return o, err
	}
	for i, n := range counts {
		without := float64(rows - n)
		with := float64(n)
		if o.ClassWeights != nil {
			with *= o.ClassWeights[i]
		}
		if o.AbsentWeights != nil {
			with /= o.AbsentWeights[i]
		}
		o.Frequencies = append(o.Frequencies, (with+0.5)/(with+without+1)) // never 0 or 1
	}
	return o, err
}

func (c RegressionOutput) head([]string, []int, int) (head.Head, error) {
	return head.Regression{Error: c.Loss}, nil
}

// prior is the share of each label among the training rows, by their weights,
// of which nil is all alike.
func prior(counts []int, weights []float64) []float64 {
	p := make([]float64, len(counts))
	total := 0.0
	for i, n := range counts {
		p[i] = float64(n)
		if weights != nil {
			p[i] *= weights[i]
		}
		total += p[i]
	}
	for i := range p {
		if p[i] == 0 {
			return nil // no counts, as in a model that is only used
		}
		p[i] /= total
	}
	return p
}

// balances reports whether weights follow from how frequent labels are.
func (c ClassWeights) balances() bool { return c.Mode == "balanced" || c.Mode == "sqrt_balanced" }

// perLabel are the weights in the order of the labels; nil if all are alike.
func (c ClassWeights) perLabel(labels []string, balanced []float32) ([]float64, error) {
	if c.Mode == "none" {
		return nil, nil
	}
	w := make([]float64, len(labels))
	for i, label := range labels {
		switch c.Mode {
		case "balanced":
			w[i] = float64(balanced[i])
			continue
		case "sqrt_balanced":
			w[i] = math.Sqrt(float64(balanced[i]))
			continue
		}
		w[i] = 1
		if given, ok := c.Weights[label]; ok {
			w[i] = given
		}
	}
	for _, label := range slices.Sorted(maps.Keys(c.Weights)) {
		if !slices.Contains(labels, label) {
			return nil, fmt.Errorf("class_weights: %s", strictyaml.Unknown("label", label, labels))
		}
	}
	return w, nil
}

func (c BinaryOutput) newTarget() (data.Target, error) { return data.NewTarget(c.target()) }

func (c MulticlassOutput) newTarget() (data.Target, error) { return data.NewTarget(c.target()) }

func (c MultilabelOutput) newTarget() (data.Target, error) { return data.NewTarget(c.target()) }

func (c RegressionOutput) newTarget() (data.Target, error) { return data.NewTarget(c.target()) }

func (c BinaryOutput) calibrated() bool     { return c.Calibrate }
func (c MulticlassOutput) calibrated() bool { return c.Calibrate }
func (c MultilabelOutput) calibrated() bool { return c.Calibrate }

func (c BinaryOutput) decides() Threshold     { return c.Threshold }
func (c MultilabelOutput) decides() Threshold { return c.Threshold }

func (c BinaryOutput) figures() (metrics.Values, bool)     { return classFigures(), true }
func (c MulticlassOutput) figures() (metrics.Values, bool) { return classFigures(), true }

func (c MultilabelOutput) figures() (metrics.Values, bool) {
	m, err := metrics.NewMultilabel([]string{"a", "b"})
	if err != nil {
		return nil, false
	}
	return m.Values(), false
}

func (c RegressionOutput) figures() (metrics.Values, bool) {
	return (&metrics.Regression{}).Values(), false
}

// classFigures are those of labels that exclude each other.
func classFigures() metrics.Values {
	m, err := metrics.NewClassification([]string{"a", "b", "c", "d"}, 3)
	if err != nil {
		return nil
	}
	return m.Values()
}

// uncalibrated are the options without what is fitted after training.
func (c BinaryOutput) uncalibrated() any {
	c.Calibrate, c.Threshold = false, Defaults[Threshold]()
	return c
}

func (c MulticlassOutput) uncalibrated() any {
	c.Calibrate = false
	return c
}

func (c MultilabelOutput) uncalibrated() any {
	c.Calibrate, c.Threshold = false, Defaults[Threshold]()
	return c
}
