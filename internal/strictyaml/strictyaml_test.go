package strictyaml

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/property"
)

const whole = `name: test
inputs:
  photo: {type: picture, column: image, missing: mean, size: 32, encoder: {channels: [8]}}
  title: {type: caption, column: text}

tree:
  type: average
  power: 2
  of: [photo, {type: concat, hidden: 3, of: [title]}]
training: {shuffle: false, low: 0, high: 0, every: 90s, level: high, patience: {epochs: 2}, clip: 1}
labels: {1: 2, "yes": 0.5}
columns: {numeric: [a]}
weights: {b: 2, a: 1}
`

func TestDecode(t *testing.T) {
	c, err := load(t, whole)
	if err != nil {
		t.Fatal(err)
	}
	one := 1.0
	want := root{
		Name: "test", Seed: 1,
		Inputs: []input{
			{Name: "photo", Type: "picture", Config: picture{
				Source: Source{Column: "image", Missing: "error"}, Missing: "mean", Size: [2]int{32, 32},
				Encoder: encoder{Type: "cnn", Config: cnn{Channels: []int{8}, Dropout: 0.1}},
			}},
			{Name: "title", Type: "caption", Config: caption{
				Source:  Source{Column: "text", Missing: "error"},
				Encoder: encoder{Type: "transformer", Config: transformer{Dim: 64, Heads: 4}},
			}},
		},
		Tree: tree{Type: "average", Config: average{Pool: "linear", Power: 2}, Of: []operand{
			{Input: "photo"},
			{Tree: &tree{Type: "concat", Config: concat{Hidden: 3}, Of: []operand{{Input: "title"}}}},
		}},
		Training: training{
			Epochs: 10, Rate: 0.001, Clip: &one, Patience: &patience{Epochs: 2}, Every: 90 * time.Second,
			Level: 2, // Shuffle and High stay at their explicit zeros
		},
		Labels:  map[string]float64{"1": 2, "yes": 0.5},
		Columns: &columns{Numeric: []string{"a"}, Colour: "#ffffff"},
		Weights: weights{Of: map[string]float64{"a": 1, "b": 2}},
	}
	if d := difference.Of(want, c); d != "" {
		t.Error(d)
	}
}

// Left out, and written out as the default, are the same.
func TestDefaultsAndShorthands(t *testing.T) {
	base, err := load(t, good)
	if err != nil {
		t.Fatal(err)
	}
	for _, more := range []string{
		"training: {}",
		"training: {epochs: 10, rate: 1e-3, shuffle: TRUE}",
		"tree: concat",
		"tree: {hidden: 0}",
		"training: {clip: null, patience: ~}",
		"weights: {}",
	} {
		c, err := load(t, good+more)
		if d := difference.Of(base, c); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", more, err, d)
		}
	}
}

func TestAliasesAreCopies(t *testing.T) {
	src := "name: &n test\ninputs:\n  a: &a {type: caption, column: *n}\n  b: *a\n"
	c, err := load(t, src, "inputs.b.column=other")
	if err != nil {
		t.Fatal(err)
	}
	a, b := c.Inputs[0].Config.(caption).Source.Column, c.Inputs[1].Config.(caption).Source.Column
	if a != "test" || b != "other" {
		t.Errorf("a reads %q, b reads %q", a, b)
	}
}

func TestMarshalText(t *testing.T) {
	c, err := load(t, whole)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	want := `name: test
seed: 1
inputs:
  photo:
    type: picture
    column: image
    missing: mean
    size: [32, 32]
    encoder:
      type: cnn
      channels: [8]
      dropout: 0.1
  title:
    type: caption
    column: text
    missing: error
    encoder:
      type: transformer
      dim: 64
      heads: 4
tree:
  type: average
  pool: linear
  power: 2
  of:
  - photo
  - type: concat
    hidden: 3
    of: [title]
training:
  epochs: 10
  rate: 0.001
  clip: 1
  shuffle: false
  patience:
    epochs: 2
  every: 1m30s
  low: 0
  high: 0
  level: high
  workers: 0
labels:
  '1': 2
  yes: 0.5
columns:
  numeric: [a]
  colour: '#ffffff'
weights:
  a: 1
  b: 2
`
	if d := difference.Of(want, string(got)); d != "" {
		t.Error(d)
	}
}

// meant are texts that YAML could take for something else.
var meant = []string{
	"yes", "null", "~", "1e3", "0x10", "1_000", "2024-01-01", "<<", "=", "a: b", "- a", "#x", " a", "a ", "\n", "\ta", "'", "\"", "\u2028", "é", "🙂", "*a", "&a", "!x", "%a", "true",
}

// named is a config with an input of each name, all of which read a column.
func (c root) named(column string, names ...string) root {
	c.Inputs, c.Tree.Of = []input{}, []operand{}
	for _, n := range names {
		c.Inputs = append(c.Inputs, input{Name: n, Type: "caption", Config: caption{
			Source:  Source{Column: column, Missing: "mask"},
			Encoder: encoder{Type: "transformer", Config: transformer{Dim: 8, Heads: 2}},
		}})
		c.Tree.Of = append(c.Tree.Of, operand{Input: n})
	}
	return c
}

