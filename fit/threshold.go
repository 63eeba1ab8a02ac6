package fit

import (
	"context"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Thresholds are those that were chosen on validation rows after training.
type Thresholds struct {
	Aim    string           `json:"aim"`
	Rows   int              `json:"rows"` // of validation
	Labels []metrics.Choice `json:"labels"`
}

// Decide gives the trained model the thresholds that the config asks for, once
// probabilities are what they will be. It returns those that it chose; nil if the
// config gives them, or asks for none.
func (t *Training) Decide(ctx context.Context) (*Thresholds, error) {
	if err := t.made(); err != nil {
		return nil, err
	}
	questions := data.Questions(t.Data.Target)
	if at, ok := t.Config.FixedThreshold(); ok {
		return nil, t.Bundle.SetThresholds(slices.Repeat(metrics.Thresholds{at}, len(questions)))
	}
	aim, ok := t.Config.ThresholdAim()
	if !ok {
		return nil, nil
	}
	rows := t.Data.Splits.Validation
	if len(rows) == 0 {
		return nil, &trainer.SetupError{Message: "the threshold is chosen on validation rows, and there are none; split some off, or leave out output.threshold"}
	}
	scores, err := trainer.Predict(ctx, t.Bundle.Model, t.Data.Dataset, rows, t.evalOptions())
	if err != nil {
		return nil, err
	}
	answers, err := trainer.Answers(t.Data.Dataset, rows)
	if err != nil {
		return nil, err
	}
	chosen := &Thresholds{Aim: aim.String(), Rows: len(rows)}
	var thresholds metrics.Thresholds
	one, truth := make([]float32, len(rows)), make([]bool, len(rows))
	for k, label := range questions {
		for i := range rows {
			one[i], truth[i] = scores[i*len(questions)+k], answers.F32[i*len(questions)+k] == 1
		}
		choice := aim.Choose(one, truth)
		choice.Label = label
		chosen.Labels, thresholds = append(chosen.Labels, choice), append(thresholds, float64(choice.Threshold))
	}
	return chosen, t.Bundle.SetThresholds(thresholds)
}

func (t *Training) evalOptions() trainer.EvalOptions {
	return trainer.EvalOptions{Workers: t.Config.Training.Workers}
}
