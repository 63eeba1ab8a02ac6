package tabular

import (
	"github.com/chiasm-ml/chiasm/data"
)

// A Range is what the training rows had in a numeric column.
type Range struct {
	// Min and Max are the extremes, where Known: a quantile transform keeps them,
	// the others do not.
	Min, Max float64
	Known    bool
	// Mean and Std are those of the column, where it is not transformed.
	Mean, Std float64
	Plain     bool
}

// Ranges are those of the numeric columns.
func (p *Preprocessor) Ranges() []Range {
	var all []Range
	for _, s := range p.state.Scales[:len(p.state.Config.Numeric)] {
		r := Range{Plain: s.Transform == "none"}
		if r.Plain {
			r.Mean, r.Std = s.Mean, s.Std
		}
		if n := len(s.Knots); n > 0 {
			r.Min, r.Max, r.Known = s.Knots[0], s.Knots[n-1], true
		}
		all = append(all, r)
	}
	return all
}

// Scalings are those of the numeric columns, in their order, and then those of the
// parts of dates.
func (p *Preprocessor) Scalings() []data.Scaling { return p.state.Scales }
