package infer

import (
	"slices"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/version"
)

// Types of columns, for Column.Type.
const (
	ImageColumn    = "image"
	TextColumn     = "text"
	NumberColumn   = "number"
	CategoryColumn = "category"
	DateColumn     = "date"  // or a date and a time of day
	FileColumn     = "file"  // bytes, of an input of a type of its own
	ValueColumn    = "value" // a text or a number, of an input of a type of its own
)

// Description is all that one has to know of a model to give it rows, as a form
// would ask for them.
type Description struct {
	Name       string  `json:"name"`
	Version    string  `json:"version"` // of the program
	Checksum   string  `json:"checksum,omitempty"`
	Step       int     `json:"step"` // of the training whose weights these are
	Parameters int     `json:"parameters"`
	Inputs     []Input `json:"inputs"`
	Output     Output  `json:"output"`
	Fusion     string  `json:"fusion,omitempty"` // as cross_attention(photo, title); empty for one input
	// MissingAll says whether a row may lack every input.
	MissingAll bool `json:"missing_all"`
}

// Input is one modality.
type Input struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"` // image, text, tabular, or one of a plug-in
	Encoder string   `json:"encoder"`
	Missing string   `json:"missing"` // error, mask or mean
	Columns []Column `json:"columns"`
}

// Column is one field of a row.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // image, text, number, date, category, file or value
	Required bool   `json:"required"`
	// Of an image: height and width that it is resized to, channels, and how one of
	// another shape is made to fit: stretch, pad or crop.
	Size     []int  `json:"size,omitempty"`
	Channels int    `json:"channels,omitempty"`
	Fit      string `json:"fit,omitempty"`
	// MaxTokens of a text are read, or words.
	MaxTokens int `json:"max_tokens,omitempty"`
	// Categories that the model tells apart; others are unknown to it.
	Categories []string `json:"categories,omitempty"`
	// Unit that may stand beside a number, as in $5 and 12 kg.
	Unit string `json:"unit,omitempty"`
	// Of a date: how the column writes it, as strftime has it (%d/%m/%Y), one written
	// so, and whether it has a time of day. Another way to write it is refused.
	DateFormat string `json:"date_format,omitempty"`
	Example    string `json:"example,omitempty"`
	Timed      bool   `json:"timed,omitempty"`
	// Of a number: what the training rows had, as far as the model knows.
	Min  *float64 `json:"min,omitempty"`
	Max  *float64 `json:"max,omitempty"`
	Mean *float64 `json:"mean,omitempty"`
	Std  *float64 `json:"std,omitempty"`
}

// Output is what the model predicts.
type Output struct {
	Type      string   `json:"type"` // binary, multiclass, multilabel or regression
	Column    string   `json:"column"`
	Labels    []string `json:"labels,omitempty"`
	Separator string   `json:"separator,omitempty"` // between the labels of a multilabel prediction
	// Thresholds are the probabilities above which labels are predicted, by label: all
	// of a multilabel output, the positive one of a binary one.
	Thresholds map[string]float64 `json:"thresholds,omitempty"`
}

// Describe says what the model is given and what it answers.
func (m *Model) Describe() Description {
	if m == nil || m.bundle == nil {
		return Description{}
	}
	b := m.bundle
	target := b.Target.Config()
	d := Description{
		Name: b.Config.Name, Version: version.String(), Checksum: b.Checksum, Step: b.Step, Parameters: len(b.Model.Weights()), MissingAll: m.prior != nil,
		Output: Output{Type: target.Type, Column: target.Column, Labels: b.Target.Labels()},
	}
	for i, label := range data.Questions(b.Target) {
		if d.Output.Thresholds == nil {
			d.Output.Thresholds = map[string]float64{}
		}
		d.Output.Thresholds[label] = b.Model.Output().Thresholds.At(i)
	}
	if target.Type == data.Multilabel {
		d.Output.Separator = target.Separator
	}
	if tree := b.Model.Tree(); tree != nil {
		d.Fusion = tree.String()
	}
	for i, in := range b.Inputs {
		d.Inputs = append(d.Inputs, m.describe(b.Config.Inputs[i], in))
	}
	return d
}

func (m *Model) describe(c config.Input, in data.Input) Input {
	d := Input{Name: in.Name, Type: c.Type, Encoder: m.bundle.Config.EncoderOf(c).Type, Missing: data.MissingError}
	if mayMiss(in.Preprocessor) {
		d.Missing = data.MissingMask
	}
	for _, name := range in.Columns() {
		i := slices.IndexFunc(m.columns, func(c column) bool { return c.name == name })
		column := Column{Name: name, Type: ValueColumn, Required: m.columns[i].needed}
		if m.columns[i].file {
			column.Type = FileColumn
		}
		d.Columns = append(d.Columns, column)
	}
	switch p := in.Preprocessor.(type) {
	case *data.Image:
		c := p.Config()
		d.Columns[0].Type, d.Columns[0].Size, d.Columns[0].Channels, d.Columns[0].Fit = ImageColumn, c.Size[:], c.Channels, c.Fit
	case *data.Tokens:
		d.Columns[0].Type, d.Columns[0].MaxTokens = TextColumn, p.Config().MaxTokens
	case *data.NGrams:
		text, _ := p.Config()
		d.Columns[0].Type, d.Columns[0].MaxTokens = TextColumn, text.MaxTokens
	case *data.Tabular:
		d.Missing = p.Config().Missing
		describeTable(p, d.Columns)
	}
	return d
}

// describeTable fills in numeric columns, those of dates, and categorical ones.
func describeTable(p *data.Tabular, columns []Column) {
	ranges := p.Ranges()
	for i, r := range ranges {
		c := &columns[i]
		c.Type, c.Unit = NumberColumn, p.Config().Units[c.Name]
		if r.Known {
			c.Min, c.Max = &r.Min, &r.Max
		}
		if r.Plain {
			c.Mean, c.Std = &r.Mean, &r.Std
		}
	}
	columns = columns[len(ranges):]
	for i, r := range p.DateRules() {
		c := &columns[i]
		c.Type, c.DateFormat, c.Example, c.Timed = DateColumn, r.Name, r.Format(r.Newest), r.Timed()
	}
	columns = columns[len(p.DateRules()):]
	for i, values := range p.Categories() {
		c := &columns[i]
		c.Type, c.Categories = CategoryColumn, values
	}
}
