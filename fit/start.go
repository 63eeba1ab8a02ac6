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
	if o := source.Target; o != nil && len(c.Outputs) == 0 && !isSeveral(o) { // heads of several are matched by name
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
	for _, x := range data.TargetsOf(target) {
		theirs := s.theirs(x.Name)
		if k, ok := x.Target.(data.LabelKeeper); ok && theirs != nil && !s.config.Relabel && theirs.Config().Type == x.Config().Type {
			k.Know(theirs.Labels())
		}
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

// theirs is the source's target of what an output of this model begins from: the one of
// the same name, or that training.init_from.map names, as in head.price: head; nil for
// none. The only output has no name.
func (s *start) theirs(output string) data.Target {
	if s.source.Target == nil {
		return nil
	}
	path := "head"
	if output != "" {
		path += "." + output
	}
	there := transfer.There(path+".weight", s.config.Map)
	if output != "" && !isSeveral(s.source.Target) && there == path+".weight" {
		return nil
	}
	return transfer.TargetOf(s.source.Target, there)
}

func isSeveral(t data.Target) bool {
	_, several := t.(*data.Targets)
	return several
}

// keepScale restores the scale of numbers to be predicted, which Fit has learnt anew.
func (s *start) keepScale(target data.Target) error {
	if s == nil || s.config.Relabel {
		return nil
	}
	for _, x := range data.TargetsOf(target) {
		theirs := s.theirs(x.Name)
		if theirs == nil || x.Config() != theirs.Config() || x.Labels() != nil {
			continue
		}
		b, err := theirs.MarshalJSON()
		if err != nil {
			return err
		}
		if err := x.UnmarshalJSON(b); err != nil {
			return err
		}
	}
	return nil
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
		Map: s.config.Map, Only: s.config.Only, Strict: s.config.Strict, Target: target, LabelAxes: axes,
	})
	if err != nil {
		return nil, err
	}
	a.From, a.Kept = s.config.Path, s.kept
	return a, nil
}
