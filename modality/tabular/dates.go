package tabular

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/phrase"
)

// DateRules are those of the columns of dates, in their order.
func (p *Preprocessor) DateRules() []*data.DateRule { return p.state.Dates }

// firstPart is where the parts of the i-th column of dates begin among the numbers of a row.
func (p *Preprocessor) firstPart(i int) int {
	n := len(p.state.Config.Numeric)
	for _, r := range p.state.Dates[:i] {
		n += len(r.Parts)
	}
	return n
}

// width is how many numbers a row has: one a numeric column, and the parts of dates.
func (p *Preprocessor) width() int { return p.firstPart(len(p.state.Dates)) }

// fitDates learns the format of the i-th column of dates, its newest date, and the
// scales of its parts.
func (p *Preprocessor) fitDates(t *data.Table, i int, rows []int, notes *data.Notes) error {
	c := p.state.Config
	column, err := t.Column(c.Dates[i])
	if err != nil {
		return err
	}
	var f data.DateFormat
	if given := c.DateFormats[column.Name]; given != "" {
		f, err = data.ParseDateFormat(given)
	} else {
		f, err = data.FindDateFormat(t, column, rows)
	}
	if err != nil {
		return err
	}
	r := data.NewDateRule(f)
	rule := data.CellRule{Column: column.Name, As: data.AsDate, Missing: c.Missing, Date: r}
	var all []data.CellValue
	for _, row := range rows {
		v, err := t.ReadCell(rule, row)
		if err != nil {
			if err := t.Skip(err); err != nil {
				return err
			}
			continue
		}
		if !v.Missing {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		notes.Warn("column %s has no value in any training row", phrase.Quote(column.Name))
	}
	for k, v := range all {
		if k == 0 || v.Number > r.Newest {
			r.Newest = v.Number
		}
	}
	for k, part := range r.Parts {
		values := make([]float64, len(all))
		for j, v := range all {
			if values[j] = v.Numbers[k]; part == data.AgePart { // which was counted from 1970 so far
				values[j] = r.Age(v.Number)
			}
		}
		s, _ := data.FitScaling("none", values)
		p.state.Scales = append(p.state.Scales, s)
	}
	p.state.Dates = append(p.state.Dates, r)
	return nil
}
