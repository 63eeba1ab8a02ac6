package fit

import (
	"context"
	"errors"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/trainer"
)

// An Output is one of the outputs of a training, as if the model had no other.
type Output struct {
	Name   string // empty of the only one
	Config *config.Config
	Bundle *bundle.Bundle
	Data   *data.Dataset
	// Splits have the rows that have its answer.
	Splits *data.Splits
	whole  *bundle.Bundle
}

// Adjusted is what was fitted and chosen for an output on the validation rows, once
// weights were what they would be.
type Adjusted struct {
	Output     string // empty of the only one
	Calibrated *trainer.Calibrated
	Thresholds *Thresholds
}

// Outputs are the outputs of the training. What they say of thresholds is as it is now.
func (t *Training) Outputs() ([]*Output, error) {
	if err := t.made(); err != nil {
		return nil, err
	}
	if _, several := t.Bundle.Model.Head().(head.Joint); !several {
		return []*Output{{Config: t.Config, Bundle: t.Bundle, Data: t.Data.Dataset, Splits: t.Data.Splits, whole: t.Bundle}}, nil
	}
	var all []*Output
	for _, x := range t.Bundle.Outputs() {
		o := &Output{Name: x.Name, whole: t.Bundle}
		var err error
		if o.Bundle, err = t.Bundle.Answering(x.Name); err != nil {
			return nil, err
		}
		o.Config = o.Bundle.Config
		if o.Data, err = t.Data.Dataset.Answering(x.Name); err != nil {
			return nil, err
		}
		if o.Splits, err = t.Data.Splits.Answered(t.Data.Table, t.Data.Target, x.Target); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

func (o *Output) made() error {
	if o == nil || o.Config == nil || o.Bundle == nil || o.Data == nil || o.Splits == nil {
		return errors.New("fit: an Output is missing: Training.Outputs makes them")
	}
	return nil
}

// Calibrate fits what the output's config asks for on validation rows; nil if it asks
// for nothing.
func (o *Output) Calibrate(ctx context.Context) (*trainer.Calibrated, error) {
	if err := o.made(); err != nil {
		return nil, err
	}
	if o.Bundle.Model.Calibration() == nil {
		return nil, nil
	}
	return trainer.Calibrate(ctx, o.Bundle.Model, o.Data, o.Splits.Validation, o.evalOptions())
}

func (o *Output) evalOptions() trainer.EvalOptions {
	return trainer.EvalOptions{Workers: o.Config.Training.Workers}
}

// adjust fits and chooses what the config asks for, output by output.
func (t *Training) adjust(ctx context.Context) ([]Adjusted, error) {
	outputs, err := t.Outputs()
	if err != nil {
		return nil, err
	}
	var all []Adjusted
	for _, o := range outputs {
		a := Adjusted{Output: o.Name}
		if a.Calibrated, err = o.Calibrate(ctx); err != nil {
			return nil, err
		}
		if a.Thresholds, err = o.Decide(ctx); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}
