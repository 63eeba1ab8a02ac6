package export

import (
	"bytes"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/version"
)

// A Description is preprocessing.json: how the cells of a row become the inputs
// of an exported graph, and what its outputs mean. It is for programs in any
// language.
type Description struct {
	// Format is 1, or 2 where a program for 1 would read the rows or the answers
	// wrongly, for it knows nothing of dates, or of a threshold for each label; 3 of
	// several outputs.
	Format     int              `json:"format"`
	Producer   string           `json:"producer"`
	Name       string           `json:"name"`
	Inputs     []InputDescribed `json:"inputs"`
	MissingAll string           `json:"missing_all"` // error, or prior
	// Output is what the graph decides, and Outputs what that of several does, instead.
	Output  OutputDescription   `json:"output,omitzero"`
	Outputs []OutputDescription `json:"outputs,omitempty"`
	// More are the tensors that were asked for beside those of several outputs.
	More []Tensor `json:"tensors,omitempty"`
}

// A Tensor is an input or an output of the graph. The axis "N" is the rows.
type Tensor struct {
	Name  string `json:"name"`
	Type  string `json:"type"` // as NumPy calls it
	Shape []any  `json:"shape"`
}

// An InputDescribed is one input of the model.
type InputDescribed struct {
	Name string `json:"name"`
	// Kind is image, tokens, ngrams, tabular, or that of a plug-in, whose tensors
	// are then what its preprocessor writes.
	Kind    string   `json:"kind"`
	Columns []string `json:"columns"`
	Missing string   `json:"missing,omitempty"` // what an empty cell means: error, mask or mean
	Tensors []Tensor `json:"tensors"`           // the last one is the presence
	// Cells are the rules by which the cells of Columns are read, in their order;
	// none of a plug-in's input that does not tell them.
	Cells []data.CellRule `json:"cells,omitempty"`
	// Own is what the input says of itself beyond that: Value is written under the key
	// Section. A Description that was read from its file has none.
	Own data.Described `json:"-"`
}

// MarshalJSON writes Own last, under its own key.
func (x InputDescribed) MarshalJSON() ([]byte, error) {
	type plain InputDescribed
	b, err := toJSON(plain(x), "")
	if err != nil || x.Own.Section == "" {
		return b, err
	}
	own, err := toJSON(map[string]any{x.Own.Section: x.Own.Value}, "")
	if err != nil {
		return nil, err
	}
	b = append(bytes.TrimSuffix(bytes.TrimRight(b, "\n"), []byte("}")), ',')
	return append(b, own[1:]...), nil
}

// An OutputDescription says what the graph decides.
type OutputDescription struct {
	Name    string   `json:"name,omitempty"` // of one of several
	Type    string   `json:"type"`           // binary, multiclass, multilabel or regression
	Column  string   `json:"column"`
	Labels  []string `json:"labels,omitempty"` // of the columns of probabilities
	Tensors []Tensor `json:"tensors"`
	// Threshold above which a probability of a binary or multilabel output is a
	// yes, compared in double precision. Of a multiclass output the most probable label is the prediction.
	Threshold float64 `json:"threshold,omitempty"`
	// Thresholds are those of the labels of a multilabel output, in place of
	// Threshold, where they are not all the same.
	Thresholds []float64 `json:"thresholds,omitempty"`
}

// dated says whether a column is of dates, or of lists.
func (d *Description) dated() bool {
	for _, in := range d.Inputs {
		for _, rule := range in.Cells {
			if rule.As == data.AsDate || rule.As == data.AsNumbers {
				return true
			}
		}
	}
	return false
}

// decide says from which probability on a label is predicted.
func (o *OutputDescription) decide(x head.One) {
	labels := data.Questions(x.Target)
	if labels == nil {
		return
	}
	t := x.Head.Thresholds()
	o.Threshold = t.At(0)
	for i := range labels {
		if t.At(i) != t.At(0) {
			o.Threshold, o.Thresholds = 0, t
			return
		}
	}
}

// describe is all but the tensors.
func describe(b *bundle.Bundle) *Description {
	d := &Description{Format: 1, Producer: "chiasm " + version.String(), Name: b.Config.Name, MissingAll: "error"}
	if b.Config.Data.AllowsLacking() {
		d.MissingAll = "prior"
	}
	files := map[string]int{} // how many inputs have one of this name
	for _, in := range b.Inputs {
		if p, ok := in.Preprocessor.(data.Describer); ok {
			for name := range p.Describe(func(name string) string { return name }).Files {
				files[name]++
			}
		}
	}
	for _, in := range b.Inputs {
		d.Inputs = append(d.Inputs, describeInput(in, b.Config.Data.Dialect, files))
	}
	if d.dated() {
		d.Format = 2
	}
	for _, x := range b.Outputs() {
		o := OutputDescription{Name: x.Name, Type: head.FormOf(x.Head).String(), Column: x.Target.Config().Column, Labels: x.Target.Labels()}
		if o.decide(x); o.Thresholds != nil {
			d.Format = 2
		}
		if o.Name == "" {
			d.Output = o
			return d
		}
		d.Outputs = append(d.Outputs, o)
	}
	d.Format = severalFormat
	return d
}

// severalFormat is the Format of a description of several outputs.
const severalFormat = 3

// Answers are the outputs, one or several.
func (d *Description) Answers() []*OutputDescription {
	if d == nil {
		return nil
	}
	if d.Outputs == nil {
		return []*OutputDescription{&d.Output}
	}
	var all []*OutputDescription
	for i := range d.Outputs {
		all = append(all, &d.Outputs[i])
	}
	return all
}

// own are the tensors of an output that it always has: its answers, and its logits.
const own = 2

// more are the tensors that were asked for.
func (d *Description) more() []Tensor {
	if d.Outputs != nil {
		return d.More
	}
	return d.Output.Tensors[own:]
}

// add describes a tensor that was asked for.
func (d *Description) add(t Tensor) {
	if d.Outputs != nil {
		d.More = append(d.More, t)
		return
	}
	d.Output.Tensors = append(d.Output.Tensors, t)
}

// describeInput puts the input's name before that of a file that several inputs have.
func describeInput(in data.Input, dialect data.Dialect, files map[string]int) InputDescribed {
	x := InputDescribed{Name: in.Name, Kind: in.Kind(), Columns: in.Columns()}
	if p, ok := in.Preprocessor.(data.Ruled); ok {
		x.Missing = data.MissingOf(in.Preprocessor)
		for _, rule := range p.Rules() {
			x.Cells = append(x.Cells, rule.In(dialect))
		}
	}
	if p, ok := in.Preprocessor.(data.Describer); ok {
		x.Own = p.Describe(func(name string) string {
			if files[name] > 1 {
				return in.Name + "." + name
			}
			return name
		})
	}
	return x
}
