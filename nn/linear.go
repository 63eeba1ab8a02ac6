package nn

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/op"
)

// Linear maps (..., In) to (..., Out): act(x·weightᵀ + bias). Weights are drawn uniformly from
// ±1/√In; biases are initialised to zero.
type Linear struct {
	Weight     *Param // (Out, In)
	Bias       *Param // (Out); nil without bias
	Activation op.Activation
	path       string
}

// NewLinear creates a Linear with a bias and no activation.
func NewLinear(s *Scope, in, out int) *Linear {
	l := NewLinearNoBias(s, in, out)
	l.Bias = s.Param("bias", []int{out}, Zeros)
	return l
}

// NewLinearNoBias creates a Linear without a bias.
func NewLinearNoBias(s *Scope, in, out int) *Linear {
	return &Linear{Weight: s.Param("weight", []int{out, in}, LeCunUniform), path: s.Path()}
}

// Forward maps (..., In) to (..., Out).
func (l *Linear) Forward(g *Graph, x *gorgonia.Node) *gorgonia.Node {
	if l == nil {
		g.Fail("a Linear is nil: create it with NewLinear")
	}
	g = g.At(l.path)
	spec := op.Linear{Activation: l.Activation}
	if l.Bias == nil {
		return g.Apply(spec, x, g.Param(l.Weight))
	}
	return g.Apply(spec, x, g.Param(l.Weight), g.Param(l.Bias))
}

// GroupedLinear maps (B, N, In) to (B, N, Out) by a linear layer of its own at each of
// the N places. Initial values are drawn as a Linear's are.
type GroupedLinear struct {
	Weight *Param // (N, Out, In)
	Bias   *Param // (N, Out)
	path   string
}

// NewGroupedLinear makes a GroupedLinear for n places.
func NewGroupedLinear(s *Scope, n, in, out int) *GroupedLinear {
	return &GroupedLinear{
		Weight: s.Param("weight", []int{n, out, in}, Uniform(1/math.Sqrt(float64(max(in, 1))))),
		Bias:   s.Param("bias", []int{n, out}, Zeros), path: s.Path(),
	}
}

// Forward maps (B, N, In) to (B, N, Out).
func (l *GroupedLinear) Forward(g *Graph, x *gorgonia.Node) *gorgonia.Node {
	if l == nil {
		g.Fail("a GroupedLinear is missing: its constructor makes one")
	}
	g = g.At(l.path)
	return g.Apply(op.GroupedLinear{}, x, g.Param(l.Weight), g.Param(l.Bias))
}

// MLP is a sequence of Linear layers. Each but the last is followed by an activation and dropout.
type MLP struct {
	Layers  []*Linear
	dropout float64
	path    string
}

// NewMLP creates an MLP from widths: input, hidden layers, output. Its layers are named 0, 1, ….
func NewMLP(s *Scope, act op.Activation, dropout float64, widths ...int) *MLP {
	m := &MLP{dropout: dropout, path: s.Path()}
	for i := 1; i < len(widths); i++ {
		l := NewLinear(s.In(digits(i-1)), widths[i-1], widths[i])
		if i < len(widths)-1 {
			l.Activation = act
		}
		m.Layers = append(m.Layers, l)
	}
	return m
}

// Forward maps (..., In) to (..., Out).
func (m *MLP) Forward(g *Graph, x *gorgonia.Node) *gorgonia.Node {
	for i, l := range m.Layers {
		if i > 0 {
			x = g.At(m.path).Dropout(x, m.dropout)
		}
		x = l.Forward(g, x)
	}
	return x
}
