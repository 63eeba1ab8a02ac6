package infer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/version"
)

// Types of columns, for Column.Type.
const (
	ImageColumn    = data.AsImage
	TextColumn     = data.AsText
	NumberColumn   = data.AsNumber
	NumbersColumn  = data.AsNumbers // a list of them
	CategoryColumn = data.AsCategory
	DateColumn     = data.AsDate  // or a date and a time of day
	FileColumn     = data.AsFile  // bytes, of an input of a type of its own
	ValueColumn    = data.AsValue // a text or a number, of an input of a type of its own
)

// Column is one field of a row.
type Column = data.Field

// Description is all that one has to know of a model to give it rows, as a form
// would ask for them.
type Description struct {
	Name       string  `json:"name"`
	Version    string  `json:"version"` // of the program
	Checksum   string  `json:"checksum,omitempty"`
	Step       int     `json:"step"` // of the training whose weights these are
	Parameters int     `json:"parameters"`
	Inputs     []Input `json:"inputs"`
	// Output is what it answers, and Outputs what a model of several does, instead.
	Output  Output   `json:"output,omitzero"`
	Outputs []Output `json:"outputs,omitempty"`
	Fusion  string   `json:"fusion,omitempty"` // as cross_attention(photo, title); empty for one input
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

// Output is what the model predicts.
type Output struct {
	Name      string   `json:"name,omitempty"` // of one of several
	Type      string   `json:"type"`           // binary, multiclass, multilabel or regression
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
	d := Description{
		Name: b.Config.Name, Version: version.String(), Checksum: b.Checksum, Step: b.Step, Parameters: len(b.Model.Weights()), MissingAll: m.prior != nil,
	}
	for _, x := range b.Outputs() {
		if o := describeOutput(x); o.Name == "" {
			d.Output = o
		} else {
			d.Outputs = append(d.Outputs, o)
		}
	}
	switch tree := b.Model.Tree(); {
	case tree != nil:
		d.Fusion = tree.String()
	case b.Model.Ensemble():
		var members []string
		for _, n := range b.Model.Networks() {
			members = append(members, fmt.Sprintf("%d × %v", n.Votes(), n))
		}
		d.Fusion = "mean of " + strings.Join(members, ", ")
	}
	for i, in := range b.Inputs {
		d.Inputs = append(d.Inputs, m.describe(b.Config.Inputs[i], in))
	}
	return d
}

// Answers are the outputs of the model, one or several.
func (d Description) Answers() []Output {
	if d.Outputs != nil {
		return d.Outputs
	}
	return []Output{d.Output}
}

func describeOutput(x head.One) Output {
	target := x.Target.Config()
	o := Output{Name: x.Name, Type: x.Head.Kind(), Column: target.Column, Labels: x.Target.Labels()}
	for i, label := range data.Questions(x.Target) {
		if o.Thresholds == nil {
			o.Thresholds = map[string]float64{}
		}
		o.Thresholds[label] = x.Head.Thresholds().At(i)
	}
	if head.FormOf(x.Head) == head.AnyOf {
		o.Separator = target.Separator
	}
	return o
}

func (m *Model) describe(c config.Input, in data.Input) Input {
	d := Input{
		Name: in.Name, Type: c.Type, Encoder: strings.Join(m.bundle.Config.EncodersOf(c), ", "),
		Missing: data.MissingOf(in.Preprocessor), Columns: data.FieldsOf(in.Preprocessor),
	}
	for i := range d.Columns { // which another input may need, that reads it too
		at := slices.IndexFunc(m.columns, func(c column) bool { return c.name == d.Columns[i].Name })
		d.Columns[i].Required = m.columns[at].needed
	}
	return d
}
