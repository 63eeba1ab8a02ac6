package attention

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/rng"
)

// Positions adds a position embedding to each token.
type Positions struct {
	Table *nn.Param // (T, D)
	path  string
}

// NewLearned creates trainable positions for t tokens of width d, drawn from N(0, std²). The
// deviation should be similar to that of the tokens: with a much smaller one, it takes epochs until
// positions have an effect.
func NewLearned(s *nn.Scope, t, d int, std float64) *Positions {
	return &Positions{Table: s.Param("position", []int{t, d}, nn.Normal(std), nn.NoDecay), path: s.Path()}
}

// NewSinusoidal creates fixed positions: sines and cosines with wavelengths from 2π to 20,000π
// (Vaswani et al., 2017, §3.5).
func NewSinusoidal(s *nn.Scope, t, d int) *Positions {
	places := make([]float64, t)
	for i := range places {
		places[i] = float64(i)
	}
	return NewSinusoidalAt(s, places, d)
}

// NewSinusoidalAt is NewSinusoidal for tokens at the given positions, which need not be integers.
func NewSinusoidalAt(s *nn.Scope, places []float64, d int) *Positions {
	fill := func(dst []float32, _ []int, _ rng.Key) {
		for i := range dst {
			j := i % d
			a := places[i/d] / math.Pow(10000, float64(j/2*2)/float64(d))
			if j%2 == 0 {
				dst[i] = float32(math.Sin(a))
			} else {
				dst[i] = float32(math.Cos(a))
			}
		}
	}
	return &Positions{Table: s.Buffer("position", []int{len(places), d}, fill), path: s.Path()}
}

// Forward maps (B, T, D) to the same shape.
func (p *Positions) Forward(g *nn.Graph, x *gorgonia.Node) *gorgonia.Node {
	g = g.At(p.path)
	return g.Add(x, g.Param(p.Table))
}
