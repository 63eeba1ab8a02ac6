package attention

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// MultiHead is multi-head attention with its projections (Vaswani et al., 2017). The same module
// serves self attention and cross attention, depending on its arguments.
type MultiHead struct {
	Query, Key, Value, Out *nn.Linear
	heads                  int
	dropout                float64
	path                   string
	// Observe, if set, receives the weights (B, H, Tq, Tk) in every evaluation graph that Forward
	// is built into.
	Observe func(g *nn.Graph, weights *gorgonia.Node)
}

// CheckHeads returns an option error if the heads do not divide the width.
func CheckHeads(dim, heads int) error {
	if heads > 0 && dim%heads == 0 {
		return nil
	}
	return fmt.Errorf("heads: must divide dim, which is %d, is %d", dim, heads)
}

// NewMultiHead creates attention of width d with heads of d/heads features each. dropout is the
// share of attention weights dropped in training.
func NewMultiHead(s *nn.Scope, d, heads int, dropout float64) (*MultiHead, error) {
	if err := CheckHeads(d, heads); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path(), err)
	}
	return &MultiHead{
		Query: nn.NewLinear(s.In("query"), d, d), Key: nn.NewLinear(s.In("key"), d, d),
		Value: nn.NewLinear(s.In("value"), d, d), Out: nn.NewLinear(s.In("out"), d, d),
		heads: heads, dropout: dropout, path: s.Path(),
	}, nil
}

// Path is the module's path in the model.
func (m *MultiHead) Path() string {
	if m == nil {
		return ""
	}
	return m.path
}

// Forward lets x (B, Tq, D) attend to y (B, Tk, D), whose mask (B, Tk) is 0 for tokens that do not
// exist; a nil mask includes all tokens. The result is (B, Tq, D); if all of y is masked, it is the
// bias of Out.
func (m *MultiHead) Forward(g *nn.Graph, x, y, mask *gorgonia.Node) *gorgonia.Node {
	if m == nil {
		g.Fail("a MultiHead is nil: create it with NewMultiHead")
	}
	q, k, v := m.Query.Forward(g, x), m.Key.Forward(g, y), m.Value.Forward(g, y)
	g = g.At(m.path)
	spec := op.Attention{Heads: m.heads}
	if g.Mode() == nn.Train && m.dropout > 0 {
		spec.Dropout = m.dropout
		spec.Key, spec.Clock = g.Random()
	}
	in := []*gorgonia.Node{q, k, v}
	if mask != nil {
		in = append(in, mask)
	}
	if m.Observe != nil && g.Mode() == nn.Eval {
		m.Observe(g, g.Apply(op.AttentionWeights{Heads: m.heads}, append([]*gorgonia.Node{q, k}, in[3:]...)...))
	}
	return m.Out.Forward(g, g.Apply(spec, in...))
}