// comesBack holds a config to itself, written and read.
func comesBack(t testing.TB, tables Tables, c root) {
	t.Helper()
	text, err := Marshal(&c)
	if err != nil {
		t.Fatal(err)
	}
	back, err := loadWith(tables, string(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if d := difference.Of(c, back); d != "" {
		t.Fatalf("%s\n%s", d, text)
	}
}

// Whatever text and numbers a configuration holds, writing it and reading it
// gives the same.
func TestRoundTrip(t *testing.T) {
	tables := newTables(t)
	good, err := loadWith(tables, whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range meant {
		comesBack(t, tables, good.named(name, name))
	}
	words := property.OneOf(property.String(), property.SampledFrom(meant)).Filter(func(s string) bool {
		_, _, bad := firstBadByte([]byte(s))
		return bad == "" && s != ""
	})
	property.Check(t, func(t *property.T) {
		c := good
		c.Name = words.Draw(t, "name")
		c.Seed = property.Uint64().Draw(t, "seed")
		c.Training.Rate = property.Float32Range(math.SmallestNonzeroFloat32, math.MaxFloat32).Draw(t, "rate")
		c.Training.Every = time.Duration(property.Int64().Draw(t, "every"))
		c.Labels = property.MapOfN(words, property.Float64Range(math.SmallestNonzeroFloat64, math.MaxFloat64), 0, 8).Draw(t, "labels")
		if len(c.Labels) == 0 {
			c.Labels = nil
		}
		names := property.SliceOfNDistinct(words, 0, 8, func(s string) string { return s }).Draw(t, "inputs")
		comesBack(t, tables, c.named(words.Draw(t, "column"), names...))
	})
}

func TestMarshalRefusesWhatCannotBeRead(t *testing.T) {
	c, err := load(t, good)
	if err != nil {
		t.Fatal(err)
	}
	c.Training.Rate = float32(math.NaN())
	if _, err := Marshal(c); err == nil || !strings.Contains(err.Error(), "training: rate: a configuration cannot contain the number NaN") {
		t.Errorf("got %v", err)
	}
}

func TestReport(t *testing.T) {
	d, err := Parse("c.yaml", []byte(good+"training:\n  epochs: 0\n  low: 3\n"), "training.rate=2")
	if err != nil {
		t.Fatal(err)
	}
	var c root
	r := d.Decode(&c, newTables(t))
	for path, want := range map[string]string{
		"":                        "c.yaml:1:1",
		"training.low":            "c.yaml:7:8",
		"training.every":          "c.yaml:6:3", // left out: where it would be
		"inputs.photo.size":       "c.yaml:3:47",
		"inputs.photo.size[1]":    "c.yaml:3:47",
		"inputs.photo.encoder":    "c.yaml:3:60",
		"training.rate":           "--set training.rate=2",
		"inputs.nobody.encoder.x": "c.yaml:3:3",
	} {
		if got := r.Position(path).String(); got != want {
			t.Errorf("%q is at %s, want %s", path, got, want)
		}
	}
	r.Problemf("training.low", nil, "odd")
	r.Problemf("training.low", nil, "told twice")
	r.Problemf("training.high", []string{"training.epochs"}, "depends on what is wrong already")
	r.Problemf("training.rate", nil, "too fast")
	want := "c.yaml:6:11: training.epochs: must be at least 1, is 0\n" +
		"c.yaml:7:8: training.low: odd\n" +
		"--set training.rate=2: training.rate: too fast"
	if got := r.Err().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGivenAndMissing(t *testing.T) {
	d, err := Parse("c.yaml", []byte(good+"training:\n  low: 3\n"))
	if err != nil {
		t.Fatal(err)
	}
	var c root
	r := d.Decode(&c, newTables(t))
	for path, want := range map[string]bool{"training": true, "training.low": true, "training.high": false, "inputs.photo.size[1]": false, "tree": false} {
		if r.Given(path) != want {
			t.Errorf("%s is given: %v", path, !want)
		}
	}
	r.Missing("training", "high", "low is there")
	if want := `c.yaml:6:3: training: required key "high" is missing: low is there`; r.Err().Error() != want {
		t.Errorf("got %v, want %s", r.Err(), want)
	}
	if !r.Failed("training") || !r.Failed("training.high") || r.Failed("training.low") || r.Failed("tree") {
		t.Error("the missing key is what failed, and nothing else")
	}
}

// Time grows with the document and no faster: with its square, these would
// take an hour, which no test is given.
func TestLargeDocuments(t *testing.T) {
	const n = 60_000
	for _, c := range []struct{ head, line string }{
		{"", "unknown%d: 1\n"}, {"labels:\n", "  l%d: 1\n"}, {"labels:\n", "  l%d: x\n"}, {"labels:\n", "  l: %d\n"},
	} {
		var b strings.Builder
		b.WriteString(good + c.head)
		for i := range n {
			fmt.Fprintf(&b, c.line, i)
		}
		_, _ = load(t, b.String())
	}
}

func TestAround(t *testing.T) {
	for path, want := range map[string]string{
		"a":                   "a",
		"a.b[0].c":            "a a.b a.b[0] a.b[0].c",
		`a."b.c[\".x".d`:      `a a."b.c[\".x" a."b.c[\".x".d`,
		`labels."yes, no"[1]`: `labels labels."yes, no" labels."yes, no"[1]`,
	} {
		if got := strings.Join(around(path), " "); got != want {
			t.Errorf("around %s are %s, want %s", path, got, want)
		}
	}
}

func TestManyProblemsAreCut(t *testing.T) {
	var b strings.Builder
	b.WriteString(good)
	for range 60 {
		b.WriteString("zzz: 1\n")
	}
	_, err := load(t, b.String())
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 51 || lines[50] != "and 10 more problems" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}
