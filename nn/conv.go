package nn

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/op"
)

// Conv2D is a square 2-D convolution. Maps (B, C, H, W) to (B, Out, H', W'), with H' = (H +
// 2·Padding - Size)/Stride + 1.
type Conv2D struct {
	Weight *Param // (Out, C/groups, Size, Size)
	Bias   *Param // (Out); nil without bias
	spec   op.Conv2D
	path   string
}

// ConvConfig configures a Conv2D.
type ConvConfig struct {
	In, Out, Size   int
	Stride, Padding int // Stride 0 is 1
	Groups          int // 0 is 1
	Bias            bool
}

// NewConv2D creates a Conv2D with Kaiming normal weights.
func NewConv2D(s *Scope, c ConvConfig) *Conv2D {
	stride, groups := max(c.Stride, 1), max(c.Groups, 1)
	l := &Conv2D{
		Weight: s.Param("weight", []int{c.Out, c.In / groups, c.Size, c.Size}, KaimingNormal),
		spec:   op.Conv2D{Stride: [2]int{stride, stride}, Padding: [2]int{c.Padding, c.Padding}, Groups: groups},
		path:   s.Path(),
	}
	if c.Bias {
		l.Bias = s.Param("bias", []int{c.Out}, Zeros)
	}
	return l
}

// Forward maps (B, C, H, W) to (B, Out, H', W').
func (l *Conv2D) Forward(g *Graph, x *gorgonia.Node) *gorgonia.Node {
	g = g.At(l.path)
	if l.Bias == nil {
		return g.Apply(l.spec, x, g.Param(l.Weight))
	}
	return g.Apply(l.spec, x, g.Param(l.Weight), g.Param(l.Bias))
}
