package bundle

import (
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/trainer/metrics"
)

// Answer says what the model's predictions of one row (Size) mean: a label, the
// labels of a row of many with the target's separator between them, or a number
// in the target's own units; and the probability of each of Target.Labels, nil
// for a number.
func (b *Bundle) Answer(scores []float32) (answer any, probabilities []float32) {
	labels := b.Target.Labels()
	switch b.Target.Config().Type {
	case data.Regression:
		return b.Target.(*data.RegressionTarget).Restore(scores[0]), nil
	case data.Binary:
		positive := float64(scores[0])
		label := labels[0]
		if positive > metrics.Threshold {
			label = labels[1]
		}
		return label, []float32{float32(1 - positive), scores[0]}
	case data.Multilabel:
		var has []string
		for j, v := range scores {
			if float64(v) > metrics.Threshold {
				has = append(has, labels[j])
			}
		}
		return strings.Join(has, b.Target.Config().Separator), append(probabilities, scores...)
	}
	best := 0
	for j, v := range scores {
		if v > scores[best] {
			best = j
		}
	}
	return labels[best], append(probabilities, scores...)
}
