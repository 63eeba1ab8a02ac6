package fusion

import (
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// MaxConfig configures the fusion `max`.
type MaxConfig struct {
	// Dim is the width to which each modality is projected, and of the result.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=8192"`
	// Dropout of the result, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Max keeps the strongest activation of each feature: the elementwise maximum of LN(P_m x_m) over
// the modalities present, or zeros if there are none.
type Max struct {
	features *features
	dim      int
	dropout  float64
	path     string
}

// NewMax creates a Max.
func NewMax(s *nn.Scope, set Setting, c MaxConfig) (*Max, error) {
	if err := needFeatures(s, "max", set.Inputs); err != nil {
		return nil, err
	}
	return &Max{features: newFeatures(s, set.Inputs, c.Dim), dim: c.Dim, dropout: c.Dropout, path: s.Path()}, nil
}

// Shape is one vector.
func (f *Max) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: f.dim} }

// Fuse maps pooled vectors (B, D_m) to one (B, D).
func (f *Max) Fuse(g *nn.Graph, ms []Modality) Fused {
	ps := f.features.forward(g, ms)
	g = g.At(f.path)
	z := g.Apply(op.PresentMax{M: len(ps)}, ps.with(ps.vectors())...)
	return Fused{Pooled: g.Dropout(z, f.dropout)}
}
