package fusion

import (
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// ConcatConfig configures the fusion `concat`.
type ConcatConfig struct {
	// Dim is the width to which each modality is projected.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=8192"`
	// Hidden are the widths of the subsequent layers; the last is the width of the result.
	Hidden []int `yaml:"hidden" default:"[128]" validate:"min=1,max=16,dive,min=1,max=32768"`
	// Dropout before each of these layers, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Concat is feature concatenation: z = MLP([LN(P₁x₁); …; LN(P_M x_M)]), where an absent x_m is a
// learned vector. Its hidden layer can learn interactions between modalities.
type Concat struct {
	join    *join
	layers  *nn.MLP
	dropout float64
	dim     int
	path    string
}

// NewConcat creates a Concat.
func NewConcat(s *nn.Scope, set Setting, c ConcatConfig) (*Concat, error) {
	if err := needFeatures(s, "concat", set.Inputs); err != nil {
		return nil, err
	}
	widths := append([]int{len(set.Inputs) * c.Dim}, c.Hidden...)
	return &Concat{
		join: newJoin(s, set.Inputs, c.Dim), layers: nn.NewMLP(s.In("mlp"), op.ReLU, c.Dropout, widths...),
		dropout: c.Dropout, dim: widths[len(widths)-1], path: s.Path(),
	}, nil
}

// Shape is one vector.
func (f *Concat) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: f.dim} }

// Fuse maps pooled vectors (B, D_m) to one (B, D).
func (f *Concat) Fuse(g *nn.Graph, ms []Modality) Fused {
	pooled, present := pooledAndPresent(ms)
	x := g.At(f.path).Dropout(f.join.forward(g, pooled, present), f.dropout)
	return Fused{Pooled: g.At(f.path).Activate(op.ReLU, f.layers.Forward(g, x))}
}
