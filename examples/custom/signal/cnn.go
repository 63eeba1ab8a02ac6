package signal

import (
	"fmt"
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// CNNConfig are the options of the encoder `cnn` of signals.
type CNNConfig struct {
	// Channels of each layer. Behind every layer the length is halved.
	Channels []int `yaml:"channels" default:"[16,32]" validate:"min=1,max=8,dive,min=1,max=1024"`
	// Kernel is how many readings a convolution sees; odd.
	Kernel int `yaml:"kernel" default:"5" validate:"min=1,max=31"`
	// Dropout of the pooled vector, while training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// CNN encodes a series by convolutions over time, each followed by a ReLU and
// by pooling in pairs. What is left of the series are its tokens; their mean is
// the pooled vector, which therefore knows what there is and not where.
type CNN struct {
	layers []*conv1D
	shape  encoders.Shape
	config CNNConfig
	path   string
}

// NewCNN makes a CNN for the input's length.
func NewCNN(s *nn.Scope, in encoders.Input, c CNNConfig) (*CNN, error) {
	if len(in.Features) != 1 || len(in.Features[0].Shape) != 1 {
		return nil, fmt.Errorf("%s: the encoder cnn wants a signal input", s.Path())
	}
	if c.Kernel%2 == 0 {
		return nil, fmt.Errorf("%s: kernel is %d; it must be odd, so that the series keeps its length", s.Path(), c.Kernel)
	}
	e := &CNN{config: c, path: s.Path()}
	length, channels := in.Features[0].Shape[0], 1
	for i, out := range c.Channels {
		e.layers = append(e.layers, newConv1D(s.In("layer"+strconv.Itoa(i)), channels, out, c.Kernel))
		channels, length = out, length/2
	}
	if length == 0 {
		return nil, fmt.Errorf("%s: %d layers leave nothing of %d readings", s.Path(), len(c.Channels), in.Features[0].Shape[0])
	}
	e.shape = encoders.Shape{Tokens: length, Dim: channels}
	return e, nil
}

// Shape is the size of the encoding.
func (e *CNN) Shape() encoders.Shape { return e.shape }

// Encode maps readings (B, L) to an Encoding of L/2ⁿ tokens.
func (e *CNN) Encode(g *nn.Graph, in encoders.Given) encoders.Encoding {
	g = g.At(e.path)
	b, l := in.Features[0].Shape()[0], in.Features[0].Shape()[1]
	x := g.Reshape(in.Features[0], b, 1, 1, l) // (B, C, 1, L)
	pair := [2]int{1, 2}
	for _, layer := range e.layers {
		x = g.Apply(op.AvgPool2D{Kernel: pair, Stride: pair}, layer.forward(g, x)) // (B, C', 1, L/2)
	}
	tokens := g.Apply(op.ImageTokens{}, x) // (B, T, D)
	mask := g.Apply(op.Repeat{N: e.shape.Tokens}, in.Present)
	return encoders.Encoding{Tokens: tokens, Mask: mask, Pooled: g.Dropout(g.MaskedMean(tokens, mask), e.config.Dropout)}
}

// conv1D is a convolution over time. nn.Conv2D has square kernels only, so this
// is a module of its own over the operator: it makes its parameters in the
// scope it is given, and borrows them for a graph.
type conv1D struct {
	weight, bias *nn.Param
	spec         op.Conv2D
	path         string
}

func newConv1D(s *nn.Scope, in, out, kernel int) *conv1D {
	return &conv1D{
		weight: s.Param("weight", []int{out, in, 1, kernel}, nn.KaimingNormal),
		bias:   s.Param("bias", []int{out}, nn.Zeros),
		spec:   op.Conv2D{Padding: [2]int{0, kernel / 2}},
		path:   s.Path(),
	}
}

// forward maps (B, C, 1, L) to (B, Out, 1, L).
func (c *conv1D) forward(g *nn.Graph, x *gorgonia.Node) *gorgonia.Node {
	g = g.At(c.path)
	return g.Activate(op.ReLU, g.Apply(c.spec, x, g.Param(c.weight), g.Param(c.bias)))
}
