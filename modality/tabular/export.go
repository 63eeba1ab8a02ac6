package tabular

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/rng"
)

// A Description says in which order columns enter, and what categories
// are called.
type Description struct {
	Numeric []string `json:"numeric"`
	// Dates are columns whose parts follow the numbers of Numeric in the same tensor:
	// those that the rule in cells names.
	Dates       []string `json:"dates,omitempty"`
	Categorical []string `json:"categorical"`
	// Categories are the values of each categorical column that are told apart:
	// the first is 1; 0 is any other, or none.
	Categories [][]string `json:"categories"`
}

// Describe says in which order columns enter.
func (p *Preprocessor) Describe(func(string) string) data.Described {
	c := p.state.Config
	return data.Described{Section: "tabular", Value: &Description{
		Numeric: orEmpty(c.Numeric), Dates: c.Dates, Categorical: orEmpty(c.Categorical), Categories: orEmpty(p.state.Categories),
	}}
}

// orEmpty is a list that JSON writes as one.
func orEmpty[T any](x []T) []T {
	if x == nil {
		return []T{}
	}
	return x
}

// Prelude takes numbers in the units of their columns, NaN for a missing one; ids are
// taken as they are.
func (p *Preprocessor) Prelude(f data.Feature) (data.Prelude, bool) {
	if f.Int {
		return data.Prelude{}, false
	}
	return data.Prelude{Type: data.Float64, Shape: f.Shape, Steps: []data.Step{data.Standardise(p.Scalings())}}, true
}

// Raw is what the cells mean by their rules: numbers, then the parts of dates.
func (p *Preprocessor) Raw(t *data.Table, row int, _ data.Item, _ data.Feature, dst data.Raw) error {
	at := dst.F64
	for _, rule := range p.Rules() {
		parts := 1
		switch rule.As {
		case data.AsDate:
			parts = len(rule.Date.Parts)
		case data.AsNumber:
		default:
			continue
		}
		v, err := t.ReadCell(rule, row)
		switch {
		case err != nil:
			return err
		case len(at) < parts:
			return fmt.Errorf("data: too few numbers for the columns %q", p.Columns())
		case v.Missing:
			copy(at, slices.Repeat([]float64{math.NaN()}, parts))
		case rule.As == data.AsDate:
			copy(at, v.Numbers)
		default:
			at[0] = v.Number
		}
		at = at[parts:]
	}
	return nil
}

// Sample is a number or a date near those of the training rows, or one of the
// categories, or none of them.
func (p *Preprocessor) Sample(column string, k rng.Key) string {
	c := p.state.Config
	if i := slices.Index(c.Numeric, column); i >= 0 && i < len(p.state.Scales) {
		return sampleNumber(p.Scalings()[i], k)
	}
	if i := slices.Index(c.Dates, column); i >= 0 && i < len(p.state.Dates) {
		r := p.state.Dates[i]
		return r.Format(r.Newest - float64(k.IntN(1, 1000*86400))) // one of the thousand days before the newest
	}
	if i := slices.Index(c.Categorical, column); i >= 0 && i < len(p.state.Categories) {
		values := p.state.Categories[i]
		if j := k.IntN(1, len(values)+1); j < len(values) {
			return values[j]
		}
		return "none of them"
	}
	return ""
}

// sampleNumber is like those of its column, some of them its own knots, and some far
// away.
func sampleNumber(s data.Scaling, k rng.Key) string {
	v := s.Mean + 2*s.Std*k.Normal(1)
	if len(s.Knots) > 0 {
		i := k.IntN(2, len(s.Knots))
		v = s.Knots[i]
		if i > 0 && k.IntN(3, 2) > 0 {
			v -= (v - s.Knots[i-1]) * k.Float64(4)
		}
	}
	if s.Transform != "none" && k.IntN(5, 10) == 0 {
		v = 1e4 * k.Normal(6)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
