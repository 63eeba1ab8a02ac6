package guess

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
)

// rehearse does to the rows what train will do before its first step, so that what the
// config says of them is so, and train refuses nothing. A column that cannot be read
// after all is left out, and all begins again.
func (s *survey) rehearse(ctx context.Context) error {
	read := s.table.Bad
	for {
		s.lastResort()
		s.nameInputs()
		if len(s.inputs()) == 0 {
			s.mistake(-1, "", "no column is left to predict %q from", s.target.name()).WithHint("look at what was left out, and why")
			return nil
		}
		s.table.Bad = read.Clone()
		err := s.prepare(ctx)
		if err == nil && !s.dropSpoilers() {
			s.noteBadRows()
			return nil
		}
		if err != nil && !s.refuse(err) {
			return err
		}
		if len(s.found.Mistakes) > 0 {
			return nil
		}
	}
}

// refuse leaves out the column that an error names, or makes a mistake of it; it is
// false for an error that is not of the table.
func (s *survey) refuse(err error) bool {
	var bad *data.Error
	if !errors.As(err, &bad) {
		return false
	}
	for _, p := range s.inputs() {
		if p.name() == bad.Column {
			s.unread(p, bad)
			return true
		}
	}
	s.found.Mistakes = append(s.found.Mistakes, bad)
	return true
}

func (s *survey) unread(p *profile, why *data.Error) {
	p.kind, p.use = Unread, ""
	p.why = why.Message
	if why.Row > 0 {
		p.why = fmt.Sprintf("row %d: %s", why.Row, why.Message)
	}
}

// prepare reads, cuts and fits as train does.
func (s *survey) prepare(ctx context.Context) error {
	c := data.TargetConfig{Type: s.output.kind, Column: s.target.name(), Separator: s.output.separator}
	if c.Type == data.Regression {
		c.Transform, _ = s.targetTransform()
	}
	target, err := data.NewTarget(c)
	if err != nil {
		return err
	}
	var inputs []data.Input
	for _, g := range s.groups() {
		p, err := s.preprocessor(g)
		if err != nil {
			return err
		}
		inputs = append(inputs, data.Input{Name: g.name, Preprocessor: p})
	}
	for bad := -1; bad < s.table.Bad.Len(); {
		if s.split.splits, err = s.split.config().Split(s.table, s.split.seed); err != nil {
			return err
		}
		bad = s.table.Bad.Len()
		if err := s.load(ctx, inputs, target); err != nil {
			return err
		}
	}
	if s.training() == 0 {
		return s.table.Errorf(-1, "", "every training row lacks every input").WithHint("look at what was left out, and why")
	}
	return nil
}

// load fits inputs and target, and loads every row.
func (s *survey) load(ctx context.Context, inputs []data.Input, target data.Target) error {
	splits := s.split.splits
	if err := data.Fit(ctx, s.table, splits, inputs, target, nil); err != nil {
		return err
	}
	d, err := data.NewDataset(s.table, inputs, target, data.DatasetOptions{CacheBytes: -1, MissingAll: true, Splits: splits})
	if err != nil {
		return err
	}
	s.lacking, s.untrained = 0, 0
	for part, rows := range splits.All() {
		rows = s.table.Usable(rows)
		if err := d.Prepare(ctx, rows); err != nil {
			return err
		}
		for _, row := range rows {
			if d.Lacks(row) {
				s.lacking++
				if part == "train" {
					s.untrained++
				}
			}
		}
	}
	for _, in := range inputs {
		if p, ok := in.Preprocessor.(*text.Tokens); ok {
			s.countTokens(in.Name, p.Tokenizer())
		}
	}
	return nil
}

