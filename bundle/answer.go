package bundle

import "github.com/chiasm-ml/chiasm/data"

// Answer says what the model's predictions of one row (Size) mean: a label, the
// labels of a row of many with the target's separator between them, or a number
// in the target's own units; and the probability of each of Target.Labels, nil
// for a number. See head.Head.
func (b *Bundle) Answer(predictions []float32) (answer any, probabilities []float32) {
	if b.Target == nil || b.Model.Head() == nil || len(predictions) == 0 {
		return nil, nil
	}
	for _, p := range b.Model.Head().Probabilities(predictions) {
		probabilities = append(probabilities, float32(p))
	}
	return b.Model.Head().Decode(b.Target, predictions), probabilities
}

// SetThresholds changes from which probability on labels are predicted, one for
// each of data.Questions; nil is a half for each. It is kept by Save. No other
// goroutine may use the bundle or its model at the same time.
func (b *Bundle) SetThresholds(t data.Thresholds) error {
	if err := b.Check(); err != nil {
		return err
	}
	target, err := data.WithThresholds(b.Target, t)
	if err != nil {
		return err
	}
	b.Target = target
	return b.Model.SetThresholds(t)
}
