package fusion

import (
	"fmt"
	"slices"
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// FiLMConfig configures the fusion `film`.
type FiLMConfig struct {
	// Target is the modality whose features are modulated.
	Target string `yaml:"target" validate:"required"`
	// Condition is the modality that modulates them. By default these are all inputs but the
	// target, and their effects add up.
	Condition string `yaml:"condition"`
}

// Passes names the modality whose tokens and presence the result has; see Node.Passes.
func (c FiLMConfig) Passes() string { return c.Target }

// FiLM lets one modality steer the processing of another (feature-wise linear modulation; Perez et
// al., 2018): features y of the target become y·(1 + γ) + β, where (γ, β) is a linear map of the
// condition's normalised vector, initialised to zero and so to the identity.
//
// An input whose encoder is encoders.Modulated is modulated inside it; in a CNN, each channel of
// each block. For other encoders, and for nested fusions, the features of the output tokens and
// vector are modulated. The result is the target's encoding, present where the target is; an absent
// condition changes nothing.
type FiLM struct {
	target     int
	conditions []*condition
	places     []int // number of features at each modulated position
	inside     bool  // inside the target's encoder
	shape      encoders.Shape
	span       Span
	name, path string
}

// condition is a steering modality.
type condition struct {
	input int
	norm  *nn.LayerNorm
	maps  []*nn.Linear // (2·C, D) for each position
}

// NewFiLM creates a FiLM.
func NewFiLM(s *nn.Scope, set Setting, c FiLMConfig) (*FiLM, error) {
	if err := needFeatures(s, "film", set.Inputs); err != nil {
		return nil, err
	}
	find := func(name string) int {
		return slices.IndexFunc(set.Inputs, func(in Input) bool { return in.Name == name })
	}
	f := &FiLM{target: find(c.Target), name: c.Target, path: s.Path()}
	switch {
	case f.target < 0 || c.Condition != "" && find(c.Condition) < 0:
		return nil, fmt.Errorf("%s: target %q and condition %q must each name one of its inputs", s.Path(), c.Target, c.Condition)
	case c.Target == c.Condition || len(set.Inputs) < 2:
		return nil, fmt.Errorf("%s: %q would be its own condition; film needs another modality to steer it", s.Path(), c.Target)
	case c.Condition != "" && len(set.Inputs) > 2:
		return nil, fmt.Errorf("%s: of %d inputs, only two are target and condition; omit `condition` to let all others steer the target", s.Path(), len(set.Inputs))
	}
	for i, in := range set.Inputs {
		if i != f.target && in.Dim == 1 {
			return nil, fmt.Errorf("%s: the condition %q has one feature, which is constant after normalisation; give its encoder more", s.Path(), in.Name)
		}
	}
	target := set.Inputs[f.target]
	f.span = Span{Name: target.Name, Tokens: target.Tokens}
	f.shape, f.inside, f.places = target.Shape, len(target.Channels) > 0, target.Channels
	if !f.inside {
		f.places = []int{target.Dim}
	}
	for _, i := range byName(set.Inputs) {
		if i != f.target {
			f.conditions = append(f.conditions, newCondition(s.In(set.Inputs[i].Name), i, set.Inputs[i].Dim, f.places))
		}
	}
	return f, nil
}

func newCondition(s *nn.Scope, input, dim int, places []int) *condition {
	c := &condition{input: input, norm: nn.NewLayerNorm(s.In("norm"), dim)}
	for i, n := range places {
		l := nn.NewLinear(s.In("modulation"+strconv.Itoa(i)), dim, 2*n)
		clear(l.Weight.Data) // the identity
		c.maps = append(c.maps, l)
	}
	return c
}

// Modulates names the target if it is modulated inside its encoder.
func (f *FiLM) Modulates() string {
	if f.inside {
		return f.name
	}
	return ""
}

// Spans are the target's tokens.
func (f *FiLM) Spans() []Span { return []Span{f.span} }

// Shape is the target's shape.
func (f *FiLM) Shape() encoders.Shape { return f.shape }

// Fuse maps the target's encoding to another of the same shape.
func (f *FiLM) Fuse(g *nn.Graph, ms []Modality) Fused {
	if len(ms) <= f.target {
		g.Fail(notMade)
	}
	g = g.At(f.path)
	by := f.modulations(g, ms)
	m := ms[f.target]
	y := m.Encoding
	if f.inside {
		y = m.Encode(g, by)
	} else {
		y.Tokens, y.Pooled = by[0].Apply(g, y.Tokens, 2), by[0].Apply(g, y.Pooled, 1)
	}
	pooled := g.Apply(op.PresentMean{M: 1, Zero: true}, y.Pooled, m.Present)
	return Fused{Pooled: pooled, Tokens: y.Tokens, Mask: y.Mask, Present: m.Present}
}

// modulations returns γ and β for each position.
func (f *FiLM) modulations(g *nn.Graph, ms []Modality) []encoders.Modulation {
	by := make([]encoders.Modulation, len(f.places))
	for i, n := range f.places {
		var sums []*gorgonia.Node
		for _, c := range f.conditions {
			m := ms[c.input]
			x := c.maps[i].Forward(g, c.norm.Forward(g, m.Pooled)) // (B, 2·C)
			sums = append(sums, g.Apply(op.PresentMean{M: 1, Zero: true}, x, m.Present))
		}
		both := g.Sum(sums...)
		by[i] = encoders.Modulation{Gamma: g.Slice(both, 1, 0, n), Beta: g.Slice(both, 1, n, 2*n)}
	}
	return by
}
