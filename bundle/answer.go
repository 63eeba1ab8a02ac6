package bundle

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
)

// An Answer is what a model says of a row for one of its outputs.
type Answer struct {
	Output string // its name; empty of a model of one
	// Value is a label, the labels of a row of many with the target's separator between
	// them, or a float64 in the target's own units.
	Value any
	// Probabilities of the target's labels; nil for a number.
	Probabilities []float32
}

// Answers says what the model's predictions of one row (Size) mean, output by output.
func (b *Bundle) Answers(predictions []float32) []Answer {
	if b.Target == nil || b.Model.Head() == nil || len(predictions) < b.Model.Size() {
		return nil
	}
	var all []Answer
	for _, x := range b.Outputs() {
		own := predictions[x.From:x.To]
		a := Answer{Output: x.Name, Value: x.Head.Decode(x.Target, own)}
		for _, p := range x.Head.Probabilities(own) {
			a.Probabilities = append(a.Probabilities, float32(p))
		}
		all = append(all, a)
	}
	return all
}

// Outputs are the model's heads with their targets.
func (b *Bundle) Outputs() []head.One { return head.Of(b.Model.Head(), b.Target) }

// Answer is the first of Answers, of a model of one output.
func (b *Bundle) Answer(predictions []float32) (answer any, probabilities []float32) {
	all := b.Answers(predictions)
	if len(all) != 1 {
		return nil, nil
	}
	return all[0].Value, all[0].Probabilities
}

// SetThresholds changes from which probability on labels are predicted, one for
// each of data.Questions; nil is a half for each. It is kept by Save. No other
// goroutine may use the bundle or its model at the same time.
func (b *Bundle) SetThresholds(t data.Thresholds) error { return b.SetThresholdsOf("", t) }

// SetThresholdsOf is SetThresholds of one of several outputs.
func (b *Bundle) SetThresholdsOf(output string, t data.Thresholds) error {
	if err := b.Check(); err != nil {
		return err
	}
	target, err := data.WithThresholdsOf(b.Target, output, t)
	if err != nil {
		return err
	}
	if err := b.Model.SetThresholdsOf(output, t); err != nil {
		return err
	}
	b.Target = target
	return nil
}

// Answering is the bundle with one of its several outputs only, over the same
// parameters: what explains and measures a model of one output takes it. It is not to be
// saved. An unknown name is a *model.OutputError.
func (b *Bundle) Answering(output string) (*Bundle, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	m, err := b.Model.Answering(output)
	if err != nil {
		return nil, err
	}
	one := *b
	one.Model = m
	for _, x := range b.Outputs() {
		if x.Name == output {
			one.Target = x.Target
		}
	}
	one.Config, err = b.Config.Answering(output)
	return &one, err
}
