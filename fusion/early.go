package fusion

import (
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// EarlyConfig configures the fusion `early`.
type EarlyConfig struct {
	// Dim is the width to which the tokens of each modality are projected.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=8192"`
	// Heads is the number of attention heads; it divides dim.
	Heads int `yaml:"heads" default:"4" validate:"min=1,max=256"`
	// Layers is the number of layers of the transformer over all tokens.
	Layers int `yaml:"layers" default:"2" validate:"min=1,max=64"`
	// Hidden is the width of the feed-forward's hidden layer; 0 means 4·dim.
	Hidden int `yaml:"hidden" validate:"min=0,max=32768"`
	// Dropout of attention weights and branches, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
	// Align is time if all inputs cover the same span of time, each in even steps: token t of T is
	// then placed at time (t+½)/T of the span, so that tokens of the same moment share a position
	// embedding. none adds no time.
	Align string `yaml:"align" default:"none" validate:"oneof=none time"`
	// Pool is how tokens become a vector: mean (of the tokens that exist) or cls (the output of an
	// additional learned token).
	Pool string `yaml:"pool" default:"mean" validate:"oneof=mean cls"`
}

// Validate checks constraints that the tags cannot express.
func (c EarlyConfig) Validate() error { return attention.CheckHeads(c.Dim, c.Heads) }

// Attends reports that this fusion reads tokens; see encoders.Input.Attended.
func (EarlyConfig) Attends() bool { return true }

// Early fuses modalities before they are processed: one transformer over all of their tokens, each
// projected, normalised and given an embedding of its modality. It suits modalities that are
// closely related and aligned.
type Early struct {
	streams *streams
	cls     *nn.Param // (1, D); nil if tokens are averaged
	blocks  []*attention.Block
	norm    *nn.LayerNorm
	dim     int
	path    string
}

// NewEarly creates an Early.
func NewEarly(s *nn.Scope, set Setting, c EarlyConfig) (*Early, error) {
	if err := needFeatures(s, "early", set.Inputs); err != nil {
		return nil, err
	}
	if c.Pool != "cls" {
		if err := needTokens(s, "early", set.Inputs); err != nil {
			return nil, err
		}
	}
	f := &Early{streams: newStreams(s, set.Inputs, c.Dim), dim: c.Dim, path: s.Path()}
	if c.Align == "time" {
		f.streams.align(s, set.Inputs, c.Dim)
	}
	if c.Pool == "cls" {
		f.cls = s.Param("cls", []int{1, c.Dim}, nn.Normal(learnedStd), nn.NoDecay)
	}
	for l := range c.Layers {
		b, err := attention.NewSelf(s.In("block"+strconv.Itoa(l)), attention.Config{Dim: c.Dim, Heads: c.Heads, Hidden: c.Hidden, Dropout: c.Dropout})
		if err != nil {
			return nil, err
		}
		f.blocks = append(f.blocks, b)
	}
	f.norm = nn.NewLayerNorm(s.In("norm"), c.Dim)
	return f, nil
}

// learnedStd is the initial deviation of tokens that belong to no modality, as for BERT's [CLS] and
// the Perceiver's latents.
const learnedStd = 0.02

// Shape is one vector, and the tokens of all modalities.
func (f *Early) Shape() encoders.Shape {
	if f.streams == nil {
		return encoders.Shape{}
	}
	return encoders.Shape{Tokens: f.streams.tokens, Dim: f.dim}
}

// Spans are the tokens of all modalities.
func (f *Early) Spans() []Span {
	if f.streams == nil {
		return nil
	}
	return f.streams.spans
}

// Attentions lists those of each layer, over the tokens of all modalities and the cls token, if
// there is one.
func (f *Early) Attentions() []Attention {
	if f.streams == nil {
		return nil
	}
	spans := f.streams.spans
	if f.cls != nil {
		spans = append([]Span{{Name: "cls", Tokens: 1, Own: true}}, spans...)
	}
	var all []Attention
	for l, b := range f.blocks {
		all = append(all, Attention{Queries: spans, Keys: spans, Layer: l, MultiHead: b.Attention})
	}
	return all
}

// Fuse maps tokens (B, T_m, D_m) to (B, ΣT, D) and a vector (B, D).
func (f *Early) Fuse(g *nn.Graph, ms []Modality) Fused {
	x, mask := f.streams.joined(g, ms)
	g = g.At(f.path)
	all := mask
	if f.cls != nil {
		cls := g.Apply(op.Expand{B: x.Shape()[0]}, g.Param(f.cls)) // (B, 1, D)
		x, all = g.Concat(1, cls, x), g.Concat(1, anyPresent(g, presences(ms)), mask)
	}
	for _, b := range f.blocks {
		x = b.Self(g, x, all)
	}
	x = f.norm.Forward(g, x)
	if f.cls == nil {
		return Fused{Pooled: g.MaskedMean(x, mask), Tokens: x, Mask: mask}
	}
	return Fused{Pooled: f.first(g, x), Tokens: g.Slice(x, 1, 1, 1+f.streams.tokens), Mask: mask}
}

// first returns the first token of (B, T, D), as (B, D).
func (f *Early) first(g *nn.Graph, x *gorgonia.Node) *gorgonia.Node {
	return g.Reshape(g.Slice(x, 1, 0, 1), x.Shape()[0], f.dim)
}
