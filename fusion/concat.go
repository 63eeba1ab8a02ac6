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
	// Members makes the layers an ensemble of this many members, which share all weights but vectors
	// of scales (TabM). At the root of the tree, each member decides by itself and their predictions
	// are averaged. 0 is a single network.
	Members int `yaml:"members" validate:"omitempty,min=2,max=256"`
	// Dropout before each of these layers, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Concat is feature concatenation: z = MLP([LN(P₁x₁); …; LN(P_M x_M)]), where an absent x_m is a
// learned vector. Its hidden layer can learn interactions between modalities.
type Concat struct {
	join    *join
	layers  *nn.MLP
	members *nn.EnsembleMLP // instead of layers
	dropout float64
	shape   encoders.Shape
	path    string
}

// NewConcat creates a Concat.
func NewConcat(s *nn.Scope, set Setting, c ConcatConfig) (*Concat, error) {
	if err := needFeatures(s, "concat", set.Inputs); err != nil {
		return nil, err
	}
	widths := append([]int{len(set.Inputs) * c.Dim}, c.Hidden...)
	f := &Concat{
		join: newJoin(s, set.Inputs, c.Dim), dropout: c.Dropout, path: s.Path(),
		shape: encoders.Shape{Tokens: 1, Dim: widths[len(widths)-1], Members: c.Members},
	}
	if c.Members > 0 {
		f.members = nn.NewEnsembleMLP(s.In("mlp"), c.Members, c.Dropout, widths...)
	} else {
		f.layers = nn.NewMLP(s.In("mlp"), op.ReLU, c.Dropout, widths...)
	}
	return f, nil
}

// Shape is one vector.
func (f *Concat) Shape() encoders.Shape { return f.shape }

// Fuse maps pooled vectors (B, D_m) to one (B, D).
func (f *Concat) Fuse(g *nn.Graph, ms []Modality) Fused {
	pooled, present := pooledAndPresent(ms)
	x := g.At(f.path).Dropout(f.join.forward(g, pooled, present), f.dropout)
	if f.members != nil {
		members := f.members.Forward(g, x)
		return Fused{Pooled: g.At(f.path).EnsembleMean(members), Members: members}
	}
	return Fused{Pooled: g.At(f.path).Activate(op.ReLU, f.layers.Forward(g, x))}
}
