package encoders

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/nn"
)

// TabMConfig configures the tabular encoder `tabm`.
type TabMConfig struct {
	// Members is the number of ensemble members, which share all weights but vectors of scales.
	Members int `yaml:"members" default:"32" validate:"min=2,max=256"`
	// Hidden are the widths of the layers; the last is the width of the pooled vector.
	Hidden        []int `yaml:"hidden" default:"[256, 256]" validate:"min=1,max=64,dive,min=1,max=32768"`
	ColumnsConfig `yaml:",inline"`
	// Dropout after each layer, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
	// Tokens are what a fusion that attends receives: pooled (one token, the mean over members) or
	// column (one token per column, before the layers). auto is column if a fusion attends to this
	// input.
	Tokens string `yaml:"tokens" default:"auto" validate:"oneof=auto column pooled"`
}

// TabM is a tabular encoder that is an ensemble of multi-layer perceptrons in one (Gorishniy,
// Kotelnikov and Babenko, "TabM: advancing tabular deep learning with parameter-efficient
// ensembling", 2024). Its members share the weights of their layers and differ in scales and
// biases. If the model has no other input, each member has an output layer and a loss of its own
// and their predictions are averaged; a fusion gets the mean of their vectors.
type TabM struct {
	columns *columnVector
	layers  *nn.EnsembleMLP
	tokens  *columnTokens
	shape   Shape
	path    string
}

// NewTabM creates a TabM for the columns of the input.
func NewTabM(s *nn.Scope, in Input, c TabMConfig) (*TabM, error) {
	cols, err := tabularColumns(s, in)
	if err != nil {
		return nil, err
	}
	if c.Members < 2 || len(c.Hidden) == 0 {
		return nil, fmt.Errorf("%s: %d members of %d layers, want two members or more and a layer", s.Path(), c.Members, len(c.Hidden))
	}
	e := &TabM{columns: newColumnVector(s, cols, c.ColumnsConfig), path: s.Path()}
	e.layers = nn.NewEnsembleMLP(s.In("mlp"), c.Members, c.Dropout, append([]int{e.columns.width}, c.Hidden...)...)
	e.shape = Shape{Tokens: 1, Dim: c.Hidden[len(c.Hidden)-1], Members: c.Members}
	if c.Tokens == "column" || c.Tokens == "auto" && in.Attended {
		e.tokens = newColumnTokens(s.In("tokens"), cols, e.shape.Dim)
		e.shape.Tokens = cols.n + cols.c + 1
	}
	return e, nil
}

// Shape is the size of the encoding.
func (e *TabM) Shape() Shape { return e.shape }

// Encode maps numbers (B, N), flags of missing ones (B, N) and categories (B, C)
// to an Encoding with Members (B, M, D).
func (e *TabM) Encode(g *nn.Graph, in Given) Encoding {
	in.need(g, 1)
	g = g.At(e.path)
	h := e.layers.Forward(g, e.columns.forward(g, in)) // (B, M, D)
	pooled := g.EnsembleMean(h)
	enc := Encoding{Members: h, Pooled: pooled, Mask: in.everyToken(g, e.shape)}
	enc.Tokens = g.Reshape(pooled, pooled.Shape()[0], 1, e.shape.Dim) // (B, 1, D)
	if e.tokens != nil {
		enc.Tokens = g.Concat(1, e.tokens.forward(g, in), enc.Tokens)
	}
	return enc
}
