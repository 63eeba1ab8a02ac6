package fusion

import (
	"fmt"
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// CrossAttentionConfig configures the fusion `cross_attention`.
type CrossAttentionConfig struct {
	// Dim is the width of all tokens; inputs of another width are projected.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=8192"`
	// Heads is the number of attention heads; it divides dim.
	Heads int `yaml:"heads" default:"4" validate:"min=1,max=256"`
	// Layers is the number of layers per pair.
	Layers int `yaml:"layers" default:"1" validate:"min=1,max=32"`
	// Hidden is the width of the feed-forward's hidden layer; 0 means 4·dim.
	Hidden int `yaml:"hidden" validate:"min=0,max=32768"`
	// Dropout of attention weights and branches, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
	// Pairs restricts which modality attends to which; every ordered pair by default.
	Pairs []Pair `yaml:"pairs"`
}

// Pair is one direction of attention.
type Pair struct {
	// Query is the modality whose tokens are the queries.
	Query string `yaml:"query" validate:"required"`
	// Key is the modality whose tokens are the keys and values.
	Key string `yaml:"key" validate:"required"`
}

// Validate checks constraints that the tags cannot express.
func (c CrossAttentionConfig) Validate() error { return attention.CheckHeads(c.Dim, c.Heads) }

// Attends reports that this fusion reads tokens; see encoders.Input.Attended.
func (CrossAttentionConfig) Attends() bool { return true }

// CrossAttention lets the tokens of modalities attend to those of others (Tsai et al., 2019; Lu et
// al., 2019). For each ordered pair (a, b), layers of X ← X + attention(q = LN X, k = v = LN X_b)
// and feed-forward start from a's tokens. The results for a are averaged over the modalities
// present (or are its own tokens if there are none), then over tokens; these vectors are joined as
// in concat.
type CrossAttention struct {
	project []*nn.Linear // nil if the width already matches
	pairs   []*pair
	join    *join
	inputs  []Input
	dim     int
	path    string
}

// pair holds the layers of one direction.
type pair struct {
	query, key int
	layers     []*attention.Block
}

// NewCrossAttention creates a CrossAttention. An input whose encoder yields a single token cannot
// be attended to: the softmax over one key is always 1, so the attention would reduce to a linear
// map.
func NewCrossAttention(s *nn.Scope, set Setting, c CrossAttentionConfig) (*CrossAttention, error) {
	if err := needFeatures(s, "cross_attention", set.Inputs); err != nil {
		return nil, err
	}
	if len(set.Inputs) < 2 {
		return nil, fmt.Errorf("%s: cross_attention needs two or more modalities, not %d", s.Path(), len(set.Inputs))
	}
	f := &CrossAttention{dim: c.Dim, inputs: set.Inputs, path: s.Path(), project: make([]*nn.Linear, len(set.Inputs))}
	order := byName(set.Inputs)
	for _, i := range order {
		if in := set.Inputs[i]; in.Dim != c.Dim {
			f.project[i] = nn.NewLinear(s.In(in.Name).In("tokens"), in.Dim, c.Dim)
		}
	}
	chosen, err := choosePairs(s, set.Inputs, order, c.Pairs)
	if err != nil {
		return nil, err
	}
	for _, p := range chosen {
		at := s.In(set.Inputs[p.query].Name + "_to_" + set.Inputs[p.key].Name)
		for l := range c.Layers {
			b, err := attention.NewCross(at.In("layer"+strconv.Itoa(l)), attention.Config{Dim: c.Dim, Heads: c.Heads, Hidden: c.Hidden, Dropout: c.Dropout})
			if err != nil {
				return nil, err
			}
			p.layers = append(p.layers, b)
		}
	}
	f.pairs = chosen
	joined := make([]Input, len(set.Inputs))
	for i, in := range set.Inputs {
		joined[i] = Input{Name: in.Name, Shape: encoders.Shape{Tokens: 1, Dim: c.Dim}}
	}
	f.join = newJoin(s.In("join"), joined, c.Dim)
	return f, nil
}

// choosePairs returns the named pairs, or all of them, ordered by name.
func choosePairs(s *nn.Scope, in []Input, order []int, named []Pair) ([]*pair, error) {
	index := map[string]int{}
	for i, m := range in {
		index[m.Name] = i
	}
	wanted := map[[2]int]bool{}
	for _, p := range named {
		q, okq := index[p.Query]
		k, okk := index[p.Key]
		if !okq || !okk || q == k {
			return nil, fmt.Errorf("%s: the pair (query %s, key %s) must name two of its inputs", s.Path(), p.Query, p.Key)
		}
		wanted[[2]int{q, k}] = true
	}
	var ps []*pair
	for _, q := range order {
		for _, k := range order {
			if q == k || len(named) > 0 && !wanted[[2]int{q, k}] {
				continue
			}
			if in[k].Tokens == 1 {
				return nil, fmt.Errorf("%s: %q has one token, and attention over one key is a constant; give its encoder more tokens, leave it out of `pairs`, or use concat", s.Path(), in[k].Name)
			}
			ps = append(ps, &pair{query: q, key: k})
		}
	}
	return ps, nil
}

// Attentions lists those of each pair and layer.
func (f *CrossAttention) Attentions() []Attention {
	var all []Attention
	for _, p := range f.pairs {
		for l, b := range p.layers {
			all = append(all, Attention{Queries: f.span(p.query), Keys: f.span(p.key), Layer: l, MultiHead: b.Attention})
		}
	}
	return all
}

func (f *CrossAttention) span(input int) []Span {
	return []Span{{Name: f.inputs[input].Name, Tokens: f.inputs[input].Tokens}}
}

// Shape is that of the joined vector.
func (f *CrossAttention) Shape() encoders.Shape {
	return encoders.Shape{Tokens: 1, Dim: f.dim * len(f.project)}
}

// Fuse maps tokens (B, T_m, D_m) to one vector (B, M·D).
func (f *CrossAttention) Fuse(g *nn.Graph, ms []Modality) Fused {
	xs := make([]*gorgonia.Node, len(ms))
	for i, m := range ms {
		xs[i] = m.Tokens
		if f.project[i] != nil {
			xs[i] = f.project[i].Forward(g, m.Tokens)
		}
	}
	learnt := make([][]*gorgonia.Node, len(ms))
	from := make([][]*gorgonia.Node, len(ms)) // presence of the modalities attended to
	for _, p := range f.pairs {
		y := xs[p.query]
		for _, l := range p.layers {
			y = l.Cross(g, y, xs[p.key], ms[p.key].Mask)
		}
		learnt[p.query] = append(learnt[p.query], y)
		from[p.query] = append(from[p.query], ms[p.key].Present)
	}
	g = g.At(f.path)
	pooled := make([]*gorgonia.Node, len(ms))
	present := make([]*gorgonia.Node, len(ms))
	for i, m := range ms {
		x := xs[i]
		if n := len(learnt[i]); n > 0 {
			in := append(append([]*gorgonia.Node{x}, learnt[i]...), from[i]...)
			x = g.Apply(op.PresentMean{M: n}, in...)
		}
		pooled[i], present[i] = g.MaskedMean(x, m.Mask), m.Present
	}
	return Fused{Pooled: f.join.forward(g, pooled, present)}
}