// preprocessor is what the config will make of an input.
func (s *survey) preprocessor(g group) (data.Preprocessor, error) {
	p := g.columns[0]
	switch p.kind {
	case Image:
		return &photograph{column: p.name(), pictures: s.images[p.name()]}, nil
	case Text:
		s.countWords(p)
		c := text.Common{Column: p.name(), MaxTokens: 1, Missing: data.MissingMask}
		if s.reads(p) == ngramsEncoder {
			return text.NewNGrams(c, text.NGramsOptions{Buckets: 20000, MinN: 3, MaxN: 5, MaxPerWord: 24, Lowercase: true, Normalization: "nfkc"})
		}
		return text.NewTokens(c, tokenizer.Defaults())
	}
	return tabular.New(g.options())
}

// options are those of the input of numbers and categories.
func (g group) options() tabular.Options {
	c := tabular.Options{Missing: data.MissingError, Transform: "none", MinCount: 2}
	for _, p := range g.of(Number) {
		c.Numeric = append(c.Numeric, p.name())
		if p.unit != "" {
			if c.Units == nil {
				c.Units = map[string]string{}
			}
			c.Units[p.name()] = p.unit
		}
	}
	for _, p := range g.of(Date) {
		c.Dates = append(c.Dates, p.name())
		if !sure(p.date) {
			if c.DateFormats == nil {
				c.DateFormats = map[string]string{}
			}
			c.DateFormats[p.name()] = p.date
		}
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
		if k := skewness(p.values); k > skewed || k < -skewed || farthest(p.values) > outlying {
			return p
		}
	}
	return nil
}

// dropSpoilers leaves out columns for which predict would refuse rows: a training may
// leave such a row out, but an answer is wanted for every one. Damaged pictures are
// left to the reader, unless most are.
func (s *survey) dropSpoilers() (dropped bool) {
	spoilt := map[string]int{}
	first := map[string]data.SkippedRow{}
	for _, row := range s.table.Bad.Rows() {
		if spoilt[row.Column]++; spoilt[row.Column] == 1 {
			first[row.Column] = row
		}
	}
	for _, p := range s.inputs() {
		n := spoilt[p.name()]
		if n == 0 || p.kind == Image && 2*n < p.present {
			continue
		}
		r := first[p.name()]
		s.unread(p, &data.Error{File: s.table.File, Row: r.Row, Line: r.Line, Column: r.Column, Message: r.Reason, Hint: "the column is left out"})
		dropped = true
	}
	return dropped
}

// noteBadRows names the rows that train will leave out.
func (s *survey) noteBadRows() {
	rows := s.table.Bad.Rows()
	for i, r := range rows {
		if i == mostNamed {
			s.warn(-1, "", "%d more rows cannot be used and are left out", len(rows)-mostNamed).WithHint("data_report.json of a training lists them")
			return
		}
		s.found.Warnings = append(s.found.Warnings, &data.Error{File: s.table.File, Row: r.Row, Line: r.Line, Column: r.Column, Message: r.Reason, Hint: "the row is left out"})
	}
}

// photograph stands for an input of images in the rehearsal, since every file was
// looked at before.
type photograph struct {
	column   string
	pictures *pictures
}

type exposed struct{}

func (exposed) Bytes() int { return 0 }

func (p *photograph) Kind() string      { return "image" }
func (p *photograph) Columns() []string { return []string{p.column} }
func (p *photograph) Features() []data.Feature {
	return []data.Feature{{Name: "pixels", Shape: []int{1}}}
}
func (p *photograph) Fit(context.Context, *data.Table, []int, *data.Notes) error { return nil }

func (p *photograph) Load(t *data.Table, row int, _ *data.Notes) (data.Item, error) {
	c, err := t.Column(p.column)
	if err != nil {
		return nil, err
	}
	text := c.Cell(row).Text
	if err := p.pictures.damaged[text]; err != nil {
		return nil, t.Errorf(row, p.column, "%s: %v", show(text), err)
	}
	if text == "" || p.pictures.missing[text] {
		return nil, nil
	}
	return exposed{}, nil
}

func (p *photograph) Write(data.Item, []data.Slot, data.Augment) {}
func (p *photograph) MarshalJSON() ([]byte, error)               { return json.Marshal(p.column) }
func (p *photograph) UnmarshalJSON(b []byte) error               { return json.Unmarshal(b, &p.column) }
