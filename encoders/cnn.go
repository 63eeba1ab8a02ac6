package encoders

import (
	"fmt"
	"slices"
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// CNNConfig configures the image encoder `cnn`.
type CNNConfig struct {
	// Channels of each stage. Each stage halves height and width, except for the last ones if the
	// image has become too small.
	Channels []int `yaml:"channels" default:"[32,64,128]" validate:"min=1,max=16,dive,min=1,max=4096"`
	// Blocks is the number of blocks (convolution, normalisation, activation) in a stage.
	Blocks int `yaml:"blocks" default:"1" validate:"min=1,max=64"`
	// Kernel is the height and width of the convolutions; odd.
	Kernel int `yaml:"kernel" default:"3" validate:"min=1,max=15"`
	// Norm is the normalisation: batch, group (groups of 8 channels) or none.
	Norm string `yaml:"norm" default:"batch" validate:"oneof=batch group none"`
	// Activation is applied after each normalisation.
	Activation string `yaml:"activation" default:"relu" validate:"oneof=relu gelu gelu_tanh silu"`
	// Residual adds each block's input to its output.
	Residual bool `yaml:"residual"`
	// Pool is how a stage halves its image: max or average.
	Pool string `yaml:"pool" default:"max" validate:"oneof=max average"`
	// Dim is the width of tokens and pooled vector; 0 means the last stage's channels.
	Dim int `yaml:"dim" validate:"min=0,max=8192"`
	// Positions tells tokens where in the image they are: learned, sinusoidal or none.
	Positions string `yaml:"positions" default:"learned" validate:"oneof=learned sinusoidal none"`
	// Dropout of tokens and of the pooled vector, in training.
	Dropout float64 `yaml:"dropout" validate:"min=0,lt=1"`
}

// Validate checks constraints that the tags cannot express.
func (c CNNConfig) Validate() error {
	if c.Kernel%2 == 0 {
		return fmt.Errorf("kernel: must be odd, so that the image keeps its size, is %d", c.Kernel)
	}
	return nil
}

// CNN is a convolutional image encoder: stages of blocks (convolution, normalisation, activation),
// each followed by pooling. The H'·W' positions of the final feature map, with D features each, are
// its tokens; their mean is the pooled vector.
type CNN struct {
	stages    [][]*convBlock
	halve     []bool
	config    CNNConfig
	project   *nn.Linear // nil if the last stage already has this width
	positions *attention.Positions
	shape     Shape
	grid      [2]int // height and width of the final feature map
	path      string
}

// NewCNN creates a CNN for images of the input's size.
func NewCNN(s *nn.Scope, in Input, c CNNConfig) (*CNN, error) {
	if len(in.Features) != 1 || len(in.Features[0].Shape) != 3 {
		return nil, fmt.Errorf("%s: the encoder cnn needs an image input", s.Path())
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path(), err)
	}
	act, err := op.ParseActivation(c.Activation)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path(), err)
	}
	e := &CNN{config: c, path: s.Path()}
	channels, h, w := in.Features[0].Shape[0], in.Features[0].Shape[1], in.Features[0].Shape[2]
	for i, out := range c.Channels {
		var stage []*convBlock
		for j := range c.Blocks {
			b, err := newConvBlock(s.In("stage"+strconv.Itoa(i)).In("block"+strconv.Itoa(j)), channels, out, c, act)
			if err != nil {
				return nil, err
			}
			stage = append(stage, b)
			channels = out
		}
		e.stages = append(e.stages, stage)
		halve := h >= 4 && w >= 4
		if halve {
			h, w = h/2, w/2
		}
		e.halve = append(e.halve, halve)
	}
	e.shape, e.grid = Shape{Tokens: h * w, Dim: channels}, [2]int{h, w}
	if c.Dim > 0 && c.Dim != channels {
		e.project = nn.NewLinear(s.In("project"), channels, c.Dim)
		e.shape.Dim = c.Dim
	}
	if in.Attended { // the pooled vector has no positions
		e.positions = newPositions(s, c.Positions, e.shape, imagePositionStd)
	}
	return e, nil
}

// imagePositionStd is the initial deviation of image positions, about half that of the tokens,
// which come from normalised layers.
const imagePositionStd = 0.5

func newPositions(s *nn.Scope, kind string, shape Shape, std float64) *attention.Positions {
	switch kind {
	case "learned":
		return attention.NewLearned(s, shape.Tokens, shape.Dim, std)
	case "sinusoidal":
		return attention.NewSinusoidal(s, shape.Tokens, shape.Dim)
	}
	return nil
}

