package fusion

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// MixtureConfig configures the fusion `mixture`.
type MixtureConfig struct {
	// Dim is the width to which each modality is projected, for its head and for the gate.
	Dim int `yaml:"dim" default:"64" validate:"min=1,max=8192"`
	// Gate is the width of the gate's hidden layer.
	Gate int `yaml:"gate" default:"32" validate:"min=1,max=8192"`
	// Hidden are the widths of hidden layers in each modality's head.
	Hidden []int `yaml:"hidden" validate:"max=16,dive,min=1,max=32768"`
	// Dropout of the inputs of heads and gate, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Decides is true: modalities decide by themselves.
func (MixtureConfig) Decides() bool { return true }

// Mixture is late fusion that learns which modality to trust, row by row (a mixture of experts, one
// per modality; Jacobs et al., 1991): every modality decides with a head of its own, s_m, and a
// gate that sees all of them weights the decisions, Σ_m g_m s_m over those present (probabilities,
// or numbers for regression). With u_m = LN(P_m x_m), the gate is the softmax over the present m of
// v_m · relu(Σ_k A_k u_k + a) + c_m.
//
// It is trained on the mixture and, like ScoreAverage, on the decision of each head in the rows
// that have its modality. With the mixture alone, a head that the gate does not trust would learn
// nothing, and be useless where its modality is the only one present. The price is that heads
// cannot specialise according to the gate: what no modality shows on its own is hardly learned.
//
// For a single modality there is nothing to weight, and no gate.
type Mixture struct {
	features *features
	heads    []*nn.MLP    // by name; nil if the modality has scores
	gateIn   []*nn.Linear // A, by name; nil for a single modality
	bias     *nn.Param    // a
	gateOut  []*nn.Linear // v and c, by name
	set      Setting
	dropout  float64
	path     string
}

// NewMixture creates a Mixture.
func NewMixture(s *nn.Scope, set Setting, c MixtureConfig) (*Mixture, error) {
	if set.Outputs < 1 {
		return nil, fmt.Errorf("%s: mixture needs an output to predict", s.Path())
	}
	if len(set.Inputs) == 1 && set.Inputs[0].Scores {
		return nil, fmt.Errorf("%s: mixture weights several decisions, but %q makes only one; remove the mixture", s.Path(), set.Inputs[0].Name)
	}
	inputs := append([]Input{}, set.Inputs...)
	for i, in := range inputs {
		if in.Scores { // the gate sees scores if there is nothing else
			inputs[i].Shape = encoders.Shape{Tokens: 1, Dim: set.Outputs}
		}
	}
	f := &Mixture{features: newFeatures(s, inputs, c.Dim), set: set, dropout: c.Dropout, path: s.Path()}
	for _, i := range f.features.order {
		in := set.Inputs[i]
		var head *nn.MLP
		if !in.Scores {
			widths := append(append([]int{c.Dim}, c.Hidden...), set.Outputs)
			head = nn.NewMLP(s.In(in.Name).In("head"), op.ReLU, c.Dropout, widths...)
		}
		f.heads = append(f.heads, head)
		if len(inputs) > 1 {
			f.gateIn = append(f.gateIn, nn.NewLinearNoBias(s.In(in.Name).In("look"), c.Dim, c.Gate))
			f.gateOut = append(f.gateOut, nn.NewLinear(s.In(in.Name).In("trust"), c.Gate, 1))
		}
	}
	if len(inputs) > 1 {
		f.bias = s.Param("bias", []int{c.Gate}, nn.Zeros)
	}
	return f, nil
}

// Shape is zero, since the result is scores.
func (f *Mixture) Shape() encoders.Shape { return encoders.Shape{} }

// Fuse maps pooled vectors (B, D_m) to Logits (B, Outputs) and the Scores they mix. A modality's
// share is its gate weight.
func (f *Mixture) Fuse(g *nn.Graph, ms []Modality) Fused {
	ms = append([]Modality{}, ms...)
	for i, in := range f.set.Inputs {
		if in.Scores {
			ms[i].Pooled = ms[i].Logits
		}
	}
	ps := f.features.forward(g, ms).orZeros(g.At(f.path))
	var out Fused
	var logits []*gorgonia.Node
	for m, p := range ps {
		ps[m].u = g.At(f.path+"."+p.name).Dropout(p.u, f.dropout)
		l := ms[f.features.order[m]].Logits
		if f.heads[m] != nil {
			l = f.heads[m].Forward(g, ps[m].u)
		}
		logits = append(logits, l)
		out.Scores = append(out.Scores, Score{Name: p.name, Logits: l, Present: p.present})
	}
	weights := f.gate(g, ps)
	g = g.At(f.path)
	out.Shares, out.Joint = meanShares(g, ps, weights), f.gateIn != nil
	in := append(ps.with(logits), weights)
	if f.set.Decision == Value {
		out.Logits = g.Apply(op.PresentWeighted{M: len(ps)}, in...)
	} else {
		out.Logits = g.Apply(op.MixScores{M: len(ps), Sigmoid: f.set.Decision == Sigmoid}, in...)
	}
	return out
}

// gate returns the weight of each modality, (B, M, 1).
func (f *Mixture) gate(g *nn.Graph, ps parts) *gorgonia.Node {
	if f.gateIn == nil {
		return g.Reshape(g.At(f.path).Apply(op.PresentShares{M: 1}, ps.present()...), ps[0].u.Shape()[0], 1, 1)
	}
	var seen, logits []*gorgonia.Node
	for m, p := range ps {
		seen = append(seen, f.gateIn[m].Forward(g, p.u))
	}
	at := g.At(f.path)
	hidden := at.Activate(op.ReLU, at.Add(at.Sum(seen...), at.Param(f.bias)))
	for m := range ps {
		logits = append(logits, f.gateOut[m].Forward(g, hidden))
	}
	return at.Apply(op.PresentSoftmax{M: len(ps)}, ps.with(logits)...)
}
