package fusion

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// AttentionPoolConfig configures the fusion `attention_pool`.
type AttentionPoolConfig struct {
	// Dim is the width to which each modality is projected, and of the result.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=8192"`
	// Hidden is the width of the layer that scores a modality.
	Hidden int `yaml:"hidden" default:"64" validate:"min=1,max=8192"`
	// Dropout of the result, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// AttentionPool weights whole modalities, row by row: with u_m = LN(P_m x_m), α = softmax over the
// present m of w·tanh(W u_m), the result is Σ α_m u_m. W and w are shared, so a weight measures how
// informative a vector is, regardless of its source.
//
// For a single modality the result is u, since there is nothing to weight.
type AttentionPool struct {
	features *features
	hidden   *nn.Linear // W; nil for a single modality
	score    *nn.Linear // w
	dim      int
	dropout  float64
	path     string
}

// NewAttentionPool creates an AttentionPool.
func NewAttentionPool(s *nn.Scope, set Setting, c AttentionPoolConfig) (*AttentionPool, error) {
	if err := needFeatures(s, "attention_pool", set.Inputs); err != nil {
		return nil, err
	}
	f := &AttentionPool{features: newFeatures(s, set.Inputs, c.Dim), dim: c.Dim, dropout: c.Dropout, path: s.Path()}
	if len(set.Inputs) > 1 {
		f.hidden = nn.NewLinearNoBias(s.In("hidden"), c.Dim, c.Hidden)
		f.hidden.Activation = op.Tanh
		f.score = nn.NewLinearNoBias(s.In("score"), c.Hidden, 1)
	}
	return f, nil
}

// Shape is one vector.
func (f *AttentionPool) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: f.dim} }

// Fuse maps pooled vectors (B, D_m) to one (B, D). A modality's share is α.
func (f *AttentionPool) Fuse(g *nn.Graph, ms []Modality) Fused {
	ps := f.features.forward(g, ms).orZeros(g.At(f.path))
	if f.hidden == nil {
		g = g.At(f.path)
		return Fused{Pooled: g.Dropout(ps[0].u, f.dropout), Shares: equalShares(g, ps.names(), ps.present())}
	}
	var logits []*gorgonia.Node
	for _, p := range ps {
		logits = append(logits, f.score.Forward(g, f.hidden.Forward(g, p.u)))
	}
	g = g.At(f.path)
	weights := g.Apply(op.PresentSoftmax{M: len(ps)}, ps.with(logits)...)
	z := g.Apply(op.PresentWeighted{M: len(ps)}, append(ps.with(ps.vectors()), weights)...)
	return Fused{Pooled: g.Dropout(z, f.dropout), Shares: meanShares(g, ps, weights)}
}
