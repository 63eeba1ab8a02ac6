package fusion

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// TensorConfig configures the fusion `tensor`.
type TensorConfig struct {
	// Dim is the width to which each modality is projected. The product of M modalities has
	// (dim+1)^M numbers, at most 65,536.
	Dim int `yaml:"dim" default:"16" validate:"min=1,max=65535"`
	// Hidden are the widths of the subsequent layers; the last is the width of the result.
	Hidden []int `yaml:"hidden" default:"[128]" validate:"min=1,max=16,dive,min=1,max=32768"`
	// Dropout before each of these layers, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// TensorLimit is the maximum number of products per row of a Tensor. Its first hidden layer, of
// width 128, then has 8 million weights.
const TensorLimit = 1 << 16

// Tensor is tensor fusion (Zadeh et al., 2017): z = MLP(vec(⊗_m [1; u_m])) with u_m = LN(P_m x_m),
// every product of one feature from each modality of any subset. An absent u_m is zeros, which
// leaves the products of the others.
type Tensor struct {
	features *features
	layers   *nn.MLP
	dropout  float64
	dim      int
	path     string
}

// NewTensor creates a Tensor. A product of more than TensorLimit numbers is an error.
func NewTensor(s *nn.Scope, set Setting, c TensorConfig) (*Tensor, error) {
	if err := needFeatures(s, "tensor", set.Inputs); err != nil {
		return nil, err
	}
	size := 1
	for range set.Inputs {
		if size *= c.Dim + 1; size > TensorLimit {
			return nil, fmt.Errorf("%s: the tensor product of %d inputs of dim %d has more than %d numbers per row; lower dim, or use bilinear, which forms the same products at a lower rank",
				s.Path(), len(set.Inputs), c.Dim, TensorLimit)
		}
	}
	widths := append([]int{size}, c.Hidden...)
	return &Tensor{
		features: newFeatures(s, set.Inputs, c.Dim), layers: nn.NewMLP(s.In("mlp"), op.ReLU, c.Dropout, widths...),
		dropout: c.Dropout, dim: widths[len(widths)-1], path: s.Path(),
	}, nil
}

// Shape is one vector.
func (f *Tensor) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: f.dim} }

// Fuse maps pooled vectors (B, D_m) to one (B, D).
func (f *Tensor) Fuse(g *nn.Graph, ms []Modality) Fused {
	ps := f.features.forward(g, ms)
	g = g.At(f.path)
	x := g.Apply(op.OuterProduct{M: len(ps)}, ps.with(ps.vectors())...)
	return Fused{Pooled: g.Activate(op.ReLU, f.layers.Forward(g, g.Dropout(x, f.dropout)))}
}
