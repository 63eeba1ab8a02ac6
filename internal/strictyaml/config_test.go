package strictyaml

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// A small configuration with every feature: defaults, bounds, variants, a tree,
// an ordered mapping, inlined structs, types that read themselves from text.
type (
	root struct {
		Name     string             `yaml:"name" validate:"required"`
		Seed     uint64             `yaml:"seed" default:"1"`
		Inputs   []input            `yaml:"inputs" validate:"required"`
		Tree     tree               `yaml:"tree"`
		Training training           `yaml:"training"`
		Labels   map[string]float64 `yaml:"labels" validate:"omitempty,dive,gt=0"`
		Columns  *columns           `yaml:"columns"`
		Weights  weights            `yaml:"weights"`
	}
	input struct {
		Name   string `yaml:",key"`
		Type   string `yaml:"type"`
		Config any    `yaml:",inline" variant:"input"`
	}
	picture struct {
		Source  `yaml:",inline"`
		Missing string  `yaml:"missing" default:"error" validate:"required,oneof=error mask mean"` // hides that of Source
		Size    [2]int  `yaml:"size" validate:"dive,min=1"`
		Encoder encoder `yaml:"encoder" variant:"picture encoder"`
	}
	caption struct {
		Source  Source  `yaml:",inline"`
		Encoder encoder `yaml:"encoder" variant:"caption encoder"`
	}
	Source struct {
		Column  string `yaml:"column" validate:"required"`
		Missing string `yaml:"missing" default:"error" validate:"oneof=error mask"`
	}
	encoder struct {
		Type   string `yaml:"type"`
		Config any    `yaml:",inline"`
	}
	cnn struct {
		Channels []int   `yaml:"channels" default:"[32, 64]" validate:"min=1,dive,min=1"`
		Dropout  float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
	}
	transformer struct {
		Dim   int `yaml:"dim" default:"64" validate:"min=1"`
		Heads int `yaml:"heads" default:"4" validate:"min=1,ltefield=Dim"`
	}
	tree struct {
		Type   string    `yaml:"type"`
		Config any       `yaml:",inline" variant:"tree"`
		Of     []operand `yaml:"of"`
	}
	operand struct {
		Input string `yaml:",scalar"`
		Tree  *tree  `yaml:",inline"`
	}
	concat struct {
		Hidden int `yaml:"hidden" default:"0" validate:"min=0"`
	}
	average struct {
		Pool  string `yaml:"pool" default:"linear" validate:"oneof=linear log"`
		Power int    `yaml:"power" validate:"required"`
	}
	training struct {
		Epochs   int           `yaml:"epochs" default:"10" validate:"min=1"`
		Rate     float32       `yaml:"rate" default:"0.001" validate:"gt=0"`
		Clip     *float64      `yaml:"clip" validate:"omitempty,gt=0"`
		Shuffle  bool          `yaml:"shuffle" default:"true"`
		Patience *patience     `yaml:"patience"`
		Every    time.Duration `yaml:"every" default:"10m"`
		Low      int           `yaml:"low" default:"0"`
		High     int           `yaml:"high" default:"9" validate:"gtefield=Low"`
		Level    level         `yaml:"level" default:"low"`
		Workers  int8          `yaml:"workers" validate:"min=0"`
	}
	patience struct {
		Epochs int    `yaml:"epochs" validate:"min=1"`
		On     string `yaml:"on" validate:"max=10"`
	}
	columns struct {
		Numeric []string `yaml:"numeric" validate:"required_without=Text,unique,dive,required"`
		Text    []string `yaml:"text" validate:"required_without=Numeric,max=2"`
		Split   string   `yaml:"split,omitempty" validate:"excluded_with=Train Test"`
		Train   float64  `yaml:"train,omitempty"`
		Test    float64  `yaml:"test,omitempty"`
		Colour  string   `yaml:"colour" default:"#ffffff" validate:"hexcolor"`
	}
	weights struct {
		Mode string             `yaml:",scalar" default:"none" validate:"omitempty,oneof=balanced none"`
		Of   map[string]float64 `yaml:",inline" validate:"dive,gt=0"`
	}
	level int
)

func (c columns) Validate() error {
	if c.Train+c.Test > 1 {
		return errors.New("train: train and test add up to more than 1")
	}
	return nil
}

func (l *level) UnmarshalText(b []byte) error {
	switch string(b) {
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return fmt.Errorf("expected low or high, found %q", b)
	}
	return nil
}

func (l level) MarshalText() ([]byte, error) {
	return []byte([]string{"", "low", "high"}[l]), nil
}

// Validate forgives photographs what columns forgive nobody.
func (c picture) Validate() error {
	if c.Column == "photograph" {
		return nil
	}
	return c.Source.Validate()
}

func (s Source) Validate() error {
	if s.Column == "photograph" {
		return errors.New("column: no photographs")
	}
	return nil
}

func (c cnn) Validate() error {
	if len(c.Channels) > 5 {
		return errors.New("more than five blocks leave nothing of the picture")
	}
	return nil
}

func newTables(t testing.TB) Tables {
	t.Helper()
	table := func(what, standard string, variants ...Variant) *Table {
		tb := &Table{What: what, Default: standard}
		for _, v := range variants {
			if err := tb.Add(v); err != nil {
				t.Fatal(err)
			}
		}
		return tb
	}
	return Tables{
		"input":           table("input", "", VariantOf[picture]("picture", "a picture"), VariantOf[caption]("caption", "words")),
		"picture encoder": table("picture encoder", "cnn", VariantOf[transformer]("vit", "patches"), VariantOf[cnn]("cnn", "convolutions")),
		"caption encoder": table("caption encoder", "transformer", VariantOf[transformer]("transformer", "tokens")),
		"tree":            table("fusion", "concat", VariantOf[concat]("concat", "joins"), VariantOf[average]("average", "averages")),
	}
}

// load parses and decodes, as a program would.
func load(t testing.TB, src string, overrides ...string) (root, error) {
	t.Helper()
	return loadWith(newTables(t), src, overrides...)
}

func loadWith(tables Tables, src string, overrides ...string) (root, error) {
	d, err := Parse("c.yaml", []byte(src), overrides...)
	if err != nil {
		return root{}, err
	}
	var c root
	err = d.Decode(&c, tables).Err()
	return c, err
}

// good is a valid configuration of four lines; cases append to it.
const good = `name: test
inputs:
  photo: {type: picture, column: image, size: 32, encoder: {channels: [8]}}
  title: {type: caption, column: text}
`
