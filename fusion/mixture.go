package fusion

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// MixtureConfig is the config of the fusion `mixture`.
type MixtureConfig struct {
	// Dim is the width that each modality is projected to, for its head and for
	// the gate.
	Dim int `yaml:"dim" default:"64" validate:"min=1,max=8192"`
	// Gate is the width of the gate's hidden layer.
	Gate int `yaml:"gate" default:"32" validate:"min=1,max=8192"`
	// Hidden are the widths of hidden layers in each modality's head.
	Hidden []int `yaml:"hidden" validate:"max=16,dive,min=1,max=32768"`
	// Dropout of what heads and gate are given, while training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Mixture is late fusion that learns whom to trust, row by row (a mixture of
// experts, one a modality; Jacobs et al., 1991): every modality decides with a
// head of its own, s_m, and a gate that sees all of them weighs the decisions,
// Σ_m g_m s_m over those present (probabilities, or numbers for regression).
// With u_m = LN(P_m x_m) the gate is softmax over the present m of
// v_m · relu(Σ_k A_k u_k + a) + c_m.
//
// It is trained on the mixture, and, as ScoreAverage is, on the decision of each
// head in the rows that have its modality: by the mixture alone a head that the
// gate does not trust would learn nothing, and be of no use where its modality
// is the only one. The price is that heads cannot specialise for what the gate
// sees: of what no modality shows alone little is learnt.
//
// Of a single modality there is nothing to weigh, and no gate.
type Mixture struct {
	features *features
	heads    []*nn.MLP    // by name; nil where the modality brings scores
	look     []*nn.Linear // A, by name; nil for a single modality
	bias     *nn.Param    // a
	trust    []*nn.Linear // v and c, by name
	set      Setting
	dropout  float64
	path     string
}

// NewMixture makes a Mixture.
func NewMixture(s *nn.Scope, set Setting, c MixtureConfig) (*Mixture, error) {
	if set.Outputs < 1 {
		return nil, fmt.Errorf("%s: mixture needs an output to decide on", s.Path())
	}
	if len(set.Inputs) == 1 && set.Inputs[0].Scores {
		return nil, fmt.Errorf("%s: mixture weighs decisions, and of %q alone there is one; leave the mixture out", s.Path(), set.Inputs[0].Name)
	}
	inputs := append([]Input{}, set.Inputs...)
	for i, in := range inputs {
		if in.Scores { // the gate looks at scores where there is nothing else
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
			f.look = append(f.look, nn.NewLinearNoBias(s.In(in.Name).In("look"), c.Dim, c.Gate))
			f.trust = append(f.trust, nn.NewLinear(s.In(in.Name).In("trust"), c.Gate, 1))
		}
	}
	if len(inputs) > 1 {
		f.bias = s.Param("bias", []int{c.Gate}, nn.Zeros)
	}
	return f, nil
}

// Shape is zero: it makes scores.
func (f *Mixture) Shape() encoders.Shape { return encoders.Shape{} }

// Fuse maps pooled vectors (B, D_m) to Logits (B, Outputs) and the Scores they
// mix. A modality's share is what the gate gives it.
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
	out.Shares, out.Joint = meanShares(g, ps, weights), f.look != nil
	in := append(ps.with(logits), weights)
	if f.set.Decision == Value {
		out.Logits = g.Apply(op.PresentWeighted{M: len(ps)}, in...)
	} else {
		out.Logits = g.Apply(op.MixScores{M: len(ps), Sigmoid: f.set.Decision == Sigmoid}, in...)
	}
	return out
}

// gate is how much each modality is trusted, (B, M, 1).
func (f *Mixture) gate(g *nn.Graph, ps parts) *gorgonia.Node {
	if f.look == nil {
		return g.Reshape(g.At(f.path).Apply(op.PresentShares{M: 1}, ps.present()...), ps[0].u.Shape()[0], 1, 1)
	}
	var seen, logits []*gorgonia.Node
	for m, p := range ps {
		seen = append(seen, f.look[m].Forward(g, p.u))
	}
	at := g.At(f.path)
	hidden := at.Activate(op.ReLU, at.Add(at.Sum(seen...), at.Param(f.bias)))
	for m := range ps {
		logits = append(logits, f.trust[m].Forward(g, hidden))
	}
	return at.Apply(op.PresentSoftmax{M: len(ps)}, ps.with(logits)...)
}
