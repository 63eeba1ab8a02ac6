package encoders

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// VectorLinearConfig is the config of the vector encoder `linear`.
type VectorLinearConfig struct {
	// Dim is the width of the pooled vector.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=32768"`
	// Dropout of the result, while training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// VectorMLPConfig is the config of the vector encoder `mlp`.
type VectorMLPConfig struct {
	// Hidden are the widths of the layers; the last is the width of the pooled vector.
	Hidden []int `yaml:"hidden" default:"[256,128]" validate:"min=1,max=64,dive,min=1,max=32768"`
	// Activation after each layer.
	Activation string `yaml:"activation" default:"gelu" validate:"oneof=relu gelu gelu_tanh silu tanh"`
	// Dropout after each layer, while training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Vector is an encoder of a vector of numbers, such as an embedding that another model
// made: through one linear layer, or through several with activations between them. It
// has one token, which is the pooled vector.
type Vector struct {
	layers  *nn.MLP
	act     op.Activation // after the last layer
	last    bool          // there is one
	shape   Shape
	at      int // of the vector among the features
	dropout float64
	path    string
}

// NewVectorLinear makes a Vector of one linear layer.
func NewVectorLinear(s *nn.Scope, in Input, c VectorLinearConfig) (*Vector, error) {
	e, n, err := vectorOf(s, in)
	if err != nil {
		return nil, err
	}
	e.layers = nn.NewMLP(s.In("linear"), op.ReLU, 0, n, c.Dim)
	e.shape, e.dropout = Shape{Tokens: 1, Dim: c.Dim}, c.Dropout
	return e, nil
}

// NewVectorMLP makes a Vector of several layers.
func NewVectorMLP(s *nn.Scope, in Input, c VectorMLPConfig) (*Vector, error) {
	e, n, err := vectorOf(s, in)
	if err != nil {
		return nil, err
	}
	if e.act, err = op.ParseActivation(c.Activation); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path(), err)
	}
	e.layers = nn.NewMLP(s.In("mlp"), e.act, c.Dropout, append([]int{n}, c.Hidden...)...)
	e.shape, e.dropout, e.last = Shape{Tokens: 1, Dim: c.Hidden[len(c.Hidden)-1]}, c.Dropout, true
	return e, nil
}

// vectorOf finds the vector among the features, and its length.
func vectorOf(s *nn.Scope, in Input) (*Vector, int, error) {
	for i, f := range in.Features {
		if f.Varies() && len(f.Shape) == 1 && f.Has(data.PlaceAxis) {
			return &Vector{at: i, path: s.Path()}, f.Shape[0], nil
		}
	}
	return nil, 0, fmt.Errorf("%s: the encoder wants an input with numbers along one axis, data.PlaceAxis", s.Path())
}

// Shape is the size of the encoding.
func (e *Vector) Shape() Shape { return e.shape }

// Encode maps numbers (B, N) to an Encoding of one token.
func (e *Vector) Encode(g *nn.Graph, in Given) Encoding {
	in.need(g, e.at+1)
	g = g.At(e.path)
	h := e.layers.Forward(g, in.Features[e.at])
	if e.last {
		h = g.Activate(e.act, h)
	}
	h = g.Dropout(h, e.dropout) // (B, D)
	return Encoding{Tokens: tokenOf(g, h), Mask: in.everyToken(g, e.shape), Pooled: h}
}

// tokenOf is a pooled vector (B, D) as the one token (B, 1, D).
func tokenOf(g *nn.Graph, h *gorgonia.Node) *gorgonia.Node {
	return g.Reshape(h, h.Shape()[0], 1, h.Shape()[1])
}
