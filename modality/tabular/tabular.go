// Package tabular is the input `tabular`: columns of numbers, of dates and of categories.
package tabular

import (
	"context"
	"encoding/binary"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/phrase"
)

// Preprocessor reads numbers, dates and categories. Its features, each
// only where there are such columns:
//
//	numeric          (N)      standardised numbers; 0 where missing or filled
//	numeric_missing  (N)      1 where missing; only if missing is mask
//	categories       (C) Int  from 1; 0 is unknown or missing
//
// Under mask a row that has any cell has the input. Under mean an empty
// category is still an error.
type Preprocessor struct {
	state state
}

// New makes a preprocessor that Fit completes.
func New(c Options) (*Preprocessor, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Preprocessor{state{Config: c}}, nil
}

// Kind is "tabular".
func (p *Preprocessor) Kind() string { return "tabular" }

// Columns lists the numeric columns, those of dates, and the categorical ones.
func (p *Preprocessor) Columns() []string {
	return slices.Concat(p.state.Config.Numeric, p.state.Config.Dates, p.state.Config.Categorical)
}

// Config is what the preprocessor was made with.
func (p *Preprocessor) Config() Options { return p.state.Config }

// MayMiss says whether rows may lack the input.
func (p *Preprocessor) MayMiss() bool { return p.state.Config.Missing == data.MissingMask }

// Categories lists the values told apart in each categorical column; the id of
// the first is 1.
func (p *Preprocessor) Categories() [][]string { return p.state.Categories }

// Features lists numeric, numeric_missing and categories, as far as they apply.
func (p *Preprocessor) Features() []data.Feature {
	c := p.state.Config
	var fs []data.Feature
	if n := p.width(); n > 0 {
		fs = append(fs, data.Feature{Name: "numeric", Axes: []data.Axis{data.ColumnAxis}, Shape: []int{n}})
		if c.Missing == data.MissingMask {
			fs = append(fs, data.Feature{Name: "numeric_missing", Role: data.Flag, Axes: []data.Axis{data.ColumnAxis}, Shape: []int{n}})
		}
	}
	if n := len(c.Categorical); n > 0 {
		f := data.Feature{Name: "categories", Axes: []data.Axis{data.ColumnAxis}, Shape: []int{n}, Int: true}
		for _, values := range p.state.Categories {
			f.Sizes = append(f.Sizes, len(values)+1)
		}
		fs = append(fs, f)
	}
	return fs
}

// Fit learns means, deviations, quantiles and categories.
func (p *Preprocessor) Fit(ctx context.Context, t *data.Table, rows []int, notes *data.Notes) error {
	c := p.state.Config
	p.state = state{Config: c}
	for _, name := range c.Numeric {
		if err := ctx.Err(); err != nil {
			return err
		}
		values, err := p.numbers(t, name, data.CellRule{Column: name, As: data.AsNumber, Missing: c.Missing, Unit: c.Units[name]}, rows)
		if err != nil {
			return err
		}
		transform := c.Transform
		if own, ok := c.Transforms[name]; ok {
			transform = own
		}
		s, constant := data.FitScaling(transform, values)
		if len(values) == 0 {
			notes.Warn("column %s has no value in any training row", phrase.Quote(name))
		} else if constant {
			notes.Warn("column %s is %g in every training row", phrase.Quote(name), values[0])
		}
		p.state.Scales = append(p.state.Scales, s)
	}
	for i := range c.Dates {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.fitDates(t, i, rows, notes); err != nil {
			return err
		}
	}
	for _, name := range c.Categorical {
		if err := ctx.Err(); err != nil {
			return err
		}
		values, err := fitCategories(t, name, rows, c, notes)
		if err != nil {
			return err
		}
		p.state.Categories = append(p.state.Categories, values)
	}
	p.state.makeIndex()
	return nil
}

// numbers are the values of a column that are there.
func (p *Preprocessor) numbers(t *data.Table, name string, rule data.CellRule, rows []int) ([]float64, error) {
	values := make([]float64, 0, len(rows))
	for _, row := range rows {
		v, err := t.ReadCell(rule, row)
		if err != nil {
			if err := t.Skip(err); err != nil {
				return nil, err
			}
			continue
		}
		if !v.Missing {
			values = append(values, v.Number)
		}
	}
	return values, nil
}

// tabularItem holds standardised numbers, NaN where missing, and ids.
type cells struct {
	numeric    []float32
	categories []int32
}

func (c *cells) Bytes() int { return 4*(len(c.numeric)+len(c.categories)) + 64 }

// Load reads the cells of a row.
func (p *Preprocessor) Load(t *data.Table, row int, notes *data.Notes) (data.Item, error) {
	c := p.state.Config
	item := &cells{make([]float32, p.width()), make([]int32, len(c.Categorical))}
	present := 0
	for i, name := range c.Numeric {
		v, err := t.ReadCell(p.rule(i), row)
		switch {
		case err != nil:
			return nil, err
		case !v.Missing:
			present++
			item.numeric[i] = float32(p.state.Scales[i].Apply(v.Number))
		case c.Missing == data.MissingMask:
			item.numeric[i] = float32(math.NaN())
			notes.Cell(name, data.Masked)
		default:
			present++
			notes.Cell(name, data.Filled)
		}
	}
	at := len(c.Numeric)
	for i, name := range c.Dates {
		v, err := t.ReadCell(p.rule(len(c.Numeric)+i), row)
		switch {
		case err != nil:
			return nil, err
		case !v.Missing:
			present++
		case c.Missing == data.MissingMask:
			notes.Cell(name, data.Masked)
		default:
			present++
			notes.Cell(name, data.Filled)
		}
		for k := range p.state.Dates[i].Parts {
			switch {
			case !v.Missing:
				item.numeric[at] = float32(p.state.Scales[at].Apply(v.Numbers[k]))
			case c.Missing == data.MissingMask:
				item.numeric[at] = float32(math.NaN())
			}
			at++
		}
	}
	for i, name := range c.Categorical {
		v, err := t.ReadCell(p.rule(len(c.Numeric)+len(c.Dates)+i), row)
		if err != nil {
			return nil, err
		}
		if v.Missing {
			notes.Cell(name, data.Masked)
			continue
		}
		present++
		if item.categories[i] = p.state.index[i][v.Text]; item.categories[i] == 0 {
			notes.Cell(name, data.Unknown)
		}
	}
	if present == 0 {
		return nil, nil
	}
	return item, nil
}

// Write copies an item; there is nothing to augment.
func (p *Preprocessor) Write(item data.Item, dst []data.Slot, _ data.Augment) {
	data.Clear(dst)
	row, ok := item.(*cells)
	if !ok {
		return
	}
	if len(row.numeric) > 0 {
		for i, v := range row.numeric {
			if v == v {
				dst[0].F32[i] = v
			} else {
				dst[1].F32[i] = 1
			}
		}
		dst = dst[1:]
		if p.state.Config.Missing == data.MissingMask {
			dst = dst[1:]
		}
	}
	for i, v := range row.categories {
		dst[0].Int[i] = int(v)
	}
}

// AppendBinary is the numbers and the ids.
func (c *cells) AppendBinary(b []byte) ([]byte, error) {
	b, err := binary.Append(b, binary.LittleEndian, c.numeric)
	if err != nil {
		return nil, err
	}
	return binary.Append(b, binary.LittleEndian, c.categories)
}

// Steady is true: nothing is drawn for tables.
func (p *Preprocessor) Steady() bool { return true }
