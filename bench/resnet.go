package main

import (
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// resNet is the residual network with 18 layers (He et al., 2016): a stem of a 7×7 convolution and
// a pool, then four stages of two blocks.
type resNet struct {
	stem   *nn.Conv2D
	norm   *nn.BatchNorm2D
	blocks []*residual
	path   string
}

// residual is two 3×3 convolutions and a shortcut.
type residual struct {
	conv1, conv2 *nn.Conv2D
	norm1, norm2 *nn.BatchNorm2D
	down         *nn.Conv2D // nil if the block keeps its shape
	downNorm     *nn.BatchNorm2D
	path         string
}

const resNetWidth = 512

func newResNet(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
	r := &resNet{
		stem: nn.NewConv2D(s.In("stem"), nn.ConvConfig{In: in.Features[0].Shape[0], Out: 64, Size: 7, Stride: 2, Padding: 3}),
		norm: nn.NewBatchNorm2D(s.In("norm"), 64),
		path: s.Path(),
	}
	width := 64
	for stage, out := range []int{64, 128, 256, resNetWidth} {
		for i := range 2 {
			stride := 1
			if stage > 0 && i == 0 {
				stride = 2
			}
			r.blocks = append(r.blocks, newResidual(s.In("block"+strconv.Itoa(len(r.blocks))), width, out, stride))
			width = out
		}
	}
	return r, nil
}

func newResidual(s *nn.Scope, in, out, stride int) *residual {
	b := &residual{
		conv1: nn.NewConv2D(s.In("conv1"), nn.ConvConfig{In: in, Out: out, Size: 3, Stride: stride, Padding: 1}),
		norm1: nn.NewBatchNorm2D(s.In("norm1"), out),
		conv2: nn.NewConv2D(s.In("conv2"), nn.ConvConfig{In: out, Out: out, Size: 3, Padding: 1}),
		norm2: nn.NewBatchNorm2D(s.In("norm2"), out),
		path:  s.Path(),
	}
	if in != out || stride != 1 {
		b.down = nn.NewConv2D(s.In("down"), nn.ConvConfig{In: in, Out: out, Size: 1, Stride: stride})
		b.downNorm = nn.NewBatchNorm2D(s.In("down_norm"), out)
	}
	return b
}

// Shape is one token.
func (r *resNet) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: resNetWidth} }

// Encode maps pixels (B, 3, H, W) to a pooled vector (B, 512).
func (r *resNet) Encode(g *nn.Graph, in encoders.Given) encoders.Encoding {
	rows := g.Reshape(in.Present, in.Present.Shape()[0])
	x := r.norm.Forward(g, r.stem.Forward(g, in.Features[0]), rows)
	x = g.At(r.path).Activate(op.ReLU, x)
	x = g.At(r.path).Apply(op.MaxPool2D{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Padding: [2]int{1, 1}}, x)
	for _, b := range r.blocks {
		x = b.forward(g, x, rows)
	}
	g = g.At(r.path)
	x = g.Apply(op.GlobalAvgPool2D{}, x) // (B, C)
	return encoders.Encoding{Pooled: x, Tokens: g.Reshape(x, x.Shape()[0], 1, resNetWidth), Mask: in.Present}
}

func (b *residual) forward(g *nn.Graph, x, rows *gorgonia.Node) *gorgonia.Node {
	h := g.At(b.path).Activate(op.ReLU, b.norm1.Forward(g, b.conv1.Forward(g, x), rows))
	h = b.norm2.Forward(g, b.conv2.Forward(g, h), rows)
	if b.down != nil {
		x = b.downNorm.Forward(g, b.down.Forward(g, x), rows)
	}
	g = g.At(b.path)
	return g.Activate(op.ReLU, g.Add(h, x))
}
