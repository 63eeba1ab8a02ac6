package nn

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// EnsembleLinear is a linear layer of M ensemble members that share one weight and differ in the
// factors of its input and its output, and in the bias: y = s · W(r · x) + b ("batch ensemble",
// Wen, Tran and Ba, 2020).
type EnsembleLinear struct {
	Weight      *Param // (Out, In)
	InputScale  *Param // r (M, In)
	OutputScale *Param // s (M, Out)
	Bias        *Param // b (M, Out)
	path        string
}

// NewEnsembleLinear creates an EnsembleLinear. Weights are drawn as for a Linear, biases are zero
// and scales 1, so that members are equal; with apart, the input scales are random signs instead,
// which the first layer of an ensemble needs (Gorishniy et al., TabM, 2024).
func NewEnsembleLinear(s *Scope, members, in, out int, apart bool) *EnsembleLinear {
	scale := Initializer(Ones)
	if apart {
		scale = signs
	}
	return &EnsembleLinear{
		Weight:      s.Param("weight", []int{out, in}, LeCunUniform),
		InputScale:  s.Param("input_scale", []int{members, in}, scale, NoDecay),
		OutputScale: s.Param("output_scale", []int{members, out}, Ones, NoDecay),
		Bias:        s.Param("bias", []int{members, out}, Zeros, NoDecay),
		path:        s.Path(),
	}
}

// signs fills with 1 and -1 at random.
func signs(dst []float32, _ []int, key rng.Key) {
	for i := range dst {
		dst[i] = float32(1 - 2*key.IntN(i, 2))
	}
}

// Forward maps (B, M, In), or (B, 1, In) for an input that members share, to (B, M, Out).
func (l *EnsembleLinear) Forward(g *Graph, x *gorgonia.Node) *gorgonia.Node {
	if l == nil {
		g.Fail("an EnsembleLinear is missing: its constructor makes one")
	}
	g = g.At(l.path)
	y := g.Apply(op.Linear{}, g.Mul(x, g.Param(l.InputScale)), g.Param(l.Weight))
	return g.Add(g.Mul(y, g.Param(l.OutputScale)), g.Param(l.Bias))
}

// EnsembleMLP is a sequence of EnsembleLinear layers, each followed by a ReLU and dropout.
type EnsembleMLP struct {
	Layers  []*EnsembleLinear
	dropout float64
	path    string
}

// NewEnsembleMLP creates an EnsembleMLP with the given widths: those of the input, the hidden
// layers and the output.
func NewEnsembleMLP(s *Scope, members int, dropout float64, widths ...int) *EnsembleMLP {
	m := &EnsembleMLP{dropout: dropout, path: s.Path()}
	for i := 1; i < len(widths); i++ {
		m.Layers = append(m.Layers, NewEnsembleLinear(s.In(digits(i-1)), members, widths[i-1], widths[i], i == 1))
	}
	return m
}

// Forward maps (B, In), which members share, to (B, M, Out).
func (m *EnsembleMLP) Forward(g *Graph, x *gorgonia.Node) *gorgonia.Node {
	if m == nil {
		g.Fail("an EnsembleMLP is missing: its constructor makes one")
	}
	g = g.At(m.path)
	if x == nil {
		g.Fail("the input is nil")
	}
	x = g.Reshape(x, x.Shape()[0], 1, x.Shape()[1])
	for _, l := range m.Layers {
		x = g.Dropout(g.Activate(op.ReLU, l.Forward(g, x)), m.dropout)
	}
	return x
}

// EnsembleMean maps (B, M, D) to the mean over members (B, D).
func (g *Graph) EnsembleMean(x *gorgonia.Node) *gorgonia.Node {
	if x == nil {
		g.Fail("the input is nil")
	}
	b, m, d := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	parts := make([]*gorgonia.Node, m)
	for i := range parts {
		parts[i] = g.Reshape(g.Slice(x, 1, i, i+1), b, d)
	}
	return g.Scale(g.Sum(parts...), 1/float64(m))
}
