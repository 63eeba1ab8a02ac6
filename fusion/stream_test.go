package fusion_test

import (
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/fusion/fusiontest"
	"github.com/chiasm-ml/chiasm/internal/cases"
	"github.com/chiasm-ml/chiasm/nn"
)

var (
	one = []fusion.Input{picture}
	two = []fusion.Input{picture, caption}
)

// TestStreams goes over options; the matrix goes over modalities.
func TestStreams(t *testing.T) {
	const dim, hidden = 4, 2
	block, cross := selfBlock(dim, hidden), crossBlock(dim, hidden)
	around := func(in []fusion.Input) int { return streams(dim, in...) + norm(dim) }
	for name, c := range map[string]struct {
		inputs     []fusion.Input
		make       cases.Maker
		parameters int
	}{
		"early, aligned": {two, cases.With(fusion.NewEarly, fusion.EarlyConfig{Dim: dim, Heads: 2, Layers: 2, Hidden: hidden, Align: "time"}), around(two) + 2*block},
		"early, cls":     {three, cases.With(fusion.NewEarly, fusion.EarlyConfig{Dim: dim, Heads: 2, Layers: 1, Hidden: hidden, Pool: "cls"}), around(three) + dim + block},
		"perceiver":      {two, cases.With(fusion.NewPerceiver, fusion.PerceiverConfig{Dim: dim, Latents: 3, Heads: 4, Layers: 2, Hidden: hidden}), around(two) + 3*dim + 2*(cross+block)},
		"bottleneck":     {two, cases.With(fusion.NewBottleneck, fusion.BottleneckConfig{Dim: dim, Bottlenecks: 3, Heads: 2, Layers: 3, Hidden: hidden}), around(two) + 3*dim + 2*3*block},
	} {
		t.Run(name, func(t *testing.T) {
			fusiontest.Run(t, fusiontest.Case{Inputs: c.inputs, New: c.make, Parameters: c.parameters, Subsets: true, Most: 4})
		})
	}
}

// Of equal tokens at the same relative time, whatever their number, aligned
// streams make the same; without alignment time does not matter.
func TestEarlyAlignsTime(t *testing.T) {
	in := []fusion.Input{input("fast", 4, 2), input("slow", 2, 2)}
	for align, want := range map[string]bool{"time": true, "none": false} {
		s := nn.NewScope(1)
		if _, err := fusion.NewEarly(s.In("fusion"), fusion.Setting{Inputs: in}, fusion.EarlyConfig{Dim: 6, Heads: 1, Align: align}); err != nil {
			t.Fatal(err)
		}
		table := map[string][]float32{}
		for _, p := range s.Params() {
			table[p.Name] = p.Data
		}
		fast, slow := table["fusion.fast.time.position"], table["fusion.slow.time.position"]
		if (fast != nil) != want || (slow != nil) != want {
			t.Errorf("align: %s makes times %v and %v", align, fast, slow)
			continue
		}
		if !want {
			continue
		}
		// Sines and cosines of 1000·(t+½)/T: slow's first token is at 250, between
		// fast's at 125 and 375.
		angle := func(x []float32, token, wave int) float64 { return atan2(x[token*6+2*wave], x[token*6+2*wave+1]) }
		const wave = 2 // of 10000^(4/6)·2π places, longer than all of the time
		if a, b, c := angle(fast, 0, wave), angle(slow, 0, wave), angle(fast, 1, wave); !near(b-a, c-b) || !near(b, 250/464.1589) {
			t.Errorf("slow's first token is at the angle %v, fast's at %v and %v", b, a, c)
		}
	}
}

func TestTokensNeedFeatures(t *testing.T) {
	scores := fusion.Setting{Inputs: []fusion.Input{picture, {Name: "below", Scores: true}}}
	s := nn.NewScope(1).In("fusion")
	_, early := fusion.NewEarly(s, scores, fusion.EarlyConfig{Dim: 2, Heads: 1})
	_, perceiver := fusion.NewPerceiver(s, scores, fusion.PerceiverConfig{Dim: 2, Heads: 1, Latents: 1})
	_, bottleneck := fusion.NewBottleneck(s, scores, fusion.BottleneckConfig{Dim: 2, Heads: 1, Bottlenecks: 1})
	for kind, err := range map[string]error{"early": early, "perceiver": perceiver, "bottleneck": bottleneck} {
		if want := `fusion: ` + kind + ` combines features, but "below" has scores; put score_average at the top of the tree`; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", kind, err, want)
		}
	}
}

func atan2(sin, cos float32) float64 { return math.Atan2(float64(sin), float64(cos)) }

func near(a, b float64) bool { return math.Abs(a-b) < 1e-5 }
