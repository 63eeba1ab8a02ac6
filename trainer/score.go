package trainer

import (
	"context"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// Scores are predictions of N rows, and the loss of each.
type Scores struct {
	Predictions []float32 // (N, Size), as in Evaluation
	Losses      []float64 // (N)
}

// Score runs the model on rows that have answers. Unlike those of Evaluate its
// results can be taken apart and put together row by row, for Measure.
func Score(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o EvalOptions) (Scores, error) {
	var s Scores
	if err := head.Single(m.Head(), "trainer.Score"); err != nil {
		return s, err
	}
	size := m.Size()
	err := forward(ctx, m, d, rows, o, true, func(p *nn.Program, b *data.Batch, predictions []float32) error {
		s.Predictions = append(s.Predictions, predictions...)
		logits := p.Output("logits")
		for i, w := range b.Weight {
			if w == 0 {
				s.Losses = append(s.Losses, priorLoss(m.Head(), d.Prior(), b.Target, i))
			} else {
				s.Losses = append(s.Losses, m.Head().RowLoss(logits[i*size:(i+1)*size], b.Target, i))
			}
		}
		return nil
	})
	return s, err
}

// Answers are the targets of rows, (N, Shape...) of the target's feature, or its parts.
func Answers(d *data.Dataset, rows []int) (data.Slot, error) {
	if d.Target() == nil {
		return data.Slot{}, &SetupError{"trainer: a Dataset with a target is needed: data.NewDataset makes one"}
	}
	return data.AnswersOf(d.Table(), d.Target(), rows)
}

// PriorScores are those of predicting the prior for each of n rows.
func PriorScores(m *model.Model, prior []float32, answers data.Slot, n int) Scores {
	var s Scores
	for i := range n {
		s.Predictions = append(s.Predictions, prior...)
		s.Losses = append(s.Losses, priorLoss(m.Head(), prior, answers, i))
	}
	return s
}

// Measure is the figures of predictions of rows with the given answers.
func Measure(m *model.Model, d *data.Dataset, rows []int, answers data.Slot, s Scores) (metrics.Values, error) {
	meter, err := newMeter(m, d)
	if err != nil {
		return nil, err
	}
	for _, l := range s.Losses {
		meter.AddLoss(l, 1)
	}
	if err := meter.Add(s.Predictions, rows, answers); err != nil {
		return nil, err
	}
	return meter.Result().Values, nil
}
