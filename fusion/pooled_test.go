package fusion_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/fusion/fusiontest"
	"github.com/chiasm-ml/chiasm/internal/cases"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

func TestMixtureOfDecisions(t *testing.T) {
	below := fusion.Input{Name: "below", Scores: true}
	config := fusion.MixtureConfig{Dim: 3, Gate: 4, Hidden: []int{2}, Dropout: 0.2}
	own := func(outputs int, in ...fusion.Input) int {
		return cases.Features(3, in) + len(in)*(linear(3, 2)+linear(2, outputs)+3*4+linear(4, 1)) + 4
	}
	// The scores from below have no head; the gate looks at their logits.
	judged := linear(cases.Classes, 3) + norm(3) + 3*4 + linear(4, 1)
	for name, c := range map[string]struct {
		inputs     []fusion.Input
		outputs    int
		decision   fusion.Decision
		parameters int
	}{
		"sigmoid":           {three, 2, fusion.Sigmoid, own(2, three...)},
		"one sigmoid":       {two, 1, fusion.Sigmoid, own(1, two...)},
		"value":             {three, 1, fusion.Value, own(1, three...)},
		"scores from below": {[]fusion.Input{picture, below, caption}, cases.Classes, fusion.Softmax, own(cases.Classes, two...) + judged},
	} {
		t.Run(name, func(t *testing.T) {
			fusiontest.Run(t, fusiontest.Case{
				Inputs: c.inputs, Outputs: c.outputs, Decision: c.decision,
				New: cases.With(fusion.NewMixture, config), Parameters: c.parameters, Subsets: name != "scores from below", Most: 6,
			})
		})
	}
}

func TestImpossiblePooled(t *testing.T) {
	below := fusion.Input{Name: "below", Scores: true}
	for name, c := range map[string]struct {
		inputs []fusion.Input
		make   cases.Maker
		want   string
	}{
		"a tensor too large": {modalities(4, false), cases.With(fusion.NewTensor, fusion.TensorConfig{Dim: 16, Hidden: []int{2}}),
			"the tensor product of 4 inputs of dim 16 has more than 65536 numbers per row; lower dim, or use bilinear"},
		"sum of scores":            {[]fusion.Input{picture, below}, cases.With(fusion.NewSum, fusion.SumConfig{Dim: 2}), "sum combines features"},
		"maximum of scores":        {[]fusion.Input{picture, below}, cases.With(fusion.NewMax, fusion.MaxConfig{Dim: 2}), "max combines features"},
		"gates over scores":        {[]fusion.Input{picture, below}, cases.With(fusion.NewGated, fusion.GatedConfig{Dim: 2}), "gated combines features"},
		"attention over scores":    {[]fusion.Input{picture, below}, cases.With(fusion.NewAttentionPool, fusion.AttentionPoolConfig{Dim: 2, Hidden: 2}), "attention_pool combines features"},
		"products of scores":       {[]fusion.Input{picture, below}, cases.With(fusion.NewBilinear, fusion.BilinearConfig{Dim: 2, Rank: 1}), "bilinear combines features"},
		"a tensor of scores":       {[]fusion.Input{picture, below}, cases.With(fusion.NewTensor, fusion.TensorConfig{Dim: 2, Hidden: []int{2}}), "tensor combines features"},
		"a mixture of one's score": {[]fusion.Input{below}, cases.With(fusion.NewMixture, fusion.MixtureConfig{Dim: 2, Gate: 2}), `but "below" makes only one`},
	} {
		_, err := c.make(nn.NewScope(1).In("fusion"), fusion.Setting{Inputs: c.inputs, Outputs: cases.Classes})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "fusion: ") {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	_, err := fusion.NewMixture(nn.NewScope(1).In("fusion"), fusion.Setting{Inputs: two}, fusion.MixtureConfig{Dim: 2, Gate: 2})
	if err == nil || !strings.Contains(err.Error(), "needs an output") {
		t.Errorf("a mixture of nothing to decide: error %v", err)
	}
	// One feature less fits: 16^4 numbers.
	if _, err := fusion.NewTensor(nn.NewScope(1).In("fusion"), fusion.Setting{Inputs: modalities(4, false)}, fusion.TensorConfig{Dim: 15, Hidden: []int{2}}); err != nil {
		t.Error(err)
	}
}

// An input whose features are a thousand times as large as another's does not
// drown it: what the other says changes the result, for its size, about as much
// as it did.
func TestNoModalityDrownsAnother(t *testing.T) {
	in := []fusion.Input{input("caption", 3, 8), input("picture", 4, 8)}
	for _, o := range cases.Fusions {
		if o.Name == "film" {
			continue // the result is its target, in its measure
		}
		p := overInputs(t, in, o)
		change := func(of string, scaled string) float64 {
			before, after := slices.Clone(answer(t, p, in, scaled, "")), answer(t, p, in, scaled, of)
			d, size := 0.0, 0.0
			for j, v := range after {
				d, size = d+math.Abs(float64(v-before[j])), size+math.Abs(float64(before[j]))
			}
			return d / size
		}
		for _, c := range [][2]string{{"caption", "picture"}, {"picture", "caption"}} {
			plain, beside := change(c[0], ""), change(c[0], c[1])
			if plain == 0 || beside < plain/3 {
				t.Errorf("%s: another %s changes the result by %.3g of it, and by %.3g beside a %s of 1000 times the size", o.Name, c[0], plain, beside, c[1])
			}
		}
	}
}

// overInputs is an operator, new, over inputs whose rows lack nothing; its result is
// what a head sees, or probabilities.
func overInputs(t *testing.T, in []fusion.Input, o cases.Fusion) *nn.Program {
	t.Helper()
	const b = 4
	f, err := o.Of(in)(nn.NewScope(3).In("fusion"), fusion.Setting{Inputs: in, Outputs: cases.Classes})
	if err != nil {
		t.Fatal(err)
	}
	p := nntest.Build(t, nn.Options{}, func(g *nn.Graph) {
		var ms []fusion.Modality
		for _, i := range in {
			ms = append(ms, fusion.Modality{Name: i.Name, Present: g.Constant(i.Name+".present", b, 1), Encoding: encoders.Encoding{
				Tokens: g.Input(i.Name+".tokens", b, i.Tokens, i.Dim), Mask: g.Constant(i.Name+".mask", b, i.Tokens), Pooled: g.Input(i.Name+".pooled", b, i.Dim),
			}})
		}
		fused := f.Fuse(g, ms)
		if fused.Logits != nil {
			g.Output("result", g.Apply(op.Softmax{}, fused.Logits))
		} else {
			g.Output("result", fused.Pooled)
		}
	})
	for _, i := range in {
		for _, what := range []string{".present", ".mask"} {
			for j := range p.Float(i.Name + what) {
				p.Float(i.Name + what)[j] = 1
			}
		}
	}
	return p
}

// answer is the result with one input a thousand times as large, and other
// numbers in one.
func answer(t *testing.T, p *nn.Program, in []fusion.Input, scaled, changed string) []float32 {
	t.Helper()
	for _, i := range in {
		for _, what := range []string{".tokens", ".pooled"} {
			key := rng.New(1).Name(i.Name + what)
			if i.Name == changed {
				key = key.Name("other")
			}
			for j := range p.Float(i.Name + what) {
				v := key.Normal(j)
				if i.Name == scaled {
					v *= 1000
				}
				p.Float(i.Name + what)[j] = float32(v)
			}
		}
	}
	nntest.Run(t, p, 0)
	return p.Output("result")
}
