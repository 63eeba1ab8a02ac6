package config_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
)

// lengths is a preprocessor as another module would write it: the size of the
// file that a cell names.
type lengths struct {
	options lengthsOptions
	source  data.Files
}

type lengthsOptions struct {
	// Column of files.
	Column string `yaml:"column" json:"column" validate:"required"`
	// Scale divides sizes.
	Scale float64 `yaml:"scale" json:"scale" default:"1000" validate:"gt=0"`
}

var errScale = &data.ConfigError{Field: "scale", Message: "is unlucky"}

func newLengths(o lengthsOptions) (*lengths, error) {
	if o.Scale == 13 {
		return nil, errScale
	}
	return &lengths{options: o}, nil
}

type length float32

func (length) Bytes() int { return 4 }

func (p *lengths) Kind() string                                               { return "lengths" }
func (p *lengths) Columns() []string                                          { return []string{p.options.Column} }
func (p *lengths) Fit(context.Context, *data.Table, []int, *data.Notes) error { return nil }
func (p *lengths) Features() []data.Feature                                   { return []data.Feature{{Name: "length", Shape: []int{1}}} }
func (p *lengths) ReadFrom(source data.Files)                                 { p.source = source }
func (p *lengths) MarshalJSON() ([]byte, error)                               { return json.Marshal(p.options) }
func (p *lengths) UnmarshalJSON(b []byte) error                               { return json.Unmarshal(b, &p.options) }
func (p *lengths) Write(item data.Item, dst []data.Slot, _ data.Augment) {
	dst[0].F32[0] = float32(item.(length))
}
func (p *lengths) Load(t *data.Table, row int, _ *data.Notes) (data.Item, error) {
	c, err := t.Column(p.options.Column)
	if err != nil {
		return nil, err
	}
	b, err := p.source.ReadFile(c.Cell(row).Text)
	return length(float64(len(b)) / p.options.Scale), err
}

type folder map[string]string

func (f folder) ReadFile(cell string) ([]byte, error) {
	s, ok := f[cell]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return []byte(s), nil
}

func withLengths(t *testing.T) *config.Registry {
	t.Helper()
	reg := config.Builtin()
	if err := errors.Join(
		config.AddInput(reg, "lengths", "sizes of files", newLengths),
		config.AddEncoder(reg, "lengths", "flatten", "the number through a matrix", newFlatten),
	); err != nil {
		t.Fatal(err)
	}
	return reg
}

const files = `
name: files
data: {path: table/files.csv}
inputs:
  size: {type: lengths, column: file, encoder: {type: flatten, dim: 3}}
output: {type: regression, column: price}
`

func TestAddedInput(t *testing.T) {
	reg := withLengths(t)
	c, err := config.Parse("c.yaml", []byte(files), reg)
	if err != nil {
		t.Fatal(err)
	}
	text := yaml(t, c)
	if want := "    type: lengths\n    column: file\n    scale: 1000\n    encoder:\n      type: flatten\n      dim: 3\n"; !strings.Contains(text, want) {
		t.Errorf("the effective config lacks %q:\n%s", want, text)
	}
	if again, err := config.Parse("c.yaml", []byte(text), reg); err != nil || yaml(t, again) != text {
		t.Errorf("the effective config does not read back: %v", err)
	}
	if !c.HasFiles() || c.Data.Files != "table" {
		t.Errorf("files are looked for in %q", c.Data.Files)
	}
	schema, err := config.Schema(reg)
	if err != nil || !strings.Contains(string(schema), "sizes of files") || !strings.Contains(string(schema), `"scale"`) {
		t.Errorf("the schema does not know the input (%v)", err)
	}
}

// What AddInput registers reads rows, is encoded, and is restored from the
// files of a model.
func TestAddedInputAtWork(t *testing.T) {
	reg := withLengths(t)
	c, err := config.Parse("c.yaml", []byte(files), reg)
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := c.NewInputs(folder{"a": "four"})
	if err != nil {
		t.Fatal(err)
	}
	target, err := c.NewTarget()
	if err != nil {
		t.Fatal(err)
	}
	table, err := data.NewTable("t", data.Strings("file", "a", "b"), data.Strings("price", "1", "2"))
	if err != nil {
		t.Fatal(err)
	}
	item, err := inputs[0].Load(table, 0, nil)
	if err != nil || item != length(0.004) {
		t.Errorf("the first row is %v (%v)", item, err)
	}
	if err := target.Fit(context.Background(), table, []int{0, 1}, nil); err != nil {
		t.Fatal(err)
	}
	m, err := c.NewModel(inputs, target, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := (encoders.Shape{Tokens: 1, Dim: 3}); m.Encoders()[0].Shape() != want {
		t.Errorf("the encoder's shape is %v", m.Encoders()[0].Shape())
	}
	saved, err := data.Encode(inputs, target)
	if err != nil {
		t.Fatal(err)
	}
	restored, _, err := data.Decode(saved, reg.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := restored[0].Preprocessor.(*lengths); !ok || p.options != (lengthsOptions{"file", 1000}) {
		t.Errorf("restored is %#v", restored[0].Preprocessor)
	}
	if _, _, err := data.Decode(saved, config.Builtin().Kinds()); err == nil || !strings.Contains(err.Error(), `kind "lengths", known are image`) {
		t.Errorf("another registry gives %v", err)
	}
}

func TestAddedInputProblems(t *testing.T) {
	reg := withLengths(t)
	for _, c := range []struct{ set, want string }{
		{"inputs.size.scale=0", "--set inputs.size.scale=0: inputs.size.scale: must be more than 0, is 0"},
		{"inputs.size.scale=13", "--set inputs.size.scale=13: inputs.size.scale: is unlucky"},
		{"inputs.size.encoder=cnn", `--set inputs.size.encoder=cnn: inputs.size.encoder.type: unknown lengths encoder "cnn"; known are flatten`},
		{"inputs.size={type: lengths, column: file}", "--set inputs.size={type: lengths, column: file}: inputs.size.encoder: required key \"type\" is missing: one of flatten"},
		{"output.column=file", `c.yaml:5:9: inputs.size: reads the column "file", which is the answer`},
	} {
		_, err := config.Parse("c.yaml", []byte(files), reg, c.set)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s gives %v, want %s", c.set, err, c.want)
		}
	}
}

// other is a preprocessor that takes the kind of one that is there.
type other struct{ lengths }

func (*other) Kind() string { return "image" }

func TestRefusedInputs(t *testing.T) {
	reg := withLengths(t)
	type hidden struct {
		Encoder string `yaml:"encoder"`
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{config.AddInput(reg, "lengths", "again", newLengths), `type of input: the name "lengths" is taken`},
		{config.AddInput(reg, "image", "again", newLengths), `type of input: the name "image" is taken`},
		{config.AddInput(reg, "silent", "", newLengths), "type of input silent: describe it in a line, for listings"},
		{config.AddInput(reg, "number", "of a number", func(int) (*lengths, error) { return nil, nil }), "type of input number: its options are a int, not a struct"},
		{config.AddInput(reg, "hidden", "hides a key", func(hidden) (*lengths, error) { return nil, nil }), `type of input hidden: config_test.hidden repeats the key "encoder" of every input`},
		{config.AddInput(reg, "other", "takes a kind", func(lengthsOptions) (*other, error) { return nil, nil }), `type of input other: preprocessors of the kind "image" are of type *image.Preprocessor`},
		{config.AddInput(reg, "sizes", "the same preprocessor again", newLengths), "<nil>"},
	} {
		got := "<nil>"
		if c.err != nil {
			got = c.err.Error()
		}
		if got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
