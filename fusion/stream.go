package fusion

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// streams brings the tokens of modalities into one space: each modality is
// projected to the same width and normalised, so that none drowns another, and
// a learned vector tells tokens which modality they are of.
type streams struct {
	project []*nn.Linear
	norm    []*nn.LayerNorm
	kind    []*nn.Param            // (D) each
	time    []*attention.Positions // nil where tokens are not aligned
	order   []int                  // of modalities, by name
	tokens  int                    // of all modalities
	spans   []Span                 // the same, by name
	path    string
}

// kindStd is the deviation of new vectors that tell modalities apart, about half
// that of the tokens, which were just normalised.
const kindStd = 0.5

// newStreams makes streams of width dim.
func newStreams(s *nn.Scope, in []Input, dim int) *streams {
	f := &streams{
		project: make([]*nn.Linear, len(in)), norm: make([]*nn.LayerNorm, len(in)), kind: make([]*nn.Param, len(in)),
		order: byName(in), path: s.Path(),
	}
	for _, i := range f.order {
		m := s.In(in[i].Name)
		f.project[i] = nn.NewLinear(m.In("project"), in[i].Dim, dim)
		f.norm[i] = nn.NewLayerNorm(m.In("norm"), dim)
		f.kind[i] = m.Param("modality", []int{dim}, nn.Normal(kindStd), nn.NoDecay)
		f.tokens += in[i].Tokens
		f.spans = append(f.spans, Span{Name: in[i].Name, Tokens: in[i].Tokens})
	}
	return f
}

// span is the length of time in places of sinusoidal positions. With as many,
// as diffusion models give their time, wavelengths reach from a hundredth of
// the time to more than all of it.
const span = 1000

// align gives token t of a modality's T the time (t+½)/T, whatever other
// modalities there are: tokens of the same moment get the same vector.
func (f *streams) align(s *nn.Scope, in []Input, dim int) {
	f.time = make([]*attention.Positions, len(in))
	for _, i := range f.order {
		places := make([]float64, in[i].Tokens)
		for t := range places {
			places[t] = span * (float64(t) + 0.5) / float64(len(places))
		}
		f.time[i] = attention.NewSinusoidalAt(s.In(in[i].Name).In("time"), places, dim)
	}
}

// forward maps the tokens of modality i, (B, T, D_i), to (B, T, D). Those of rows
// that lack it are taken for zeros: a weight of 0 on what is not a number would
// not do.
func (f *streams) forward(g *nn.Graph, i int, m Modality) *gorgonia.Node {
	x := g.At(f.path).Apply(op.PresentMean{M: 1, Zero: true}, m.Tokens, m.Present)
	x = f.norm[i].Forward(g, f.project[i].Forward(g, x))
	x = g.At(f.path).Add(x, g.Param(f.kind[i]))
	if f.time != nil {
		x = f.time[i].Forward(g, x)
	}
	return x
}

// joined maps all tokens to one sequence (B, ΣT, D) and its mask (B, ΣT).
func (f *streams) joined(g *nn.Graph, ms []Modality) (tokens, mask *gorgonia.Node) {
	if f == nil {
		g.Fail(notMade)
	}
	var xs, masks []*gorgonia.Node
	for _, i := range f.order {
		xs, masks = append(xs, f.forward(g, i, ms[i])), append(masks, ms[i].Mask)
	}
	g = g.At(f.path)
	return g.Concat(1, xs...), g.Concat(1, masks...)
}
