package tabular

import (
	"github.com/chiasm-ml/chiasm/data"
)

// rule is the rule of one of the columns: the numbers first, then the categories.
func (p *Preprocessor) rule(i int) data.CellRule {
	c := p.state.Config
	if n := len(c.Numeric); i >= n && i < n+len(c.Dates) {
		r := data.CellRule{Column: c.Dates[i-n], As: data.AsDate, Missing: c.Missing}
		if i-n < len(p.state.Dates) {
			r.Date = p.state.Dates[i-n]
			if age := p.firstPart(i-n+1) - 1; age < len(p.state.ranges) {
				r.Range = &p.state.ranges[age]
			}
		}
		return r
	}
	if n := len(c.Numeric) + len(c.Dates); i >= n {
		r := data.CellRule{Column: c.Categorical[i-n], As: data.AsCategory, Missing: c.Missing}
		if r.Missing == data.MissingMean { // which is for numbers
			r.Missing = data.MissingError
		}
		return r
	}
	r := data.CellRule{Column: c.Numeric[i], As: data.AsNumber, Missing: c.Missing, Unit: c.Units[c.Numeric[i]]}
	if i < len(p.state.ranges) {
		r.Range = &p.state.ranges[i]
	}
	return r
}

// Rules are those of Columns.
func (p *Preprocessor) Rules() []data.CellRule {
	all := make([]data.CellRule, len(p.Columns()))
	for i := range all {
		all[i] = p.rule(i)
	}
	return all
}

// Fields are those of Columns.
func (p *Preprocessor) Fields() []data.Field {
	fields := data.FieldsByRules(p)
	if len(p.state.Scales) < len(p.state.Config.Numeric) {
		return fields // it is not fitted
	}
	at := fields
	for i, r := range p.Ranges() {
		if r.Known {
			at[i].Min, at[i].Max = &r.Min, &r.Max
		}
		if r.Plain {
			at[i].Mean, at[i].Std = &r.Mean, &r.Std
		}
	}
	at = fields[len(p.state.Config.Numeric):]
	for i, r := range p.state.Dates {
		at[i].DateFormat, at[i].Example, at[i].Timed = r.Name, r.Format(r.Newest), r.Timed()
	}
	at = at[len(p.state.Config.Dates):]
	for i, values := range p.state.Categories {
		at[i].Categories = values
	}
	return fields
}

// Baseline is means of the training rows, which Write makes 0, and unknown
// categories.
func (p *Preprocessor) Baseline(dst []data.Slot) string {
	data.ClearValues(p, dst)
	return "the training rows' mean, and unknown categories"
}

// Names are the columns; a column of dates has a place for each of its parts.
func (p *Preprocessor) Names(_ *data.Table, _ int, f data.Feature) ([]string, error) {
	c := p.state.Config
	if f.Int {
		return c.Categorical, nil
	}
	names := append([]string{}, c.Numeric...)
	for i, r := range p.state.Dates {
		for range r.Parts {
			names = append(names, c.Dates[i])
		}
	}
	return names, nil
}
