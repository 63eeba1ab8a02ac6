package fusion

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// streams maps the tokens of modalities into a common space: each modality is projected to the same
// width and normalised, so that none drowns out another, and a learned embedding identifies the
// modality of a token.
type streams struct {
	project []*nn.Linear
	norm    []*nn.LayerNorm
	kind    []*nn.Param            // (D) each
	time    []*attention.Positions // nil if tokens are not aligned
	order   []int                  // of modalities, by name
	tokens  int                    // of all modalities
	spans   []Span                 // the same, by name
	path    string
}

// kindStd is the initial deviation of modality embeddings, about half that of the tokens, which
// were just normalised.
const kindStd = 0.5

// newStreams creates streams of width dim.
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

// span is the length of the time axis in sinusoidal positions. With this many, as in the time
// embeddings of diffusion models, wavelengths range from a hundredth of the time span to more than
// all of it.
const span = 1000

// align assigns token t of a modality's T tokens the time (t+½)/T, independently of other
// modalities, so that tokens of the same moment get the same vector.
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

// forward maps the tokens of modality i, (B, T, D_i), to (B, T, D). Rows that lack it are replaced
// with zeros, since a weight of 0 would not neutralise NaN.
func (f *streams) forward(g *nn.Graph, i int, m Modality) *gorgonia.Node {
	x := g.At(f.path).Apply(op.PresentMean{M: 1, Zero: true}, m.Tokens, m.Present)
	x = f.norm[i].Forward(g, f.project[i].Forward(g, x))
	x = g.At(f.path).Add(x, g.Param(f.kind[i]))
	if f.time != nil {
		x = f.time[i].Forward(g, x)
	}
	return x
}

// joined concatenates all tokens to one sequence (B, ΣT, D) and returns it with its mask (B, ΣT).
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
