package fusion_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/fusion/fusiontest"
	"github.com/chiasm-ml/chiasm/nn"
)

// maker is a constructor bound to its config.
type maker = func(*nn.Scope, fusion.Setting) (fusion.Fusion, error)

// operator is a registered fusion, and what is known of it by definition.
type operator struct {
	// of makes it for some inputs, as small as it goes.
	of func(in []fusion.Input) maker
	// parameters is its formula.
	parameters func(in []fusion.Input) int
	// subsets: see fusiontest.Case.
	subsets bool
	// refuses is a part of why it cannot join these inputs; empty where it can.
	refuses func(in []fusion.Input) string
}

// always is an operator's maker where it does not depend on the inputs.
func always(m maker) func([]fusion.Input) maker { return func([]fusion.Input) maker { return m } }

// classes is what scores are of.
const classes = 3

// featuresOf is the formula of projections to a width, and their norms.
func featuresOf(dim int, in []fusion.Input) int {
	n := 0
	for _, i := range in {
		n += linear(i.Dim, dim) + norm(dim)
	}
	return n
}

func power(x, n int) int {
	p := 1
	for range n {
		p *= x
	}
	return p
}

// operators has an entry for every registered name. A new one goes here: it is
// then checked over one to four modalities, of one token each and of several,
// every subset of them present.
var operators = map[string]operator{
	"concat": {
		of:         always(with(fusion.NewConcat, fusion.ConcatConfig{Dim: 3, Hidden: []int{4}, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int { return join(3, in...) + linear(3*len(in), 4) },
	},
	"sum": {
		of:         always(with(fusion.NewSum, fusion.SumConfig{Dim: 3, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int { return featuresOf(3, in) },
		subsets:    true,
	},
	"max": {
		of:         always(with(fusion.NewMax, fusion.MaxConfig{Dim: 3, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int { return featuresOf(3, in) },
		subsets:    true,
	},
	"gated": {
		of: always(with(fusion.NewGated, fusion.GatedConfig{Dim: 3, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int {
			n := featuresOf(3, in) + len(in)*3*3
			if len(in) > 1 {
				n += len(in) * len(in) * 3 * 3
			}
			return n
		},
		subsets: true,
	},
	"attention_pool": {
		of: always(with(fusion.NewAttentionPool, fusion.AttentionPoolConfig{Dim: 3, Hidden: 2, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int {
			n := featuresOf(3, in)
			if len(in) > 1 {
				n += 3*2 + 2
			}
			return n
		},
		subsets: true,
	},
	"bilinear": {
		of:         always(with(fusion.NewBilinear, fusion.BilinearConfig{Dim: 3, Rank: 2, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int { return featuresOf(3, in) + len(in)*linear(3, 2*3) + 2*3 + 3 },
		subsets:    true,
	},
	"tensor": {
		of:         always(with(fusion.NewTensor, fusion.TensorConfig{Dim: 3, Hidden: []int{2}, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int { return featuresOf(3, in) + linear(power(4, len(in)), 2) },
	},
	"mixture": {
		of: always(with(fusion.NewMixture, fusion.MixtureConfig{Dim: 3, Gate: 4, Hidden: []int{2}, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int {
			n := featuresOf(3, in) + len(in)*(linear(3, 2)+linear(2, classes))
			if len(in) > 1 {
				n += len(in)*(3*4+linear(4, 1)) + 4
			}
			return n
		},
		subsets: true,
	},
	"score_average": {
		of: always(with(fusion.NewScoreAverage, fusion.ScoreAverageConfig{Hidden: []int{2}, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int {
			n := 0
			for _, i := range in {
				n += linear(i.Dim, 2) + linear(2, classes)
			}
			return n
		},
		subsets: true,
	},
	"cross_attention": {
		of: always(with(fusion.NewCrossAttention, fusion.CrossAttentionConfig{Dim: 3, Heads: 1, Layers: 1, Hidden: 2, Dropout: 0.1})),
		parameters: func(in []fusion.Input) int {
			n := len(in) * ((len(in)-1)*crossBlock(3, 2) + linear(3, 3) + norm(3) + 3)
			for _, i := range in {
				if i.Dim != 3 {
					n += linear(i.Dim, 3)
				}
			}
			return n
		},
		refuses: func(in []fusion.Input) string {
			switch {
			case len(in) == 1:
				return "cross_attention joins two or more modalities, not 1"
			case in[0].Tokens == 1:
				return "has one token, and attention over one key is a constant"
			}
			return ""
		},
	},
	"film": {
		of: always(with(fusion.NewFiLM, fusion.FiLMConfig{Target: "picture"})),
		parameters: func(in []fusion.Input) int {
			n := 0
			for _, i := range in[1:] {
				n += norm(i.Dim) + linear(i.Dim, 2*in[0].Dim)
			}
			return n
		},
		refuses: func(in []fusion.Input) string {
			if len(in) == 1 {
				return `"picture" would be its own condition`
			}
			return ""
		},
	},
	"early": {
		refuses: oneToken("early"),
		of:      always(with(fusion.NewEarly, fusion.EarlyConfig{Dim: 3, Heads: 1, Layers: 1, Hidden: 2, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int {
			return streams(3, in...) + selfBlock(3, 2) + norm(3)
		},
		subsets: true,
	},
	"perceiver": {
		refuses: oneToken("perceiver"),
		of:      always(with(fusion.NewPerceiver, fusion.PerceiverConfig{Dim: 3, Latents: 2, Heads: 1, Layers: 1, Hidden: 2, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int {
			return streams(3, in...) + 2*3 + crossBlock(3, 2) + selfBlock(3, 2) + norm(3)
		},
		subsets: true,
	},
	"bottleneck": {
		of: always(with(fusion.NewBottleneck, fusion.BottleneckConfig{Dim: 3, Bottlenecks: 1, Heads: 1, Layers: 2, Hidden: 2, Dropout: 0.2})),
		parameters: func(in []fusion.Input) int {
			return streams(3, in...) + 3 + len(in)*2*selfBlock(3, 2) + norm(3)
		},
		subsets: true,
	},
}

// oneToken is why nothing can attend within a single token.
func oneToken(kind string) func([]fusion.Input) string {
	return func(in []fusion.Input) string {
		if len(in) == 1 && in[0].Tokens == 1 {
			return kind + " uses attention between tokens, but \"picture\" has only one"
		}
		return ""
	}
}

// modalities are n of them, of one token each or of several.
func modalities(n int, tokens bool) []fusion.Input {
	in := []fusion.Input{input("picture", 3, 2), input("caption", 2, 4), input("facts", 2, 3), input("sound", 4, 3)}[:n]
	for i := range in {
		if !tokens {
			in[i].Tokens = 1
		}
	}
	return in
}

func TestEveryOperatorOverEveryInput(t *testing.T) {
	var registered []string
	for _, e := range config.Builtin().Fusions() {
		registered = append(registered, e.Name)
	}
	names := slices.Sorted(maps.Keys(operators))
	if !slices.Equal(names, registered) {
		t.Errorf("there are cases of %v, and registered are %v", names, registered)
	}
	for _, name := range names {
		o := operators[name]
		for n := 1; n <= 4; n++ {
			for _, tokens := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s of %d, tokens %v", name, n, tokens), func(t *testing.T) {
					in := modalities(n, tokens)
					if o.refuses != nil && o.refuses(in) != "" {
						_, err := o.of(in)(nn.NewScope(1).In("fusion"), fusion.Setting{Inputs: in, Outputs: classes})
						if want := o.refuses(in); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "fusion") {
							t.Errorf("error %v, want %q", err, want)
						}
						return
					}
					fusiontest.Run(t, fusiontest.Case{
						Inputs: in, Outputs: classes, New: o.of(in), Parameters: o.parameters(in), Subsets: o.subsets,
						Most: []int{0, 0, 6, 2, 1}[n],
					})
				})
			}
		}
	}
}
