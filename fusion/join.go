package fusion

import (
	"cmp"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// join concatenates the pooled vectors of modalities, (B, M·D): each is projected to the same width
// and normalised, so that none drowns out another, and replaced with a learned vector in rows that
// lack it (if absence is possible).
type join struct {
	project []*nn.Linear
	norm    []*nn.LayerNorm
	absent  []*nn.Param // (D) each
	order   []int       // of modalities, by name
	path    string
}

// byName orders inputs by name, so that their order in a config has no effect.
func byName(in []Input) []int {
	order := make([]int, len(in))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(in[a].Name, in[b].Name) })
	return order
}

// newJoin creates a join with width dim per modality.
func newJoin(s *nn.Scope, in []Input, dim int) *join {
	j := &join{order: byName(in), path: s.Path(), project: make([]*nn.Linear, len(in)), norm: make([]*nn.LayerNorm, len(in)), absent: make([]*nn.Param, len(in))}
	for _, i := range j.order {
		m := s.In(in[i].Name)
		j.project[i] = nn.NewLinear(m.In("project"), in[i].Dim, dim)
		j.norm[i] = nn.NewLayerNorm(m.In("norm"), dim)
		j.absent[i] = m.Param("absent", []int{dim}, nn.Normal(0.02), nn.NoDecay)
	}
	return j
}

// forward maps pooled vectors (B, D_m) to (B, M·D).
func (j *join) forward(g *nn.Graph, pooled, present []*gorgonia.Node) *gorgonia.Node {
	if j == nil {
		g.Fail(notMade)
	}
	var xs []*gorgonia.Node
	for _, i := range j.order {
		h := j.norm[i].Forward(g, j.project[i].Forward(g, pooled[i]))
		g = g.At(j.path)
		xs = append(xs, g.Apply(op.OrElse{}, h, g.Param(j.absent[i]), present[i]))
	}
	return g.At(j.path).Concat(1, xs...)
}

// anyPresent is the presence of a whole: that of any of its parts.
func anyPresent(g *nn.Graph, present []*gorgonia.Node) *gorgonia.Node {
	if len(present) == 1 {
		return present[0]
	}
	return g.Apply(op.AnyPresent{M: len(present)}, present...)
}

// needFeatures rejects inputs that have scores.
func needFeatures(s *nn.Scope, kind string, in []Input) error {
	for _, i := range in {
		if i.Scores {
			return fmt.Errorf("%s: %s combines features, but %q has scores; put score_average at the top of the tree", s.Path(), kind, i.Name)
		}
	}
	return nil
}

// needTokens rejects a single modality with a single token: the softmax over one key is always 1,
// so the attention would reduce to a linear map.
func needTokens(s *nn.Scope, kind string, in []Input) error {
	if len(in) == 1 && in[0].Tokens == 1 {
		return fmt.Errorf("%s: %s uses attention between tokens, but %q has only one, over which attention is a constant; give its encoder more tokens, or use concat", s.Path(), kind, in[0].Name)
	}
	return nil
}

func pooledAndPresent(ms []Modality) (pooled, present []*gorgonia.Node) {
	for _, m := range ms {
		pooled = append(pooled, m.Pooled)
	}
	return pooled, presences(ms)
}

func presences(ms []Modality) []*gorgonia.Node {
	var present []*gorgonia.Node
	for _, m := range ms {
		present = append(present, m.Present)
	}
	return present
}
