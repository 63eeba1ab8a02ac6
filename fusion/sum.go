package fusion

import (
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// SumConfig configures the fusion `sum`.
type SumConfig struct {
	// Dim is the width to which each modality is projected, and of the result.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=8192"`
	// Dropout of the result, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Sum averages the projected modalities that are present: z = Σ p_m LN(P_m x_m) / Σ p_m. The effect
// of one modality cannot depend on another.
type Sum struct {
	features *features
	dim      int
	dropout  float64
	path     string
}

// NewSum creates a Sum.
func NewSum(s *nn.Scope, set Setting, c SumConfig) (*Sum, error) {
	if err := needFeatures(s, "sum", set.Inputs); err != nil {
		return nil, err
	}
	return &Sum{features: newFeatures(s, set.Inputs, c.Dim), dim: c.Dim, dropout: c.Dropout, path: s.Path()}, nil
}

// Shape is one vector.
func (f *Sum) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: f.dim} }

// Fuse maps pooled vectors (B, D_m) to one (B, D).
func (f *Sum) Fuse(g *nn.Graph, ms []Modality) Fused {
	ps := f.features.forward(g, ms)
	g = g.At(f.path)
	z := g.Apply(op.PresentMean{M: len(ps), Zero: true}, ps.with(ps.vectors())...)
	return Fused{Pooled: g.Dropout(z, f.dropout), Shares: equalShares(g, ps.names(), ps.present())}
}
