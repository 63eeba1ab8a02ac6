package highway_test

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/fusion/fusiontest"
	"github.com/chiasm-ml/chiasm/nn"

	"example.com/custom/highway"
)

func inputs(n int) []fusion.Input {
	return []fusion.Input{
		{Name: "b", Shape: encoders.Shape{Tokens: 3, Dim: 4}},
		{Name: "a", Shape: encoders.Shape{Tokens: 1, Dim: 5}},
		{Name: "c", Shape: encoders.Shape{Tokens: 2, Dim: 2}},
	}[:n]
}

func TestHighway(t *testing.T) {
	for _, n := range []int{2, 3} {
		in := inputs(n)
		parameters := 2 * 2 * (3*3 + 3) // change and gate, of two layers
		for _, i := range in {
			parameters += i.Dim*3 + 3
		}
		fusiontest.Run(t, fusiontest.Case{
			Inputs: in, Parameters: parameters, Subsets: true,
			New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
				return highway.New(s, set, highway.Config{Dim: 3, Layers: 2, Carry: -0.5})
			},
		})
	}
}

func TestScoresAreRefused(t *testing.T) {
	set := fusion.Setting{Inputs: []fusion.Input{{Name: "a", Scores: true}}}
	_, err := highway.New(nn.NewScope(1).In("fusion"), set, highway.Config{Dim: 3, Layers: 1})
	if err == nil || !strings.Contains(err.Error(), `fusion: highway combines features, but "a" has scores`) {
		t.Errorf("got %v", err)
	}
}

// The gates' bias is where they start from: a very low one passes z on.
func TestCarry(t *testing.T) {
	for _, carry := range []float64{-3, 2} {
		s := nn.NewScope(1)
		if _, err := highway.New(s, fusion.Setting{Inputs: inputs(2)}, highway.Config{Dim: 3, Layers: 1, Carry: carry}); err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Params() {
			if p.Name == "layer0.gate.bias" && (p.Data[0] != float32(carry) || p.Data[2] != float32(carry)) {
				t.Errorf("gates start from %v, want %v", p.Data, carry)
			}
		}
	}
}
