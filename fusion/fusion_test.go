package fusion_test

import (
	"testing"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/fusion/fusiontest"
	"github.com/chiasm-ml/chiasm/internal/cases"
	"github.com/chiasm-ml/chiasm/nn"
)

// with binds a constructor to its config.
func input(name string, tokens, dim int) fusion.Input {
	return fusion.Input{Name: name, Shape: encoders.Shape{Tokens: tokens, Dim: dim}}
}

// picture, caption and facts are not in the order of their names.
var (
	picture = input("picture", 3, 2)
	caption = input("caption", 2, 4)
	facts   = input("facts", 1, 3)
)

// Formulas of numbers of parameters.
var (
	norm, linear, join = cases.Norm, cases.Linear, cases.Join
	streams, selfBlock = cases.Streams, cases.SelfBlock
	crossBlock         = cases.CrossBlock
)

func TestConcat(t *testing.T) {
	fusiontest.Run(t, fusiontest.Case{
		Inputs:     []fusion.Input{picture, caption, facts},
		New:        cases.With(fusion.NewConcat, fusion.ConcatConfig{Dim: 3, Hidden: []int{5, 2}, Dropout: 0.2}),
		Parameters: join(3, picture, caption, facts) + linear(9, 5) + linear(5, 2),
	})
}

func TestConcatOfMembers(t *testing.T) {
	member := func(in, out int) int { return in*out + 4*(in+2*out) }
	fusiontest.Run(t, fusiontest.Case{
		Inputs:     []fusion.Input{picture, caption, facts},
		New:        cases.With(fusion.NewConcat, fusion.ConcatConfig{Dim: 3, Hidden: []int{5, 2}, Dropout: 0.2, Members: 4}),
		Parameters: join(3, picture, caption, facts) + member(9, 5) + member(5, 2),
	})
}

func TestScoreAverage(t *testing.T) {
	scores := fusion.Input{Name: "below", Scores: true}
	heads := func(out int) int {
		n := 0
		for _, d := range []int{2, 4, 3} {
			n += linear(d, 2) + linear(2, out)
		}
		return n
	}
	three := []fusion.Input{picture, caption, facts}
	for name, c := range map[string]struct {
		inputs     []fusion.Input
		outputs    int
		decision   fusion.Decision
		pool       string
		prior      []float64
		parameters int
		fitted     bool
	}{
		"softmax":           {three, 3, fusion.Softmax, "linear", nil, heads(3), false},
		"sigmoid":           {three, 2, fusion.Sigmoid, "linear", nil, heads(2), false},
		"one sigmoid":       {three, 1, fusion.Sigmoid, "linear", nil, heads(1), false},
		"value":             {three, 1, fusion.Value, "linear", nil, heads(1), false},
		"scores from below": {[]fusion.Input{picture, scores, caption, facts}, 3, fusion.Softmax, "linear", nil, heads(3), false},
		"log pool":          {three, 3, fusion.Softmax, "log", []float64{0.5, 0.2, 0.3}, heads(3), false},
		"log, sigmoid":      {three, 2, fusion.Sigmoid, "log", nil, heads(2), false},
		"product":           {three, 3, fusion.Softmax, "product", []float64{0.5, 0.2, 0.3}, heads(3), false},
		"fitted":            {three, 3, fusion.Softmax, "linear", nil, heads(3), true},
		"fitted, sigmoid":   {three, 2, fusion.Sigmoid, "linear", nil, heads(2), true},
		"fitted product":    {three, 3, fusion.Softmax, "product", []float64{0.5, 0.2, 0.3}, heads(3), true},
		"product, sigmoid":  {three, 2, fusion.Sigmoid, "product", []float64{0.9, 0.2}, heads(2), false},
	} {
		t.Run(name, func(t *testing.T) {
			config := fusion.ScoreAverageConfig{Pool: c.pool, Hidden: []int{2}, Dropout: 0.2, Calibrate: c.fitted}
			if c.fitted {
				config.Weights = "fitted"
			}
			fusiontest.Run(t, fusiontest.Case{
				Inputs: c.inputs, Outputs: c.outputs, Decision: c.decision,
				New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
					set.Prior = c.prior
					return fusion.NewScoreAverage(s, set, config)
				},
				Parameters: c.parameters, Subsets: true,
			})
		})
	}
}

func TestCrossAttention(t *testing.T) {
	const dim, hidden = 4, 3
	pair := 3*norm(dim) + 4*linear(dim, dim) + linear(dim, hidden) + linear(hidden, dim)
	joined := func(n int) int { return n * (linear(dim, dim) + norm(dim) + dim) }
	config := fusion.CrossAttentionConfig{Dim: dim, Heads: 2, Layers: 1, Hidden: hidden, Dropout: 0.1}
	deep := config
	deep.Layers = 2
	named := config
	named.Pairs = []fusion.Pair{{Query: "facts", Key: "picture"}, {Query: "picture", Key: "caption"}}
	for name, c := range map[string]struct {
		inputs     []fusion.Input
		config     fusion.CrossAttentionConfig
		parameters int
	}{
		"two":   {[]fusion.Input{picture, caption}, deep, linear(2, dim) + 2*2*pair + joined(2)},
		"pairs": {[]fusion.Input{picture, caption, facts}, named, linear(2, dim) + linear(3, dim) + 2*pair + joined(3)},
	} {
		t.Run(name, func(t *testing.T) {
			fusiontest.Run(t, fusiontest.Case{Inputs: c.inputs, New: cases.With(fusion.NewCrossAttention, c.config), Parameters: c.parameters, Most: 8})
		})
	}
}
