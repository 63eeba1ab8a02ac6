package attention

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/rng"
)

// Positions adds to each token a vector that tells its place.
type Positions struct {
	Table *nn.Param // (T, D)
	path  string
}

// NewLearned makes positions for t tokens of width d that are trained, drawn
// from N(0, std²). The deviation should be about that of the tokens: smaller
// ones take epochs to be noticed.
func NewLearned(s *nn.Scope, t, d int, std float64) *Positions {
	return &Positions{Table: s.Param("position", []int{t, d}, nn.Normal(std), nn.NoDecay), path: s.Path()}
}

// NewSinusoidal makes fixed positions: sines and cosines of wavelengths from
// 2π to 20,000π (Vaswani et al., 2017, §3.5).
func NewSinusoidal(s *nn.Scope, t, d int) *Positions {
	places := make([]float64, t)
	for i := range places {
		places[i] = float64(i)
	}
	return NewSinusoidalAt(s, places, d)
}

// NewSinusoidalAt is NewSinusoidal for tokens that stand at the places given,
// which need not be whole numbers.
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

// Forward maps (B, T, D) to the same.
func (p *Positions) Forward(g *nn.Graph, x *gorgonia.Node) *gorgonia.Node {
	g = g.At(p.path)
	return g.Add(x, g.Param(p.Table))
}
