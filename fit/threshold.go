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

// Decide gives the trained model the thresholds that the config of the output asks for,
// once probabilities are what they will be. It returns those that it chose; nil if the
// config gives them, or asks for none.
func (o *Output) Decide(ctx context.Context) (*Thresholds, error) {
	if err := o.made(); err != nil {
		return nil, err
	}
	questions := data.Questions(o.Bundle.Target)
	if at, ok := o.Config.FixedThreshold(); ok {
		return nil, o.set(slices.Repeat(metrics.Thresholds{at}, len(questions)))
	}
	aim, ok := o.Config.ThresholdAim()
	if !ok {
		return nil, nil
	}
	rows := o.Splits.Validation
	if len(rows) == 0 {
		return nil, &trainer.SetupError{Message: "the threshold is chosen on validation rows, and there are none" + of(o.Name) + "; split some off, or leave out " + o.key("threshold")}
	}
	scores, err := trainer.Predict(ctx, o.Bundle.Model, o.Data, rows, o.evalOptions())
	if err != nil {
		return nil, err
	}
	answers, err := trainer.Answers(o.Data, rows)
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
	return chosen, o.set(thresholds)
}

// set gives them to the output, and to the model that it is of.
func (o *Output) set(t metrics.Thresholds) error {
	if o.whole != nil && o.whole != o.Bundle {
		if err := o.whole.SetThresholdsOf(o.Name, t); err != nil {
			return err
		}
	}
	return o.Bundle.SetThresholds(t)
}

// of is an output for a message, nothing of the only one.
func of(output string) string {
	if output == "" {
		return ""
	}
	return " with an answer for the output " + output
}

// key is an option of the output in the config.
func (o *Output) key(option string) string {
	if o.Name == "" {
		return "output." + option
	}
	return "outputs." + o.Name + "." + option
}

func (t *Training) evalOptions() trainer.EvalOptions {
	return trainer.EvalOptions{Workers: t.Config.Training.Workers}
}
