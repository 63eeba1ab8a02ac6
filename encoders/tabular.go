package encoders

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// categoryStd is the initial standard deviation of category vectors.
const categoryStd = 0.1

// columns locates the features of a tabular input: numbers (N), their missing flags (N, if they can
// be missing), and category ids (C), where each column has a range of its own.
type columns struct {
	numbers, missing, categories int // index in the features; -1: none
	n, c                         int
	sizes                        []int // of the categorical columns
}

func tabularColumns(s *nn.Scope, in Input) (columns, error) {
	c := columns{numbers: -1, missing: -1, categories: -1}
	for i, f := range in.Features {
		switch {
		case len(f.Shape) != 1 || f.Role == data.Mask || f.Int && len(f.Sizes) != f.Shape[0]: // not one value per column
		case f.Role == data.Flag:
			c.missing = i
		case f.Role == data.Values && f.Int:
			c.categories, c.c, c.sizes = i, f.Shape[0], f.Sizes
		case f.Role == data.Values:
			c.numbers, c.n = i, f.Shape[0]
		}
	}
	if c.n+c.c == 0 {
		return c, fmt.Errorf("%s: the encoder needs a tabular input with numeric or categorical columns", s.Path())
	}
	return c, nil
}

// MLPConfig configures the tabular encoder `mlp`.
type MLPConfig struct {
	// Hidden are the widths of the layers; the last is the width of the pooled vector.
	Hidden        []int `yaml:"hidden" default:"[128]" validate:"min=1,max=64,dive,min=1,max=32768"`
	ColumnsConfig `yaml:",inline"`
	// Activation is applied after each layer.
	Activation string `yaml:"activation" default:"relu" validate:"oneof=relu gelu gelu_tanh silu tanh"`
	// Dropout after each layer, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
	// Tokens are what a fusion that attends receives: pooled (one token, the output of the layers)
	// or column (one token per column, before the layers). auto is column if a fusion attends to
	// this input.
	Tokens string `yaml:"tokens" default:"auto" validate:"oneof=auto column pooled"`
}

// MLP is a tabular encoder: numbers, missing flags and embedded categories are concatenated and
// passed through a multi-layer perceptron.
type MLP struct {
	columns *columnVector
	layers  *nn.MLP
	act     op.Activation
	tokens  *columnTokens
	shape   Shape
	dropout float64
	path    string
}

// NewMLP creates an MLP for the input's columns.
func NewMLP(s *nn.Scope, in Input, c MLPConfig) (*MLP, error) {
	cols, err := tabularColumns(s, in)
	if err != nil {
		return nil, err
	}
	act, err := op.ParseActivation(c.Activation)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path(), err)
	}
	e := &MLP{columns: newColumnVector(s, cols, c.ColumnsConfig), act: act, dropout: c.Dropout, path: s.Path()}
	e.layers = nn.NewMLP(s.In("mlp"), act, c.Dropout, append([]int{e.columns.width}, c.Hidden...)...)
	e.shape = Shape{Tokens: 1, Dim: c.Hidden[len(c.Hidden)-1]}
	if c.Tokens == "column" || c.Tokens == "auto" && in.Attended {
		e.tokens = newColumnTokens(s.In("tokens"), cols, e.shape.Dim)
		e.shape.Tokens = cols.n + cols.c + 1
	}
	return e, nil
}

// Shape is the size of the encoding.
func (e *MLP) Shape() Shape { return e.shape }

// Encode maps numbers (B, N), missing flags (B, N) and categories (B, C) to an Encoding.
func (e *MLP) Encode(g *nn.Graph, in Given) Encoding {
	in.need(g, 1)
	g = g.At(e.path)
	h := e.layers.Forward(g, e.columns.forward(g, in))
	h = g.Dropout(g.Activate(e.act, h), e.dropout) // (B, D)
	enc := Encoding{Pooled: h, Mask: in.everyToken(g, e.shape)}
	enc.Tokens = g.Reshape(h, h.Shape()[0], 1, h.Shape()[1]) // (B, 1, D)
	if e.tokens != nil {
		enc.Tokens = g.Concat(1, e.tokens.forward(g, in), enc.Tokens)
	}
	return enc
}
