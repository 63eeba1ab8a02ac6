package nn

import (
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/op"
)

func digits(i int) string { return strconv.Itoa(i) }

// normEpsilon is PyTorch's default for all normalisations.
const normEpsilon = 1e-5

// LayerNorm normalises the last axis to mean 0 and variance 1, then scales and shifts it (Ba, Kiros
// and Hinton, 2016). Maps (..., D) to (..., D).
type LayerNorm struct {
	Weight, Bias *Param // (D)
	path         string
}

// NewLayerNorm creates a LayerNorm over D features.
func NewLayerNorm(s *Scope, d int) *LayerNorm {
	return &LayerNorm{Weight: s.Param("weight", []int{d}, Ones), Bias: s.Param("bias", []int{d}, Zeros), path: s.Path()}
}

// Forward maps (..., D) to (..., D).
func (l *LayerNorm) Forward(g *Graph, x *gorgonia.Node) *gorgonia.Node {
	if l == nil {
		g.Fail("a LayerNorm is nil: create it with NewLayerNorm")
	}
	g = g.At(l.path)
	return g.Apply(op.LayerNorm{Eps: normEpsilon}, x, g.Param(l.Weight), g.Param(l.Bias))
}

// GroupNorm normalises groups of channels of each image (Wu and He, 2018). Maps (B, C, H, W) to the
// same shape.
type GroupNorm struct {
	Weight, Bias *Param // (C)
	groups       int
	path         string
}

// NewGroupNorm creates a GroupNorm over C channels.
func NewGroupNorm(s *Scope, groups, c int) *GroupNorm {
	return &GroupNorm{s.Param("weight", []int{c}, Ones), s.Param("bias", []int{c}, Zeros), groups, s.Path()}
}

// Forward maps (B, C, H, W) to the same shape.
func (n *GroupNorm) Forward(g *Graph, x *gorgonia.Node) *gorgonia.Node {
	g = g.At(n.path)
	return g.Apply(op.GroupNorm{Groups: n.groups, Eps: normEpsilon}, x, g.Param(n.Weight), g.Param(n.Bias))
}

// BatchNorm2D normalises each channel over the batch in training, and by running statistics in
// evaluation (Ioffe and Szegedy, 2015). Maps (B, C, H, W) to the same shape. Rows with weight 0
// (absent images) are excluded from the statistics.
type BatchNorm2D struct {
	Weight, Bias            *Param // (C)
	RunningMean, RunningVar *Param // (C), buffers
	path                    string
}

// batchNormMomentum is the weight of a new batch in the running statistics.
const batchNormMomentum = 0.1

// NewBatchNorm2D creates a BatchNorm2D over C channels.
func NewBatchNorm2D(s *Scope, c int) *BatchNorm2D {
	return &BatchNorm2D{
		Weight: s.Param("weight", []int{c}, Ones), Bias: s.Param("bias", []int{c}, Zeros),
		RunningMean: s.Buffer("running_mean", []int{c}, Zeros), RunningVar: s.Buffer("running_var", []int{c}, Ones),
		path: s.Path(),
	}
}

// Forward maps (B, C, H, W) to the same shape; rows (B) are the weights of the images.
func (n *BatchNorm2D) Forward(g *Graph, x, rows *gorgonia.Node) *gorgonia.Node {
	g = g.At(n.path)
	gamma, beta := g.Param(n.Weight), g.Param(n.Bias)
	if g.Mode() == Eval {
		return g.Apply(op.BatchNorm2DEval{Eps: normEpsilon}, x, gamma, beta, g.Param(n.RunningMean), g.Param(n.RunningVar))
	}
	running := &op.RunningStats{Mean: n.RunningMean.Data, Var: n.RunningVar.Data, Momentum: batchNormMomentum}
	return g.Apply(op.BatchNorm2D{Eps: normEpsilon, Running: running}, x, gamma, beta, rows)
}
