package fit

import (
	"context"
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/transfer"
	"github.com/chiasm-ml/chiasm/model"
)

// start is what a model begins from instead of chance; nil for chance.
type start struct {
	source *transfer.Source
	config *config.InitFrom
	kept   []string // inputs whose fitted preprocessing is the source's
}

// openStart reads what the config begins from.
func openStart(ctx context.Context, c *config.Config) (*start, error) {
	path := c.InitPath()
	if path == "" {
		return nil, nil
	}
	source, err := transfer.Open(ctx, path, c.Registry(), nil)
	if err != nil {
		return nil, err
	}
	if o := source.Target; o != nil {
		if mine, err := c.NewTarget(); err != nil {
			return nil, err
		} else if have, want := o.Config().Type, mine.Config().Type; have != want && len(c.Training.InitFrom.Only) == 0 {
			return nil, &transfer.MismatchError{Message: fmt.Sprintf("%s answers by %s, and this config by %s; begin its encoders from there, by training.init_from.only", path, have, want)}
		}
	}
	return &start{source: source, config: c.Training.InitFrom}, nil
}

// keep puts the source's fitted preprocessing in the place of inputs that are
// read in the same way, and tells the target of the labels that it knows.
func (s *start) keep(c *config.Config, inputs []data.Input, target data.Target, images data.Files) error {
	if s == nil {
		return nil
	}
	if k, ok := target.(data.LabelKeeper); ok && s.source.Target != nil && !s.config.Relabel && s.source.Target.Config().Type == target.Config().Type {
		k.Know(s.source.Target.Labels())
	}
	s.kept = nil
	for i, in := range inputs {
		if slices.Contains(s.config.Refit, in.Name) {
			continue
		}
		p, err := s.source.Input(c, in.Name)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		if reader, ok := p.(data.FileReader); ok {
			reader.ReadFrom(images)
		}
		inputs[i].Preprocessor, inputs[i].Fitted = p, true
		s.kept = append(s.kept, in.Name)
	}
	return nil
}

// keepScale restores the scale of a number to be predicted, which Fit has
// learnt anew.
func (s *start) keepScale(target data.Target) error {
	if s == nil || s.source.Target == nil || s.config.Relabel || target.Config() != s.source.Target.Config() || target.Config().Type != data.Regression {
		return nil
	}
	b, err := s.source.Target.MarshalJSON()
	if err != nil {
		return err
	}
	return target.UnmarshalJSON(b)
}

// into copies the source's weights into a new model.
func (s *start) into(c *config.Config, m *model.Model, inputs []data.Input, target data.Target) (*transfer.Account, error) {
	if s == nil {
		return nil, nil
	}
	axes, err := c.LabelAxes(inputs, target)
	if err != nil {
		return nil, err
	}
	a, err := s.source.Into(m, transfer.Options{
		Map: s.config.Map, Only: s.config.Only, Strict: s.config.Strict, Labels: target.Labels(), LabelAxes: axes,
	})
	if err != nil {
		return nil, err
	}
	a.From, a.Kept = s.config.Path, s.kept
	return a, nil
}
