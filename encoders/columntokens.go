package encoders

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/nn"
)

// columnTokens creates a token per column (Gorishniy et al., 2021): a number scales its column's
// vector, a missing number is a separate vector, a category is looked up.
type columnTokens struct {
	cols                      columns
	weight, bias, whenMissing *nn.Param     // (N, D)
	table                     *nn.Embedding // of all categorical columns
	path                      string
}

func newColumnTokens(s *nn.Scope, cols columns, d int) *columnTokens {
	t := &columnTokens{cols: cols, path: s.Path()}
	shape := []int{cols.n, d}
	if cols.n > 0 {
		t.weight = s.Param("weight", shape, nn.LeCunUniform)
		t.bias = s.Param("bias", shape, nn.LeCunUniform, nn.NoDecay)
	}
	if cols.missing >= 0 {
		t.whenMissing = s.Param("missing", shape, nn.Zeros, nn.NoDecay)
	}
	if cols.c > 0 {
		t.table = nn.NewEmbeddings(s.In("embedding"), cols.sizes, d, categoryStd)
	}
	return t
}

// forward maps the features to tokens (B, N+C, D).
func (t *columnTokens) forward(g *nn.Graph, in Given) *gorgonia.Node {
	if t == nil {
		g.Fail("the encoder is nil: create it with its constructor")
	}
	in.need(g, 1)
	g = g.At(t.path)
	var xs []*gorgonia.Node
	if t.cols.n > 0 {
		x := in.Features[t.cols.numbers]
		b, n := x.Shape()[0], x.Shape()[1]
		v := g.Add(g.Mul(g.Reshape(x, b, n, 1), g.Param(t.weight)), g.Param(t.bias)) // (B, N, D)
		if t.cols.missing >= 0 {
			missing := g.Reshape(in.Features[t.cols.missing], b, n, 1)
			v = g.Add(v, g.Mul(missing, g.Param(t.whenMissing)))
		}
		xs = append(xs, v)
	}
	if t.cols.c > 0 {
		xs = append(xs, t.table.Forward(g, in.Features[t.cols.categories]))
	}
	return g.Concat(1, xs...)
}

// TabularTransformerConfig configures the tabular encoder `transformer`.
type TabularTransformerConfig struct {
	// Dim is the width of tokens and pooled vector.
	Dim int `yaml:"dim" default:"64" validate:"min=1,max=8192"`
	// Layers is the number of layers of self attention between columns.
	Layers int `yaml:"layers" default:"2" validate:"min=1,max=64"`
	// Heads is the number of attention heads; it divides dim.
	Heads int `yaml:"heads" default:"4" validate:"min=1,max=256"`
	// Hidden is the width of the feed-forward's hidden layer; 0 means 4·dim.
	Hidden int `yaml:"hidden" validate:"min=0,max=32768"`
	// Dropout of attention weights and branches, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Validate checks constraints that the tags cannot express.
func (c TabularTransformerConfig) Validate() error { return attention.CheckHeads(c.Dim, c.Heads) }

// TabularTransformer is a tabular encoder with self attention between columns, one token per column
// (Gorishniy et al., 2021).
type TabularTransformer struct {
	tokens *columnTokens
	blocks []*attention.Block
	norm   *nn.LayerNorm
	shape  Shape
	path   string
}

// NewTabularTransformer creates a TabularTransformer for the input's columns.
func NewTabularTransformer(s *nn.Scope, in Input, c TabularTransformerConfig) (*TabularTransformer, error) {
	cols, err := tabularColumns(s, in)
	if err != nil {
		return nil, err
	}
	e := &TabularTransformer{tokens: newColumnTokens(s.In("tokens"), cols, c.Dim), shape: Shape{Tokens: cols.n + cols.c, Dim: c.Dim}, path: s.Path()}
	if e.blocks, err = newBlocks(s, c.Layers, attention.Config{Dim: c.Dim, Heads: c.Heads, Hidden: c.Hidden, Dropout: c.Dropout}); err != nil {
		return nil, err
	}
	e.norm = nn.NewLayerNorm(s.In("norm"), c.Dim)
	return e, nil
}

// Shape is the size of the encoding.
func (e *TabularTransformer) Shape() Shape { return e.shape }

// Layers lists the layer that creates tokens, then the blocks.
func (e *TabularTransformer) Layers() [][]string { return stack(len(e.blocks), "tokens") }

// Attentions lists the attention modules of the blocks.
func (e *TabularTransformer) Attentions() []*attention.MultiHead { return attentions(e.blocks) }

// Encode maps numbers (B, N), missing flags (B, N) and categories (B, C) to an Encoding.
func (e *TabularTransformer) Encode(g *nn.Graph, in Given) Encoding {
	return encodeTokens(g.At(e.path), e.tokens.forward(g, in), in.everyToken(g.At(e.path), e.shape), e.blocks, e.norm)
}
