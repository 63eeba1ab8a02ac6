package bundle_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/nn"
)

// Parts that stay as they are, or learn in ways of their own, and models that begin
// from another one: each is trained twice, interrupted and resumed, saved and
// loaded, asked, explained and exported as every other model, bit for bit.

// Steps amid the two epochs of the sample's training: what is frozen may differ.
const amidFirst, amidSecond = 3, 7

// stays are the parts of a case that training may not change.
type stays []string

func TestGroups(t *testing.T) {
	if testing.Short() { // for the race detector
		t.Skip("TestRegistry runs the same code")
	}
	for name, c := range map[string]struct {
		change func(*sample.Config)
		stays
	}{
		"freeze an image encoder": {func(c *sample.Config) {
			c.Picture = "{type: cnn, channels: [2], norm: batch, dropout: 0.2, freeze: true}"
		}, stays{"encoders.picture"}},
		"freeze a text encoder": {func(c *sample.Config) {
			c.Caption = "{type: transformer, dim: 4, layers: 1, heads: 2, hidden: 4, freeze: true}"
		}, stays{"encoders.caption"}},
		"freeze an encoder whose rows are kept": {func(c *sample.Config) {
			c.Facts = "{type: mlp, hidden: [5], embedding: 2, freeze: true}"
		}, stays{"encoders.facts"}},
		"freeze a steered encoder": {func(c *sample.Config) {
			c.Picture = "{type: cnn, channels: [2, 3], freeze: true}"
			c.Fusion = "{type: concat, of: [{type: film, of: [caption, picture], condition: caption, target: picture}, facts], dim: 3, hidden: [4]}"
		}, stays{"encoders.picture"}},
		"freeze all encoders": {func(c *sample.Config) {
			c.Picture = "{type: cnn, channels: [2], freeze: true}"
			c.Caption = "{type: ngrams, dim: 3, freeze: true}"
			c.Facts = "{type: mlp, hidden: [5], embedding: 2, freeze: true}"
		}, stays{"encoders"}},
		"freeze a fusion": {func(c *sample.Config) {
			c.Fusion = "{type: cross_attention, dim: 4, heads: 2, hidden: 3, freeze: true}"
		}, stays{"fusion"}},
		"freeze the head": {func(c *sample.Config) {
			c.Output = "{type: multiclass, column: kind, freeze: true}"
		}, stays{"head"}},
		"thaw": {func(c *sample.Config) {
			c.Picture = "{type: cnn, channels: [2], freeze_until: 1}"
			c.Facts = "{type: mlp, hidden: [5], embedding: 2, freeze_until: 1, learning_rate: 0.02}"
			c.Output = "{type: multiclass, column: kind, freeze_until: 1}"
		}, nil},
		"rates": {func(c *sample.Config) {
			c.Picture = "{type: cnn, channels: [2], learning_rate: 0.001, weight_decay: 0}"
			c.Fusion = "{type: concat, dim: 4, hidden: [6], learning_rate: 0.02}"
			c.Output = "{type: multiclass, column: kind, weight_decay: 0.5}"
		}, nil},
		"layer decay": {func(c *sample.Config) {
			c.Picture = "{type: cnn, channels: [2, 3], layer_decay: 0.5}"
			c.Caption = "{type: transformer, dim: 4, layers: 2, heads: 2, hidden: 4, layer_decay: 0.7, freeze_until: 1}"
		}, nil},
		"rates, by momentum": {func(c *sample.Config) {
			c.Optimizer = "{type: sgd, momentum: 0.8}"
			c.Facts = "{type: mlp, hidden: [5], embedding: 2, freeze_until: 1, learning_rate: 0.02}"
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			yaml := sample.Default()
			c.change(&yaml)
			before := newRun(t, yaml.YAML())
			trained := checkAll(t, yaml.YAML(), amidFirst, amidSecond)
			for i, p := range trained.Model.Params() {
				for _, path := range c.stays {
					if nn.Within(p.Name, path) && !slices.Equal(p.Data, before.Model.Params()[i].Data) {
						t.Errorf("%s is frozen, and changed", p.Name)
					}
				}
			}
		})
	}
}

func TestInitFrom(t *testing.T) {
	if testing.Short() { // for the race detector
		t.Skip("TestRegistry runs the same code")
	}
	source := newRun(t, sample.Default().YAML())
	if _, err := source.train(t, nil, false, 0); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "first")
	if err := source.Save(context.Background(), path, 1); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		options string
		change  func(*sample.Config)
		stays
	}{
		"all":            {"", nil, nil},
		"strict":         {", strict: true", nil, nil},
		"one encoder":    {", only: [encoders.picture]", nil, nil},
		"refit, relabel": {", refit: [facts], relabel: true", nil, nil},
		"an encoder that stays": {", only: [encoders.facts, encoders.caption]", func(c *sample.Config) {
			c.Facts = "{type: mlp, hidden: [5], embedding: 2, freeze: true}"
		}, stays{"encoders.facts"}},
		"another fusion, encoders thawed": {"", func(c *sample.Config) {
			c.Picture = "{type: cnn, channels: [2], freeze_until: 1, learning_rate: 0.001}"
			c.Fusion = "{type: gated, dim: 3}"
		}, nil},
		"another output": {", only: [encoders]", func(c *sample.Config) {
			c.Output = "{type: regression, column: price}"
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			yaml := sample.Default()
			if c.change != nil {
				c.change(&yaml)
			}
			yaml.Training = fmt.Sprintf(", init_from: {path: %q%s}", path, c.options)
			trained := checkAll(t, yaml.YAML(), amidFirst, amidSecond)
			if trained.training.Began == nil || len(trained.training.Began.Taken) == 0 {
				t.Errorf("it took %+v", trained.training.Began)
			}
			for _, p := range trained.Model.Params() {
				for _, q := range source.Model.Params() {
					for _, path := range c.stays {
						if p.Name == q.Name && nn.Within(p.Name, path) && !slices.Equal(p.Data, q.Data) {
							t.Errorf("%s is frozen, and not what it began from", p.Name)
						}
					}
				}
			}
		})
	}
}
