package fusion

import (
	"strconv"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// PerceiverConfig configures the fusion `perceiver`.
type PerceiverConfig struct {
	// Dim is the width of latents, to which the tokens of each modality are projected.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=8192"`
	// Latents is the number of learned tokens that summarise the inputs.
	Latents int `yaml:"latents" default:"16" validate:"min=1,max=4096"`
	// Heads is the number of attention heads; it divides dim.
	Heads int `yaml:"heads" default:"4" validate:"min=1,max=256"`
	// Layers is the number of layers; in each, the latents attend to all tokens, then to each
	// other.
	Layers int `yaml:"layers" default:"2" validate:"min=1,max=64"`
	// Hidden is the width of the feed-forward's hidden layer; 0 means 4·dim.
	Hidden int `yaml:"hidden" validate:"min=0,max=32768"`
	// Dropout of attention weights and branches, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Validate checks constraints that the tags cannot express.
func (c PerceiverConfig) Validate() error { return attention.CheckHeads(c.Dim, c.Heads) }

// Attends reports that this fusion reads tokens; see encoders.Input.Attended.
func (PerceiverConfig) Attends() bool { return true }

// Perceiver reads any number of tokens with a few latents: learned vectors that attend to the
// tokens of all modalities, then to each other, in layers (Jaegle et al., 2021). Its cost is linear
// in the number of tokens.
type Perceiver struct {
	streams *streams
	latents *nn.Param // (N, D)
	layers  []perceiverLayer
	norm    *nn.LayerNorm
	path    string
}

type perceiverLayer struct{ read, think *attention.Block }

// NewPerceiver creates a Perceiver.
func NewPerceiver(s *nn.Scope, set Setting, c PerceiverConfig) (*Perceiver, error) {
	if err := needFeatures(s, "perceiver", set.Inputs); err != nil {
		return nil, err
	}
	if err := needTokens(s, "perceiver", set.Inputs); err != nil {
		return nil, err
	}
	f := &Perceiver{
		streams: newStreams(s, set.Inputs, c.Dim),
		latents: s.Param("latents", []int{c.Latents, c.Dim}, nn.Normal(learnedStd), nn.NoDecay), path: s.Path(),
	}
	sizes := attention.Config{Dim: c.Dim, Heads: c.Heads, Hidden: c.Hidden, Dropout: c.Dropout}
	for l := range c.Layers {
		at := s.In("layer" + strconv.Itoa(l))
		read, err := attention.NewCross(at.In("cross"), sizes)
		if err != nil {
			return nil, err
		}
		think, err := attention.NewSelf(at.In("self"), sizes)
		if err != nil {
			return nil, err
		}
		f.layers = append(f.layers, perceiverLayer{read, think})
	}
	f.norm = nn.NewLayerNorm(s.In("norm"), c.Dim)
	return f, nil
}

// Shape is one vector, and the latents.
func (f *Perceiver) Shape() encoders.Shape {
	if f.latents == nil {
		return encoders.Shape{}
	}
	return encoders.Shape{Tokens: f.latents.Shape[0], Dim: f.latents.Shape[1]}
}

// Spans are the latents.
func (f *Perceiver) Spans() []Span {
	if f.latents == nil {
		return nil
	}
	return []Span{{Name: "latents", Tokens: f.latents.Shape[0], Own: true}}
}

// Attentions lists those of each layer: first from the latents to all tokens, then among the
// latents.
func (f *Perceiver) Attentions() []Attention {
	var all []Attention
	for l, layer := range f.layers {
		all = append(all, Attention{Queries: f.Spans(), Keys: f.streams.spans, Layer: l, MultiHead: layer.read.Attention})
	}
	return all
}

// Fuse maps tokens (B, T_m, D_m) to latents (B, N, D) and their mean (B, D).
func (f *Perceiver) Fuse(g *nn.Graph, ms []Modality) Fused {
	tokens, mask := f.streams.joined(g, ms)
	g = g.At(f.path)
	x := g.Apply(op.Expand{B: tokens.Shape()[0]}, g.Param(f.latents)) // (B, N, D)
	for _, l := range f.layers {
		x = l.think.Self(g, l.read.Cross(g, x, tokens, mask), nil)
	}
	x = f.norm.Forward(g, x)
	exist := g.Apply(op.Repeat{N: f.latents.Shape[0]}, anyPresent(g, presences(ms)))
	return Fused{Pooled: g.MaskedMean(x, exist), Tokens: x, Mask: exist}
}
