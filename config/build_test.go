package config_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/nn"
)

// table is twelve rows with every column that the configs of these tests name.
func table(t testing.TB) (*data.Table, []int) {
	t.Helper()
	const n = 12
	cells := map[string][]string{}
	var rows []int
	for i := range n {
		rows = append(rows, i)
		for name, value := range map[string]string{
			"image": fmt.Sprint(i, ".png"), "text": "a red square of " + strings.Repeat("wide ", i%3+1), "width": fmt.Sprint(i), "weight": fmt.Sprint(i * i),
			"maker": string(rune('p' + i%2)), "label": string(rune('a' + i%3)), "labels": []string{"a", "a|b", "b|c", "c"}[i%4], "yes": []string{"no", "yes", "no"}[i%3], "price": fmt.Sprint(i % 5),
		} {
			cells[name] = append(cells[name], value)
		}
	}
	var columns []*data.Column
	for name, values := range cells {
		columns = append(columns, data.Strings(name, values...))
	}
	tb, err := data.NewTable("rows", columns...)
	if err != nil {
		t.Fatal(err)
	}
	return tb, rows
}

// squares are pictures that need no folder.
type squares struct{}

func (squares) ReadFile(cell string) ([]byte, error) {
	img := image.NewGray(image.Rect(0, 0, 8, 8))
	img.Set(1, 1, color.Gray{Y: uint8(50 * len(cell))})
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

// small is whole with little to compute.
func small(old, new string) string {
	src := strings.NewReplacer(
		"size: 32", "size: 8", "channels: [32, 64, 128]", "channels: [8]", "layers: 2, heads: 4}", "layers: 1, dim: 8, heads: 2}", "hidden: [128]", "hidden: [8]",
		"dim: 128, heads: 4", "dim: 8, heads: 2", "max_tokens: 32", "max_tokens: 6, tokenizer: {vocab_size: 64}", "{column: split}", "{}", "validation.accuracy", "validation.loss",
	).Replace(whole)
	if strings.Count(src, old) != 1 {
		panic(fmt.Sprintf("%q stands %d times in the config", old, strings.Count(src, old)))
	}
	return strings.Replace(src, old, new, 1)
}

// fitted makes and fits a config's inputs and target.
func fitted(t testing.TB, c *config.Config) ([]data.Input, data.Target, []int) {
	t.Helper()
	tb, rows := table(t)
	inputs, err := c.NewInputs(squares{})
	if err != nil {
		t.Fatal(err)
	}
	target, err := c.NewTarget()
	if err != nil {
		t.Fatal(err)
	}
	if err := data.Fit(context.Background(), tb, &data.Splits{Train: rows}, inputs, target, nil); err != nil {
		t.Fatal(err)
	}
	return inputs, target, rows
}

// Every registered name makes a model, an optimizer and a schedule, and the
// model runs.
func TestEveryNameIsMade(t *testing.T) {
	reg := extended(t)
	cases := map[string]string{"whole": small("name: emoji", "name: again")}
	for input, old := range map[string]string{
		config.Image: "{type: cnn, channels: [8]}", config.Text: "tokenizer: {vocab_size: 64}, encoder: {type: transformer, layers: 1, dim: 8, heads: 2}", config.Tabular: "{type: mlp, hidden: [8]}",
	} {
		for _, e := range reg.Encoders(input) {
			name := e.Name
			if input == config.Text {
				name = "encoder: " + name
			}
			src := small(old, name)
			cases[input+" "+e.Name] = strings.Replace(src, "{type: cross_attention, dim: 8, heads: 2, layers: 1}", "concat", 1)
		}
	}
	for _, e := range reg.Fusions() {
		cases["fusion "+e.Name] = small("{type: cross_attention, dim: 8, heads: 2, layers: 1}", fusionNode(e.Name))
	}
	for _, e := range reg.Optimizers() {
		cases["optimizer "+e.Name] = small("{type: adamw, learning_rate: 1e-3, weight_decay: 0.01}", e.Name)
	}
	for _, e := range reg.Schedules() {
		cases["schedule "+e.Name] = small("{type: cosine, warmup: 0.05}", e.Name)
	}
	for output, column := range map[string]string{"binary": "yes", "multiclass": "label", "multilabel": "labels", "regression": "price"} {
		cases["output "+output] = small("{type: multiclass, column: label}", "{type: "+output+", column: '"+column+"'}")
	}
	cases["tree"] = small("{type: cross_attention, dim: 8, heads: 2, layers: 1}", "{type: score_average, of: [{type: cross_attention, of: [caption, picture], dim: 8, heads: 2}, facts]}")
	for name, src := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := config.Parse("c.yaml", []byte(src), reg)
			if err != nil {
				t.Fatal(err)
			}
			inputs, target, rows := fitted(t, c)
			m, err := c.NewModel(inputs, target, len(rows))
			if err != nil {
				t.Fatal(err)
			}
			if got := m.InputNames(); !slices.Equal(got, []string{"picture", "caption", "facts"}) {
				t.Errorf("inputs are %v", got)
			}
			o, err := c.NewOptimizer(m)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.NewSchedule(o.LearningRate(), 10); err != nil {
				t.Fatal(err)
			}
			p, err := m.Program(nn.Train, 2, true)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Run(0); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestClassWeights(t *testing.T) {
	for _, c := range []struct {
		output string
		want   []float64
	}{
		{"{type: multiclass, column: label}", nil},
		{"{type: multiclass, column: label, class_weights: balanced}", []float64{1, 1, 1}},
		{"{type: multiclass, column: label, class_weights: {b: 3}}", []float64{1, 3, 1}},
		{"{type: binary, column: 'yes', class_weights: balanced}", []float64{0.75, 1.5}},
		{"{type: binary, column: 'yes', class_weights: {'no': 2, 'yes': 3}}", []float64{2, 3}},
		{"{type: binary, column: 'yes', positive: 'no', class_weights: balanced}", []float64{1.5, 0.75}},
		{"{type: multilabel, column: labels, class_weights: balanced}", []float64{1, 1, 1}},
		{"{type: multilabel, column: labels, class_weights: {c: 4}}", []float64{1, 1, 4}},
	} {
		cfg, err := config.Parse("c.yaml", []byte(small("{type: multiclass, column: label}", c.output)), config.Builtin())
		if err != nil {
			t.Fatal(err)
		}
		inputs, target, rows := fitted(t, cfg)
		m, err := cfg.NewModel(inputs, target, len(rows))
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		switch h := m.Head().(type) {
		case head.Binary:
			got = h.ClassWeights
		case head.Multiclass:
			got = h.ClassWeights
		case head.Multilabel:
			got = h.ClassWeights
		}
		if d := difference.Of(c.want, got); d != "" {
			t.Errorf("%s: %s", c.output, d)
		}
	}
}

// What only a constructor can refuse is reported at its place in the file.
func TestRefusedByConstructors(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{small("{type: mlp, hidden: [8]}", "{type: mlp, tokens: pooled}"),
			"c.yaml:10:9: fusion: \"facts\" has one token, and attention over one key is a constant; give its encoder more tokens, leave it out of `pairs`, or use concat"},
		{small("{type: cross_attention, dim: 8, heads: 2, layers: 1}", "{type: concat, of: [{type: first, strict: true, of: [facts, caption]}, picture]}"),
			`c.yaml:10:29: fusion.of[0]: one modality is enough`},
		{small("{type: cnn, channels: [8]}", "{type: cnn, channels: [6], norm: group}"),
			`c.yaml:7:59: inputs.picture.encoder: stage0.block0: group normalisation needs channels in multiples of 8, not 6`},
		{small("column: label}", "column: label, class_weights: {d: 2}}"),
			`c.yaml:11:9: output: class_weights: unknown label "d"; known are a, b, c`},
	} {
		cfg, err := config.Parse("c.yaml", []byte(c.src), extended(t))
		if err != nil {
			t.Fatal(err)
		}
		inputs, target, rows := fitted(t, cfg)
		_, err = cfg.NewModel(inputs, target, len(rows))
		var e *config.Error
		if !errors.As(err, &e) || err.Error() != c.want {
			t.Errorf("got\n%v\nwant\n%s", err, c.want)
		}
	}
}

// A restored input or target that is not the config's is refused: a damaged
// file must not crash what reads it.
func TestStrangers(t *testing.T) {
	c := parse(t, small("name: emoji", "name: again"))
	inputs, target, rows := fitted(t, c)
	number, err := data.NewTarget(data.TargetConfig{Type: data.Regression, Column: "price"})
	if err != nil {
		t.Fatal(err)
	}
	swapped := slices.Clone(inputs)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	for _, s := range []struct {
		inputs []data.Input
		target data.Target
		want   string
	}{
		{inputs[:2], target, "2 inputs for a config that names 3"},
		{swapped, target, `input 1 is called "caption", in the config "picture"`},
		{inputs, number, "a regression target for a config with a multiclass output"},
	} {
		if _, err := c.NewModel(s.inputs, s.target, len(rows)); err == nil || err.Error() != s.want {
			t.Errorf("got %v, want %s", err, s.want)
		}
	}
}
