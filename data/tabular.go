package data

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// TabularConfig makes an input of columns of numbers and of categories.
type TabularConfig struct {
	// Columns of numbers, standardised to mean 0 and deviation 1 over the training rows.
	Numeric []string `yaml:"numeric,omitempty" json:"numeric,omitempty" validate:"unique,dive,required"`
	// Columns of dates and times, which become numbers: year, month, day of the week, hour where there is one, and age in days up to the newest training date; month, weekday and hour as sine and cosine. The format is found on the training rows, one for each column.
	Dates []string `yaml:"dates,omitempty" json:"dates,omitempty" validate:"unique,dive,required"`
	// Formats of single columns of dates, which need not be looked for: %d/%m/%Y, or 02/01/2006.
	DateFormats map[string]string `yaml:"date_formats,omitempty" json:"date_formats,omitempty"`
	// Columns of categories, each value taken as it is written.
	Categorical []string `yaml:"categorical,omitempty" json:"categorical,omitempty" validate:"unique,dive,required"`
	// What an empty cell means: error, mask (the model is told that it is absent; a row that lacks all cells lacks the input) or mean (of the training rows; numbers only).
	Missing string `yaml:"missing" json:"missing" default:"error" validate:"oneof=error mask mean"`
	// What is done to numbers before they are standardised: none, log (sign-preserving log(1+|x|)) or quantile (normal scores of the training rows).
	Transform string `yaml:"transform" json:"transform" default:"none" validate:"oneof=none log quantile"`
	// The same for single columns.
	Transforms map[string]string `yaml:"transforms,omitempty" json:"transforms,omitempty" validate:"dive,oneof=none log quantile"`
	// What may stand behind the numbers of a column or before them: a currency ($5, -5 €), a unit (12 kg, 37"), or %, which divides nothing: 37 % is 37. A number without it is taken as well, one of another unit is refused.
	Units map[string]string `yaml:"units,omitempty" json:"units,omitempty"`
	// How many training rows must have a category for it to be told apart; rarer ones are unknown together, which teaches the model what unknown means.
	MinCount int `yaml:"min_count" json:"min_count" default:"2" validate:"gte=1"`
}

// Validate returns a *ConfigError for what the tags cannot say.
func (c TabularConfig) Validate() error {
	if len(c.Numeric)+len(c.Dates)+len(c.Categorical) == 0 {
		return &ConfigError{"numeric", "name at least one numeric or categorical column, or one of dates"}
	}
	seen := map[string]bool{}
	for _, name := range slices.Concat(c.Numeric, c.Dates, c.Categorical) {
		if seen[name] {
			return &ConfigError{"numeric", fmt.Sprintf("column %s is named twice", show(name))}
		}
		seen[name] = true
	}
	for _, name := range sortedKeys(c.Transforms) {
		if !slices.Contains(c.Numeric, name) {
			return &ConfigError{"transforms", fmt.Sprintf("column %s is not among the numeric ones (%s)", show(name), suggest(name, c.Numeric))}
		}
		if !slices.Contains(transforms, c.Transforms[name]) {
			return &ConfigError{"transforms", fmt.Sprintf("%q, expected none, log or quantile", c.Transforms[name])}
		}
	}
	for _, name := range sortedKeys(c.DateFormats) {
		if !slices.Contains(c.Dates, name) {
			return &ConfigError{"date_formats", fmt.Sprintf("column %s is not among dates (%s)", show(name), suggest(name, c.Dates))}
		}
		if _, err := ParseDateFormat(c.DateFormats[name]); err != nil {
			return &ConfigError{"date_formats", fmt.Sprintf("column %s: %v", show(name), err)}
		}
	}
	for _, name := range sortedKeys(c.Units) {
		if !slices.Contains(c.Numeric, name) {
			return &ConfigError{"units", fmt.Sprintf("column %s is not among the numeric ones (%s)", show(name), suggest(name, c.Numeric))}
		}
		if err := CheckUnit(c.Units[name]); err != nil {
			return &ConfigError{"units", fmt.Sprintf("column %s: %v", show(name), err)}
		}
	}
	if !slices.Contains(transforms, c.Transform) {
		return &ConfigError{"transform", fmt.Sprintf("%q, expected none, log or quantile", c.Transform)}
	}
	switch c.Missing {
	case MissingError, MissingMask:
	case MissingMean:
		if len(c.Numeric)+len(c.Dates) == 0 {
			return &ConfigError{"missing", "mean is for numbers, and there is no numeric column"}
		}
	default:
		return &ConfigError{"missing", fmt.Sprintf("%q, expected error, mask or mean", c.Missing)}
	}
	if c.MinCount < 1 {
		return &ConfigError{"min_count", fmt.Sprintf("is %d, expected 1 or more", c.MinCount)}
	}
	return nil
}

// Tabular is the Preprocessor of numbers and categories. Its features, each
// only where there are such columns:
//
//	numeric          (N)      standardised numbers; 0 where missing or filled
//	numeric_missing  (N)      1 where missing; only if missing is mask
//	categories       (C) Int  from 1; 0 is unknown or missing
//
// Under mask a row that has any cell has the input. Under mean an empty
// category is still an error.
type Tabular struct {
	state tabularState
}

type tabularState struct {
	Config     TabularConfig `json:"config"`
	Scales     []Scaling     `json:"numeric,omitempty"` // of numbers, then of the parts of dates
	Dates      []*DateRule   `json:"dates,omitempty"`
	Categories [][]string    `json:"categories,omitempty"`
	index      []map[string]int32
	ranges     [][2]float64 // of the scales
}

