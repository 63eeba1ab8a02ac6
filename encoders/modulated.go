package encoders

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Modulation describes how another modality changes C features of each row: x·(1 + Gamma) + Beta.
// The zero Modulation changes nothing.
type Modulation struct {
	Gamma, Beta *gorgonia.Node // (B, C)
}

// Apply modulates x (B, ...), whose features are at the given axis.
func (m Modulation) Apply(g *nn.Graph, x *gorgonia.Node, axis int) *gorgonia.Node {
	if m.Gamma == nil {
		return x
	}
	return g.Apply(op.Modulate{Axis: axis}, x, m.Gamma, m.Beta)
}

// Modulated is an Encoder whose intermediate features can be modulated by another modality, at
// positions that the encoder chooses. For other encoders, a fusion can modulate only the output.
type Modulated interface {
	Encoder
	// Channels lists the number of features at each of these positions, in the order of
	// computation.
	Channels() []int
	// EncodeModulated is Encode with the features at each position modulated.
	EncodeModulated(g *nn.Graph, in Given, by []Modulation) Encoding
}
