package guess

import (
	"context"
	"errors"

	"github.com/chiasm-ml/chiasm/data"
)

// rehearse does to the target and to the numbers and categories what train will do,
// so that whatever it would refuse is a mistake now.
func (s *survey) rehearse(ctx context.Context) error {
	target, err := data.NewTarget(data.TargetConfig{Type: s.output.kind, Column: s.target.name(), Separator: s.output.separator})
	if err != nil {
		return err
	}
	if err := s.refused(target.Fit(ctx, s.table, s.split.splits.Train, &data.Notes{})); err != nil || len(s.found.Mistakes) > 0 {
		return err
	}
	for _, g := range s.groups() {
		if g.name != facts {
			continue
		}
		p, err := data.NewTabular(g.options())
		if err != nil {
			return err
		}
		if err := s.refused(p.Fit(ctx, s.table, s.split.splits.Train, &data.Notes{})); err != nil || len(s.found.Mistakes) > 0 {
			return err
		}
		for row := range s.table.Len() {
			_, err := p.Load(s.table, row, nil)
			if err := s.refused(err); err != nil || len(s.found.Mistakes) >= mostNamed {
				return err
			}
		}
	}
	return nil
}

// refused makes a mistake of what train would say of the table.
func (s *survey) refused(err error) error {
	var bad *data.Error
	if errors.As(err, &bad) {
		s.found.Mistakes = append(s.found.Mistakes, bad)
		return nil
	}
	return err
}

// options are those of the input of numbers and categories.
func (g group) options() data.TabularConfig {
	c := data.TabularConfig{Missing: data.MissingError, Transform: "none", MinCount: 2}
	for _, p := range g.of(Number) {
		c.Numeric = append(c.Numeric, p.name())
	}
	for _, p := range g.of(Category) {
		c.Categorical = append(c.Categorical, p.name())
	}
	if cells, _ := g.missing(); cells > 0 {
		c.Missing = data.MissingMask
	}
	if g.tail() != nil {
		c.Transform = "quantile"
	}
	return c
}

// tail is the first column of numbers whose outliers would rule its scale.
func (g group) tail() *profile {
	for _, p := range g.of(Number) {
		if k := skewness(p.values); k > skewed || k < -skewed {
			return p
		}
	}
	return nil
}