// NewTabular makes a preprocessor that Fit completes.
func NewTabular(c TabularConfig) (*Tabular, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Tabular{tabularState{Config: c}}, nil
}

// Kind is "tabular".
func (p *Tabular) Kind() string { return "tabular" }

// Columns lists the numeric columns, those of dates, and the categorical ones.
func (p *Tabular) Columns() []string {
	return slices.Concat(p.state.Config.Numeric, p.state.Config.Dates, p.state.Config.Categorical)
}

// Config is what the preprocessor was made with.
func (p *Tabular) Config() TabularConfig { return p.state.Config }

// MayMiss says whether rows may lack the input.
func (p *Tabular) MayMiss() bool { return p.state.Config.Missing == MissingMask }

// Categories lists the values told apart in each categorical column; the id of
// the first is 1.
func (p *Tabular) Categories() [][]string { return p.state.Categories }

// Features lists numeric, numeric_missing and categories, as far as they apply.
func (p *Tabular) Features() []Feature {
	c := p.state.Config
	var fs []Feature
	if n := p.width(); n > 0 {
		fs = append(fs, Feature{Name: "numeric", Axes: []Axis{ColumnAxis}, Shape: []int{n}})
		if c.Missing == MissingMask {
			fs = append(fs, Feature{Name: "numeric_missing", Role: Flag, Axes: []Axis{ColumnAxis}, Shape: []int{n}})
		}
	}
	if n := len(c.Categorical); n > 0 {
		f := Feature{Name: "categories", Axes: []Axis{ColumnAxis}, Shape: []int{n}, Int: true}
		for _, values := range p.state.Categories {
			f.Sizes = append(f.Sizes, len(values)+1)
		}
		fs = append(fs, f)
	}
	return fs
}

// Fit learns means, deviations, quantiles and categories.
func (p *Tabular) Fit(ctx context.Context, t *Table, rows []int, notes *Notes) error {
	c := p.state.Config
	p.state = tabularState{Config: c}
	for _, name := range c.Numeric {
		if err := ctx.Err(); err != nil {
			return err
		}
		values, err := p.numbers(t, name, CellRule{Column: name, As: AsNumber, Missing: c.Missing, Unit: c.Units[name]}, rows)
		if err != nil {
			return err
		}
		transform := c.Transform
		if own, ok := c.Transforms[name]; ok {
			transform = own
		}
		s, constant := FitScaling(transform, values)
		if len(values) == 0 {
			notes.Warn("column %s has no value in any training row", show(name))
		} else if constant {
			notes.Warn("column %s is %g in every training row", show(name), values[0])
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
func (p *Tabular) numbers(t *Table, name string, rule CellRule, rows []int) ([]float64, error) {
	column, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	values := make([]float64, 0, len(rows))
	for _, row := range rows {
		v, err := t.read(rule, column, row)
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
type tabularItem struct {
	numeric    []float32
	categories []int32
}

func (i *tabularItem) Bytes() int { return 4*(len(i.numeric)+len(i.categories)) + 64 }

// Load reads the cells of a row.
func (p *Tabular) Load(t *Table, row int, notes *Notes) (Item, error) {
	c := p.state.Config
	item := &tabularItem{make([]float32, p.width()), make([]int32, len(c.Categorical))}
	present := 0
	for i, name := range c.Numeric {
		column, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		v, err := t.read(p.rule(i), column, row)
		switch {
		case err != nil:
			return nil, err
		case !v.Missing:
			present++
			item.numeric[i] = float32(p.state.Scales[i].Apply(v.Number))
		case c.Missing == MissingMask:
			item.numeric[i] = float32(math.NaN())
			notes.Cell(name, Masked)
		default:
			present++
			notes.Cell(name, Filled)
		}
	}
	at := len(c.Numeric)
	for i, name := range c.Dates {
		column, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		v, err := t.read(p.rule(len(c.Numeric)+i), column, row)
		switch {
		case err != nil:
			return nil, err
		case !v.Missing:
			present++
		case c.Missing == MissingMask:
			notes.Cell(name, Masked)
		default:
			present++
			notes.Cell(name, Filled)
		}
		for k := range p.state.Dates[i].Parts {
			switch {
			case !v.Missing:
				item.numeric[at] = float32(p.state.Scales[at].Apply(v.Numbers[k]))
			case c.Missing == MissingMask:
				item.numeric[at] = float32(math.NaN())
			}
			at++
		}
	}
	for i, name := range c.Categorical {
		column, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		v, err := t.read(p.rule(len(c.Numeric)+len(c.Dates)+i), column, row)
		if err != nil {
			return nil, err
		}
		if v.Missing {
			notes.Cell(name, Masked)
			continue
		}
		present++
		if item.categories[i] = p.state.index[i][v.Text]; item.categories[i] == 0 {
			notes.Cell(name, Unknown)
		}
	}
	if present == 0 {
		return nil, nil
	}
	return item, nil
}

// Write copies an item; there is nothing to augment.
func (p *Tabular) Write(item Item, dst []Slot, _ Augment) {
	Clear(dst)
	row, ok := item.(*tabularItem)
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
		if p.state.Config.Missing == MissingMask {
			dst = dst[1:]
		}
	}
	for i, v := range row.categories {
		dst[0].Int[i] = int(v)
	}
}
