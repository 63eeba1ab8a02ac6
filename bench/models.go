package main

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// classes of every reference model.
const classes = 10

// reference is a model that both sides build: here, and under the same name in models.py.
type reference struct {
	name  string
	batch int // in training
	make  func() model.Config
}

// references are the models of the first table.
var references = []reference{
	{"R1", 32, fusionModel},
	{"R2", 16, func() model.Config { return single(pictureInput(64, newResNet)) }},
	{"R3", 32, func() model.Config { return single(textInput(64, 4000, 256, 4)) }},
	{"R4", 256, func() model.Config { return single(tableInput()) }},
	{"R5", 256, func() model.Config { return single(numbersInput("facts", 64, 256, 256)) }},
}

func findReference(name string) (reference, error) {
	for _, r := range references {
		if r.name == name {
			return r, nil
		}
	}
	return reference{}, fmt.Errorf("there is no reference model %q", name)
}

func single(in model.Input) model.Config {
	return model.Config{Seed: 1, Inputs: []model.Input{in}, Head: head.Multiclass{Labels: classes}}
}

// fusionModel is R1: an image and a caption with cross attention between them, fused with numbers.
func fusionModel() model.Config {
	cross := &fusion.Node{
		Type: "cross_attention", Attends: true, Of: []fusion.Branch{{Input: "picture"}, {Input: "caption"}},
		New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
			return fusion.NewCrossAttention(s, set, fusion.CrossAttentionConfig{Dim: 128, Heads: 4, Layers: 1, Dropout: 0.1})
		},
	}
	c := single(pictureInput(32, newCNN))
	c.Inputs = append(c.Inputs, textInput(32, 4000, 128, 2), numbersInput("facts", 16, 128))
	c.Fusion = &fusion.Node{
		Type: "concat", Of: []fusion.Branch{{Node: cross}, {Input: "facts"}},
		New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
			return fusion.NewConcat(s, set, fusion.ConcatConfig{Dim: 128, Hidden: []int{128}, Dropout: 0.1})
		},
	}
	return c
}

func newCNN(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
	return encoders.NewCNN(s, in, encoders.CNNConfig{
		Channels: []int{32, 64, 128}, Blocks: 1, Kernel: 3, Norm: "batch", Activation: "relu", Pool: "max", Positions: "learned",
	})
}

func pictureInput(size int, encoder func(*nn.Scope, encoders.Input) (encoders.Encoder, error)) model.Input {
	return model.Input{Name: "picture", Features: []data.Feature{{Name: "pixels", Shape: []int{3, size, size}}}, Encoder: encoder}
}

func textInput(tokens, vocabulary, dim, layers int) model.Input {
	return model.Input{
		Name:     "caption",
		Features: []data.Feature{{Name: "ids", Shape: []int{tokens}, Int: true, Sizes: []int{vocabulary}}, {Name: "mask", Role: data.Mask, Shape: []int{tokens}}},
		Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			return encoders.NewTransformer(s, in, encoders.TransformerConfig{Dim: dim, Layers: layers, Heads: 4, Dropout: 0.1, Positions: "learned"})
		},
	}
}

func numbersInput(name string, columns int, hidden ...int) model.Input {
	return model.Input{
		Name: name, Features: []data.Feature{{Name: "numeric", Shape: []int{columns}}},
		Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			return encoders.NewMLP(s, in, encoders.MLPConfig{Hidden: hidden, Activation: "relu", Tokens: "pooled", Dropout: 0.1})
		},
	}
}

// tableInput is R4: 32 numbers and 8 categories of 10 values, one token per column.
func tableInput() model.Input {
	return model.Input{
		Name: "facts",
		Features: []data.Feature{
			{Name: "numeric", Shape: []int{32}},
			{Name: "categories", Shape: []int{8}, Int: true, Sizes: []int{10, 10, 10, 10, 10, 10, 10, 10}},
		},
		Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			return encoders.NewTabularTransformer(s, in, encoders.TabularTransformerConfig{Dim: 64, Layers: 3, Heads: 4, Dropout: 0.1})
		},
	}
}
