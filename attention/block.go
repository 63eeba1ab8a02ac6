package attention

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Config configures a block.
type Config struct {
	Dim        int     // width of the tokens
	Heads      int     // divides Dim
	Hidden     int     // width of the feed-forward's hidden layer; 0 means 4·Dim
	Dropout    float64 // of attention weights and of both branches' outputs
	Activation op.Activation
}

// Block is a pre-norm transformer block (Xiong et al., 2020): x + attention(norm(x)), then x +
// mlp(norm(x)). Its queries come from x; its keys and values come from x (self attention) or from
// another sequence (cross attention), which has a norm of its own.
type Block struct {
	Norm1, NormKV, Norm2 *nn.LayerNorm // NormKV: in cross blocks only
	Attention            *MultiHead
	MLP                  *nn.MLP
	dropout              float64
	path                 string
}

// NewSelf creates a block of self attention.
func NewSelf(s *nn.Scope, c Config) (*Block, error) { return newBlock(s, c, false) }

// NewCross creates a block that attends to another sequence of the same width.
func NewCross(s *nn.Scope, c Config) (*Block, error) { return newBlock(s, c, true) }

func newBlock(s *nn.Scope, c Config, cross bool) (*Block, error) {
	if c.Hidden == 0 {
		c.Hidden = 4 * c.Dim
	}
	if c.Activation == op.None {
		c.Activation = op.GELU
	}
	b := &Block{Norm1: nn.NewLayerNorm(s.In("norm1"), c.Dim), dropout: c.Dropout, path: s.Path()}
	if cross {
		b.NormKV = nn.NewLayerNorm(s.In("norm_kv"), c.Dim)
	}
	var err error
	if b.Attention, err = NewMultiHead(s.In("attention"), c.Dim, c.Heads, c.Dropout); err != nil {
		return nil, err
	}
	b.Norm2 = nn.NewLayerNorm(s.In("norm2"), c.Dim)
	b.MLP = nn.NewMLP(s.In("mlp"), c.Activation, c.Dropout, c.Dim, c.Hidden, c.Dim)
	return b, nil
}

// Self maps (B, T, D) to the same shape; mask (B, T) may be nil.
func (b *Block) Self(g *nn.Graph, x, mask *gorgonia.Node) *gorgonia.Node {
	h := b.Norm1.Forward(g, x)
	return b.rest(g, x, b.Attention.Forward(g, h, h, mask))
}

// Cross maps x (B, Tq, D) to the same shape, attending to y (B, Tk, D), whose mask (B, Tk) may be
// nil.
func (b *Block) Cross(g *nn.Graph, x, y, mask *gorgonia.Node) *gorgonia.Node {
	return b.rest(g, x, b.Attention.Forward(g, b.Norm1.Forward(g, x), b.NormKV.Forward(g, y), mask))
}

func (b *Block) rest(g *nn.Graph, x, attended *gorgonia.Node) *gorgonia.Node {
	g = g.At(b.path)
	x = g.Add(x, g.Dropout(attended, b.dropout))
	return g.Add(x, g.Dropout(b.MLP.Forward(g, b.Norm2.Forward(g, x)), b.dropout))
}
