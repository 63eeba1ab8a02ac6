package fusion

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// BilinearConfig configures the fusion `bilinear`.
type BilinearConfig struct {
	// Dim is the width to which each modality is projected, and of the result.
	Dim int `yaml:"dim" default:"64" validate:"min=1,max=4096"`
	// Rank is the number of products of modalities that each feature of the result sums.
	Rank int `yaml:"rank" default:"8" validate:"min=1,max=256"`
	// Dropout of the result, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Bilinear multiplies modalities (low-rank fusion, Liu et al., 2018): with u_m = LN(P_m x_m), h =
// Σ_r w_r ⊙ Π_m ([1; u_m] F_m^(r)) + b, of rank r. It is `tensor` with a low-rank weight, and its
// size is linear rather than exponential in the number of modalities. The factor of an absent
// modality is 1.
//
// The row of F_m^(r) for the constant 1 is initialised to one, so every factor starts around 1:
// modalities then act both alone and in products from the first step, whereas with factors around 0
// a product of many would have no gradient.
type Bilinear struct {
	features *features
	factors  []*nn.Linear // by name; their bias is the row for the constant 1
	weight   *nn.Param    // (R, D)
	bias     *nn.Param    // (D)
	dim      int
	dropout  float64
	path     string
}

// NewBilinear creates a Bilinear.
func NewBilinear(s *nn.Scope, set Setting, c BilinearConfig) (*Bilinear, error) {
	if err := needFeatures(s, "bilinear", set.Inputs); err != nil {
		return nil, err
	}
	f := &Bilinear{features: newFeatures(s, set.Inputs, c.Dim), dim: c.Dim, dropout: c.Dropout, path: s.Path()}
	for _, i := range f.features.order {
		at := s.In(set.Inputs[i].Name).In("factor")
		factor := nn.NewLinearNoBias(at, c.Dim, c.Rank*c.Dim)
		factor.Bias = at.Param("bias", []int{c.Rank * c.Dim}, nn.Ones)
		f.factors = append(f.factors, factor)
	}
	f.weight = s.Param("weight", []int{c.Rank, c.Dim}, nn.Normal(1/math.Sqrt(float64(c.Rank))))
	f.bias = s.Param("bias", []int{c.Dim}, nn.Zeros)
	return f, nil
}

// Shape is one vector.
func (f *Bilinear) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: f.dim} }

// Fuse maps pooled vectors (B, D_m) to one (B, D).
func (f *Bilinear) Fuse(g *nn.Graph, ms []Modality) Fused {
	ps := f.features.forward(g, ms)
	var factors []*gorgonia.Node
	for m, p := range ps {
		factors = append(factors, f.factors[m].Forward(g, p.u))
	}
	g = g.At(f.path)
	z := g.Apply(op.LowRank{M: len(ps)}, append(ps.with(factors), g.Param(f.weight), g.Param(f.bias))...)
	return Fused{Pooled: g.Dropout(z, f.dropout)}
}
