package fusion

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// GatedConfig configures the fusion `gated`.
type GatedConfig struct {
	// Dim is the width to which each modality is projected, and of the result.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=8192"`
	// Dropout of the result, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Gated is the gated multimodal unit (Arevalo et al., 2017) over normalised features u_m = LN(P_m
// x_m). It sums h_m = tanh(W_m u_m) with weights per feature, the softmax over the present m of V_m
// [u_1; …; u_M]. An absent u_m is zeros in the gates and is excluded from the sum. The matrix V_m
// is stored in blocks V_mk, one per modality k that it reads.
//
// For a single modality the result is h, since there is nothing to weight.
type Gated struct {
	features *features
	value    []*nn.Linear   // W, by name
	gate     [][]*nn.Linear // V[m][k], by names; nil for a single modality
	dim      int
	dropout  float64
	path     string
}

// NewGated creates a Gated.
func NewGated(s *nn.Scope, set Setting, c GatedConfig) (*Gated, error) {
	if err := needFeatures(s, "gated", set.Inputs); err != nil {
		return nil, err
	}
	f := &Gated{features: newFeatures(s, set.Inputs, c.Dim), dim: c.Dim, dropout: c.Dropout, path: s.Path()}
	for _, i := range f.features.order {
		m := s.In(set.Inputs[i].Name)
		value := nn.NewLinearNoBias(m.In("value"), c.Dim, c.Dim)
		value.Activation = op.Tanh
		f.value = append(f.value, value)
		if len(set.Inputs) == 1 {
			continue
		}
		var row []*nn.Linear
		for _, k := range f.features.order {
			row = append(row, nn.NewLinearNoBias(m.In("gate").In(set.Inputs[k].Name), c.Dim, c.Dim))
		}
		f.gate = append(f.gate, row)
	}
	return f, nil
}

// Shape is one vector.
func (f *Gated) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: f.dim} }

// Fuse maps pooled vectors (B, D_m) to one (B, D). A modality's share is the mean of its weights
// over features.
func (f *Gated) Fuse(g *nn.Graph, ms []Modality) Fused {
	ps := f.features.forward(g, ms).orZeros(g.At(f.path))
	var values, logits []*gorgonia.Node
	for m, p := range ps {
		values = append(values, f.value[m].Forward(g, p.u))
		if f.gate == nil {
			continue
		}
		var terms []*gorgonia.Node
		for k, q := range ps {
			terms = append(terms, f.gate[m][k].Forward(g, q.u))
		}
		logits = append(logits, g.At(f.path).Sum(terms...))
	}
	g = g.At(f.path)
	if f.gate == nil {
		return Fused{Pooled: g.Dropout(values[0], f.dropout), Shares: equalShares(g, ps.names(), ps.present())}
	}
	weights := g.Apply(op.PresentSoftmax{M: len(ps)}, ps.with(logits)...)
	z := g.Apply(op.PresentWeighted{M: len(ps)}, append(ps.with(values), weights)...)
	return Fused{Pooled: g.Dropout(z, f.dropout), Shares: meanShares(g, ps, weights)}
}
