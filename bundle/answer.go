package bundle

import (
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// Answer says what the model's predictions of one row (Size) mean: a label, the
// labels of a row of many with the target's separator between them, or a number
// in the target's own units; and the probability of each of Target.Labels, nil
// for a number. What is decided is model.Output.Decide.
func (b *Bundle) Answer(scores []float32) (answer any, probabilities []float32) {
	if b.Target == nil || len(scores) == 0 {
		return nil, nil
	}
	if t, ok := b.Target.(*data.RegressionTarget); ok {
		return t.Restore(scores[0]), nil
	}
	labels := b.Target.Labels()
	var said []string
	for _, i := range b.Model.Output().Decide(scores) {
		said = append(said, labels[i])
	}
	if b.Target.Config().Type == data.Binary {
		probabilities = []float32{float32(1 - float64(scores[0])), scores[0]}
	} else {
		probabilities = append(probabilities, scores...)
	}
	return strings.Join(said, b.Target.Config().Separator), probabilities
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
