package data

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
func (p *Tabular) Ranges() []Range {
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

// A Scaling is what is done to the numbers of a column: a transform (none, log or
// quantile, by Knots), then (v - Mean) / Std.
type Scaling struct {
	Transform string
	Knots     []float64 // of quantile: the training values at equal steps of rank
	Mean, Std float64
}

// Scalings are those of the numeric columns, in their order, and then those of the
// parts of dates.
func (p *Tabular) Scalings() []Scaling {
	var out []Scaling
	for _, s := range p.state.Scales {
		out = append(out, Scaling{s.Transform, s.Knots, s.Mean, s.Std})
	}
	return out
}
