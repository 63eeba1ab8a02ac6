package encoders

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Modulation says how another modality changes C features of each row: by x·(1 +
// Gamma) + Beta. The zero Modulation changes nothing.
type Modulation struct {
	Gamma, Beta *gorgonia.Node // (B, C)
}

// Apply modulates x (B, ...), whose features are at the axis given.
func (m Modulation) Apply(g *nn.Graph, x *gorgonia.Node, axis int) *gorgonia.Node {
	if m.Gamma == nil {
		return x
	}
	return g.Apply(op.Modulate{Axis: axis}, x, m.Gamma, m.Beta)
}

// Modulated is an Encoder whose features another modality can change on the
// way, in places of the encoder's choice. Of other encoders, a fusion can change
// only what they make.
type Modulated interface {
	Encoder
	// Channels are the numbers of features in each of these places, in the order
	// in which they are computed.
	Channels() []int
	// EncodeModulated is Encode with the features of each place modulated.
	EncodeModulated(g *nn.Graph, in Given, by []Modulation) Encoding
}