// Layers lists the blocks of all stages.
func (e *CNN) Layers() [][]string {
	var layers [][]string
	for i, stage := range e.stages {
		for j := range stage {
			layers = append(layers, []string{fmt.Sprintf("stage%d.block%d", i, j)})
		}
	}
	return layers
}

// Shape is the size of the encoding.
func (e *CNN) Shape() Shape { return e.shape }

// Grid is the height and width of the grid of tokens.
func (e *CNN) Grid() (height, width int) { return e.grid[0], e.grid[1] }

// Channels lists the channels of each block, in order.
func (e *CNN) Channels() []int {
	var n []int
	for _, c := range e.config.Channels {
		n = append(n, slices.Repeat([]int{c}, e.config.Blocks)...)
	}
	return n
}

// Encode maps pixels (B, C, H, W) to an Encoding.
func (e *CNN) Encode(g *nn.Graph, in Given) Encoding {
	return e.EncodeModulated(g, in, make([]Modulation, len(e.stages)*e.config.Blocks))
}

// EncodeModulated is Encode with the channels of each block modulated between normalisation and
// activation, as in Perez et al. (2018).
func (e *CNN) EncodeModulated(g *nn.Graph, in Given, by []Modulation) Encoding {
	in.need(g, 1)
	x := in.Features[0]
	rows := g.Reshape(in.Present, in.Present.Shape()[0]) // (B)
	for i, stage := range e.stages {
		for j, b := range stage {
			x = b.forward(g, x, rows, by[i*len(stage)+j])
		}
		if e.halve[i] {
			x = e.pool(g.At(e.path), x)
		}
	}
	g = g.At(e.path)
	x = g.Apply(op.ImageTokens{}, x) // (B, T, C)
	if e.project != nil {
		x = e.project.Forward(g, x)
	}
	mask := in.everyToken(g, e.shape)
	pooled := g.Dropout(g.MaskedMean(x, mask), e.config.Dropout)
	if e.positions != nil {
		x = e.positions.Forward(g, x)
	}
	return Encoding{Tokens: g.Dropout(x, e.config.Dropout), Mask: mask, Pooled: pooled}
}

func (e *CNN) pool(g *nn.Graph, x *gorgonia.Node) *gorgonia.Node {
	two := [2]int{2, 2}
	if e.config.Pool == "average" {
		return g.Apply(op.AvgPool2D{Kernel: two, Stride: two}, x)
	}
	return g.Apply(op.MaxPool2D{Kernel: two, Stride: two}, x)
}

// convBlock is a convolution, normalisation and activation, with an optional shortcut.
type convBlock struct {
	conv     *nn.Conv2D
	batch    *nn.BatchNorm2D
	group    *nn.GroupNorm
	shortcut *nn.Conv2D // 1×1, if the widths differ
	residual bool
	act      op.Activation
	path     string
}

// groupWidth is the number of channels per group of GroupNorm.
const groupWidth = 8

func newConvBlock(s *nn.Scope, in, out int, c CNNConfig, act op.Activation) (*convBlock, error) {
	b := &convBlock{residual: c.Residual, act: act, path: s.Path()}
	b.conv = nn.NewConv2D(s.In("conv"), nn.ConvConfig{In: in, Out: out, Size: c.Kernel, Padding: c.Kernel / 2, Bias: c.Norm == "none"})
	switch c.Norm {
	case "batch":
		b.batch = nn.NewBatchNorm2D(s.In("norm"), out)
	case "group":
		if out%groupWidth != 0 {
			return nil, fmt.Errorf("%s: group normalisation needs channels in multiples of %d, not %d", s.Path(), groupWidth, out)
		}
		b.group = nn.NewGroupNorm(s.In("norm"), out/groupWidth, out)
	}
	if c.Residual && in != out {
		b.shortcut = nn.NewConv2D(s.In("shortcut"), nn.ConvConfig{In: in, Out: out, Size: 1})
	}
	return b, nil
}

func (b *convBlock) forward(g *nn.Graph, x, rows *gorgonia.Node, by Modulation) *gorgonia.Node {
	h := b.conv.Forward(g, x)
	switch {
	case b.batch != nil:
		h = b.batch.Forward(g, h, rows)
	case b.group != nil:
		h = b.group.Forward(g, h)
	}
	g = g.At(b.path)
	h = by.Apply(g, h, 1)
	if b.residual {
		if b.shortcut != nil {
			x = b.shortcut.Forward(g, x)
		}
		h = g.Add(h, x)
	}
	return g.Activate(b.act, h)
}
