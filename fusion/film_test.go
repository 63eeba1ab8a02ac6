package fusion_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/fusion/fusiontest"
	"github.com/chiasm-ml/chiasm/internal/cases"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
)

func TestFiLM(t *testing.T) {
	inside := picture
	inside.Channels = []int{picture.Dim, picture.Dim}
	steers := func(in fusion.Input, features int) int { return norm(in.Dim) + linear(in.Dim, 2*features) }
	for name, c := range map[string]struct {
		inputs     []fusion.Input
		config     fusion.FiLMConfig
		parameters int
	}{
		"two":    {two, fusion.FiLMConfig{Condition: "caption", Target: "picture"}, steers(caption, 2)},
		"three":  {three, fusion.FiLMConfig{Target: "caption"}, steers(picture, 4) + steers(facts, 4)},
		"inside": {[]fusion.Input{inside, facts, caption}, fusion.FiLMConfig{Target: "picture"}, steers(caption, 2) + linear(4, 4) + steers(facts, 2) + linear(3, 4)},
	} {
		t.Run(name, func(t *testing.T) {
			fusiontest.Run(t, fusiontest.Case{Inputs: c.inputs, New: cases.With(fusion.NewFiLM, c.config), Parameters: c.parameters})
		})
	}
}

func TestImpossibleFiLM(t *testing.T) {
	narrow := input("narrow", 1, 1)
	for name, c := range map[string]struct {
		inputs []fusion.Input
		config fusion.FiLMConfig
		want   string
	}{
		"no target":    {two, fusion.FiLMConfig{Target: "sound"}, `target "sound" and condition "" must each name one of its inputs`},
		"no condition": {two, fusion.FiLMConfig{Target: "picture", Condition: "sound"}, `condition "sound" must each name`},
		"itself":       {two, fusion.FiLMConfig{Target: "picture", Condition: "picture"}, `"picture" would be its own condition`},
		"alone":        {one, fusion.FiLMConfig{Target: "picture"}, `"picture" would be its own condition`},
		"a third":      {three, fusion.FiLMConfig{Target: "picture", Condition: "facts"}, "of 3 inputs, only two are target and condition"},
		"a constant":   {[]fusion.Input{picture, narrow}, fusion.FiLMConfig{Target: "picture"}, `the condition "narrow" has one feature`},
		"scores":       {[]fusion.Input{picture, {Name: "below", Scores: true}}, fusion.FiLMConfig{Target: "picture"}, "film combines features"},
	} {
		if _, err := fusion.NewFiLM(nn.NewScope(1).In("fusion"), fusion.Setting{Inputs: c.inputs}, c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func filmed(condition, target fusion.Branch, name string) *fusion.Node {
	return &fusion.Node{Type: "film", Passes: name, Of: []fusion.Branch{condition, target}, New: cases.With(fusion.NewFiLM, fusion.FiLMConfig{Target: name})}
}

// What attends to a film attends to its target, and a film over a film, or over
// what has no encoder of its own, changes features from outside.
func TestFiLMInTrees(t *testing.T) {
	inner := filmed(branch("caption"), branch("picture"), "picture")
	outer := filmed(branch("facts"), subtree(inner), "caption+picture")
	if got := attending(subtree(outer), branch("sound")).AttendedInputs(); !slices.Equal(got, []string{"picture", "sound"}) {
		t.Errorf("attended %v", got)
	}
	if got := attending(subtree(node(branch("caption"), branch("picture"))), branch("facts")).AttendedInputs(); !slices.Equal(got, []string{"facts"}) {
		t.Errorf("attended %v", got)
	}
	in := slices.Clone(three)
	in[0].Channels = []int{5, 7}
	s := nn.NewScope(1)
	tree, err := fusion.NewTree(s.In("fusion"), outer, in, fusion.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	if got := tree.Modulated(); !slices.Equal(got, []string{"picture"}) {
		t.Errorf("modulated %v", got)
	}
	if got := tree.Shape(); got != in[0].Shape {
		t.Errorf("shape %v, want the picture's", got)
	}
	widths := map[string]int{}
	for _, p := range s.Params() {
		if strings.HasSuffix(p.Name, ".bias") && strings.Contains(p.Name, ".modulation") {
			widths[strings.TrimSuffix(p.Name, ".bias")] = p.Shape[0]
		}
	}
	if len(widths) != 3 || widths["fusion.caption+picture.caption.modulation0"] != 10 || widths["fusion.caption+picture.caption.modulation1"] != 14 || widths["fusion.facts.modulation0"] != 4 {
		t.Errorf("modulations %v", widths)
	}
}

// A condition steers by its direction: a thousand times as large, it does what
// it did, and the target keeps its measure.
func TestFiLMNormalisesItsCondition(t *testing.T) {
	s := nn.NewScope(1)
	f, err := fusion.NewFiLM(s.In("fusion"), fusion.Setting{Inputs: two}, fusion.FiLMConfig{Target: "picture"})
	if err != nil {
		t.Fatal(err)
	}
	s.Pack()
	nntest.Jitter(s, 1)
	p := nntest.Build(t, nn.Options{}, func(g *nn.Graph) {
		in := nodes{}
		for _, i := range two {
			in[i.Name+".present"], in[i.Name+".mask"] = g.Constant(i.Name+".present", 1, 1), g.Constant(i.Name+".mask", 1, i.Tokens)
			in[i.Name+".tokens"], in[i.Name+".pooled"] = g.Input(i.Name+".tokens", 1, i.Tokens, i.Dim), g.Input(i.Name+".pooled", 1, i.Dim)
		}
		g.Output("y", f.Fuse(g, given(two, in)).Pooled)
	})
	copy(p.Float("picture.present"), []float32{1})
	copy(p.Float("picture.pooled"), []float32{3, -2})
	run := func(present, size float32) []float32 {
		copy(p.Float("caption.present"), []float32{present})
		copy(p.Float("caption.pooled"), []float32{size, -2 * size, 3 * size, 0.5 * size})
		nntest.Run(t, p, 0)
		return slices.Clone(p.Output("y"))
	}
	plain := run(1, 1)
	for i, v := range run(1, 1000) {
		if d := v - plain[i]; d > 1e-4 || d < -1e-4 {
			t.Errorf("a condition of 1000 times the size makes feature %d %v, and %v before", i, v, plain[i])
		}
	}
	if got := run(0, 1); !slices.Equal(got, []float32{3, -2}) || slices.Equal(got, plain) {
		t.Errorf("without the condition the target is %v, with it %v", got, plain)
	}
}
