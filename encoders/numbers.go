package encoders

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// defaultBins is the number of bins of a piecewise embedding that names none.
const defaultBins = 32

// numberVectors turns each number into a vector of its column, beside the number
// itself (Gorishniy, Rubachev and Babenko, "On embeddings for numerical features in
// tabular deep learning", 2022): its place among bins, or sines and cosines, through
// a linear layer and a ReLU of its own.
type numberVectors struct {
	bins      int       // 0: waves
	frequency *nn.Param // (N, K) of waves
	layer     *nn.GroupedLinear
	path      string
}

// newNumberVectors makes the embedding that a config names, nil for none.
func newNumberVectors(s *nn.Scope, n int, c ColumnsConfig) *numberVectors {
	if n == 0 || c.NumericEmbedding == "none" || c.NumericEmbedding == "" {
		return nil
	}
	e := &numberVectors{path: s.Path()}
	width := 2 * c.Frequencies
	if c.NumericEmbedding == "piecewise" {
		e.bins = c.Bins
		if e.bins == 0 {
			e.bins = defaultBins
		}
		width = e.bins
	} else {
		e.frequency = s.Param("frequency", []int{n, c.Frequencies}, nn.Normal(c.FrequencyStd), nn.NoDecay)
	}
	e.layer = nn.NewGroupedLinear(s.In("linear"), n, width, c.NumericDim)
	return e
}

// forward maps numbers (B, N) to (B, N·D).
func (e *numberVectors) forward(g *nn.Graph, x *gorgonia.Node) *gorgonia.Node {
	g = g.At(e.path)
	b, n := x.Shape()[0], x.Shape()[1]
	var v *gorgonia.Node // (B, N, K)
	if e.bins > 0 {
		v = g.Reshape(g.Apply(op.NormalBins{K: e.bins}, x), b, n, e.bins)
	} else {
		v = g.Apply(op.Periodic{}, x, g.Param(e.frequency))
	}
	v = g.Activate(op.ReLU, e.layer.Forward(g, v)) // (B, N, D)
	return g.Reshape(v, b, n*v.Shape()[2])
}
