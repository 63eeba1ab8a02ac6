package fusion

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// features maps the pooled vectors of modalities to a common width and scale, u_m = LN(P_m x_m), so
// that none drowns out another.
type features struct {
	project []*nn.Linear
	norm    []*nn.LayerNorm
	order   []int // of modalities, by name
}

// newFeatures creates features of width dim.
func newFeatures(s *nn.Scope, in []Input, dim int) *features {
	f := &features{order: byName(in), project: make([]*nn.Linear, len(in)), norm: make([]*nn.LayerNorm, len(in))}
	for _, i := range f.order {
		m := s.In(in[i].Name)
		f.project[i] = nn.NewLinear(m.In("project"), in[i].Dim, dim)
		f.norm[i] = nn.NewLayerNorm(m.In("norm"), dim)
	}
	return f
}

// notMade is the error of a fusion that was not created by its constructor.
const notMade = "the fusion is nil: create it with its constructor"

// part is a modality as seen by operators over pooled vectors.
type part struct {
	name    string
	u       *gorgonia.Node // (B, D), arbitrary where absent
	present *gorgonia.Node // (B, 1)
}

// forward maps the pooled vectors (B, D_m) of modalities to parts, ordered by name.
func (f *features) forward(g *nn.Graph, ms []Modality) parts {
	if f == nil {
		g.Fail(notMade)
	}
	var ps parts
	for _, i := range f.order {
		u := f.norm[i].Forward(g, f.project[i].Forward(g, ms[i].Pooled))
		ps = append(ps, part{ms[i].Name, u, ms[i].Present})
	}
	return ps
}

type parts []part

func (ps parts) names() []string {
	var names []string
	for _, p := range ps {
		names = append(names, p.name)
	}
	return names
}

func (ps parts) present() []*gorgonia.Node {
	var ns []*gorgonia.Node
	for _, p := range ps {
		ns = append(ns, p.present)
	}
	return ns
}

// with returns nodes, one per part, followed by the parts' presences, as operators over presence
// expect.
func (ps parts) with(xs []*gorgonia.Node) []*gorgonia.Node {
	return append(append([]*gorgonia.Node{}, xs...), ps.present()...)
}

// orZeros replaces the vectors of absent parts with zeros.
func (ps parts) orZeros(g *nn.Graph) parts {
	out := append(parts{}, ps...)
	for i, p := range ps {
		out[i].u = g.Apply(op.PresentMean{M: 1, Zero: true}, p.u, p.present)
	}
	return out
}

func (ps parts) vectors() []*gorgonia.Node {
	var ns []*gorgonia.Node
	for _, p := range ps {
		ns = append(ns, p.u)
	}
	return ns
}
