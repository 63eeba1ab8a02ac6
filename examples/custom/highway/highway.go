// Package highway is a fusion that Chiasm does not bring.
package highway

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Config are the options of the fusion `highway`.
type Config struct {
	// Dim is the width that each modality is projected to, and of the result.
	Dim int `yaml:"dim" default:"32" validate:"min=1,max=8192"`
	// Layers of the highway.
	Layers int `yaml:"layers" default:"2" validate:"min=1,max=32"`
	// Carry is the bias that gates start from: the lower, the more of its input a
	// layer passes on unchanged at first.
	Carry float64 `yaml:"carry" default:"-1" validate:"min=-10,max=10"`
}

// Fusion joins modalities by a highway network (Srivastava, Greff and
// Schmidhuber, 2015): from the mean of the projected vectors of those present,
//
//	z ← t·relu(W z) + (1 - t)·z   with the gate   t = sigmoid(U z)
//
// for each layer. It sees interactions, and for any subset of modalities it is
// the fusion of these alone.
type Fusion struct {
	project []*nn.Linear // by input
	order   []int        // of the inputs, by name: a config's order changes nothing
	layers  []layer
	dim     int
	path    string
}

type layer struct{ change, gate *nn.Linear }

// New makes a Fusion of pooled vectors.
func New(s *nn.Scope, set fusion.Setting, c Config) (*Fusion, error) {
	f := &Fusion{project: make([]*nn.Linear, len(set.Inputs)), dim: c.Dim, path: s.Path()}
	for i, in := range set.Inputs {
		if in.Scores {
			return nil, fmt.Errorf("%s: highway combines features, but %q has scores", s.Path(), in.Name)
		}
		f.order = append(f.order, i)
	}
	slices.SortFunc(f.order, func(a, b int) int { return cmp.Compare(set.Inputs[a].Name, set.Inputs[b].Name) })
	for _, i := range f.order {
		f.project[i] = nn.NewLinear(s.In(set.Inputs[i].Name), set.Inputs[i].Dim, c.Dim)
	}
	for i := range c.Layers {
		at := s.In("layer" + strconv.Itoa(i))
		l := layer{change: nn.NewLinear(at.In("change"), c.Dim, c.Dim), gate: nn.NewLinear(at.In("gate"), c.Dim, c.Dim)}
		l.change.Activation, l.gate.Activation = op.ReLU, op.Sigmoid
		for j := range l.gate.Bias.Data {
			l.gate.Bias.Data[j] = float32(c.Carry)
		}
		f.layers = append(f.layers, l)
	}
	return f, nil
}

// Shape is one vector.
func (f *Fusion) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: f.dim} }

// Fuse maps pooled vectors (B, D_m) to one (B, D).
func (f *Fusion) Fuse(g *nn.Graph, ms []fusion.Modality) fusion.Fused {
	var vectors, present []*gorgonia.Node
	for _, i := range f.order {
		vectors = append(vectors, f.project[i].Forward(g, ms[i].Pooled))
		present = append(present, ms[i].Present)
	}
	g = g.At(f.path)
	z := g.Apply(op.PresentMean{M: len(ms), Zero: true}, append(vectors, present...)...)
	for _, l := range f.layers {
		difference := g.Add(l.change.Forward(g, z), g.Scale(z, -1))
		z = g.Add(z, g.Mul(l.gate.Forward(g, z), difference)) // z + t·(h - z)
	}
	return fusion.Fused{Pooled: z}
}
