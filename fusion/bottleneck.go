package fusion

import (
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// BottleneckConfig configures the fusion `bottleneck`.
type BottleneckConfig struct {
	// Dim is the width to which the tokens of each modality are projected.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=8192"`
	// Bottlenecks is the number of tokens that modalities share.
	Bottlenecks int `yaml:"bottlenecks" default:"4" validate:"min=1,max=1024"`
	// Heads is the number of attention heads; it divides dim.
	Heads int `yaml:"heads" default:"4" validate:"min=1,max=256"`
	// Layers of each modality; at least two, since what a modality writes to the shared tokens in
	// one layer is read by the others in the next.
	Layers int `yaml:"layers" default:"2" validate:"min=2,max=64"`
	// Hidden is the width of the feed-forward's hidden layer; 0 means 4·dim.
	Hidden int `yaml:"hidden" validate:"min=0,max=32768"`
	// Dropout of attention weights and branches, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Validate checks constraints that the tags cannot express.
func (c BottleneckConfig) Validate() error { return attention.CheckHeads(c.Dim, c.Heads) }

// Attends reports that this fusion reads tokens; see encoders.Input.Attended.
func (BottleneckConfig) Attends() bool { return true }

// Bottleneck lets modalities communicate through a few shared tokens (Nagrani et al., 2021). In
// each layer every modality, with a transformer of its own, attends to its own and the shared
// tokens; the versions of the shared tokens computed by the modalities present are averaged. The
// result is the mean of the shared tokens after the last layer, in which the modalities have added
// the information that another requested through them.
type Bottleneck struct {
	streams *streams
	shared  *nn.Param            // (N, D)
	layers  [][]*attention.Block // of each modality
	norm    *nn.LayerNorm
	path    string
}

// NewBottleneck creates a Bottleneck.
func NewBottleneck(s *nn.Scope, set Setting, c BottleneckConfig) (*Bottleneck, error) {
	if err := needFeatures(s, "bottleneck", set.Inputs); err != nil {
		return nil, err
	}
	f := &Bottleneck{
		streams: newStreams(s, set.Inputs, c.Dim), layers: make([][]*attention.Block, len(set.Inputs)),
		shared: s.Param("bottleneck", []int{c.Bottlenecks, c.Dim}, nn.Normal(learnedStd), nn.NoDecay), path: s.Path(),
	}
	for _, i := range f.streams.order {
		for l := range c.Layers {
			at := s.In(set.Inputs[i].Name).In("layer" + strconv.Itoa(l))
			b, err := attention.NewSelf(at, attention.Config{Dim: c.Dim, Heads: c.Heads, Hidden: c.Hidden, Dropout: c.Dropout})
			if err != nil {
				return nil, err
			}
			f.layers[i] = append(f.layers[i], b)
		}
	}
	f.norm = nn.NewLayerNorm(s.In("norm"), c.Dim)
	return f, nil
}

// Shape is one vector, and the shared tokens followed by those of all modalities.
func (f *Bottleneck) Shape() encoders.Shape {
	if f.shared == nil {
		return encoders.Shape{}
	}
	return encoders.Shape{Tokens: f.shared.Shape[0] + f.streams.tokens, Dim: f.shared.Shape[1]}
}

// Spans are the shared tokens, then those of all modalities.
func (f *Bottleneck) Spans() []Span {
	if f.shared == nil {
		return nil
	}
	return append([]Span{f.own()}, f.streams.spans...)
}

func (f *Bottleneck) own() Span {
	return Span{Name: "bottlenecks", Tokens: f.shared.Shape[0], Own: true}
}

// Attentions lists those of each modality and layer, over its own tokens and the shared ones.
func (f *Bottleneck) Attentions() []Attention {
	if f.streams == nil {
		return nil
	}
	var all []Attention
	for m, i := range f.streams.order {
		spans := []Span{f.streams.spans[m], f.own()}
		for l, b := range f.layers[i] {
			all = append(all, Attention{Queries: spans, Keys: spans, Layer: l, MultiHead: b.Attention})
		}
	}
	return all
}

// Fuse maps tokens (B, T_m, D_m) to (B, N+ΣT, D) and a vector (B, D).
func (f *Bottleneck) Fuse(g *nn.Graph, ms []Modality) Fused {
	if f.shared == nil || len(ms) == 0 {
		g.Fail(notMade)
	}
	g = g.At(f.path)
	xs := make([]*gorgonia.Node, len(ms))
	for i, m := range ms {
		xs[i] = f.streams.forward(g, i, m)
	}
	shared := g.Apply(op.Expand{B: ms[0].Present.Shape()[0]}, g.Param(f.shared)) // (B, N, D)
	for l := range f.layers[0] {
		shared = f.layer(g, l, ms, xs, shared)
	}
	exist := g.Apply(op.Repeat{N: f.shared.Shape[0]}, anyPresent(g, presences(ms)))
	tokens, masks := []*gorgonia.Node{f.norm.Forward(g, shared)}, []*gorgonia.Node{exist}
	for _, i := range f.streams.order {
		tokens, masks = append(tokens, f.norm.Forward(g, xs[i])), append(masks, ms[i].Mask)
	}
	return Fused{Pooled: g.MaskedMean(tokens[0], exist), Tokens: g.Concat(1, tokens...), Mask: g.Concat(1, masks...)}
}

// layer replaces each modality's tokens xs with the layer's output, and returns the shared tokens
// for the next layer.
func (f *Bottleneck) layer(g *nn.Graph, l int, ms []Modality, xs []*gorgonia.Node, shared *gorgonia.Node) *gorgonia.Node {
	n := f.shared.Shape[0]
	next, present := []*gorgonia.Node{shared}, []*gorgonia.Node(nil) // unchanged where nothing is present
	for _, i := range f.streams.order {
		m, t := ms[i], xs[i].Shape()[1]
		mask := g.Concat(1, m.Mask, g.Apply(op.Repeat{N: n}, m.Present))
		y := f.layers[i][l].Self(g, g.Concat(1, xs[i], shared), mask)
		xs[i] = g.Slice(y, 1, 0, t)
		next, present = append(next, g.Slice(y, 1, t, t+n)), append(present, m.Present)
	}
	return g.Apply(op.PresentMean{M: len(ms)}, append(next, present...)...)
}
