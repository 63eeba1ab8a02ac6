package metrics

import (
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
)

var (
	fewScores = []float32{0.9, 0.8, 0.7, 0.6, 0.55, 0.3, 0.2, 0.1}
	fewTruth  = []bool{true, true, false, true, false, true, false, false}
)

func TestF32_ThresholdsServeTheirAim(t *testing.T) {
	for _, c := range []struct {
		aim                      Aim
		above, below             float64 // where the threshold lies
		precision, recall, score float64
	}{
		// 3 of 4 found in 4: 0.75; 4 of 4 found in 6: 0.8.
		{Aim{Kind: "f1"}, 0.3, 0.2, 4.0 / 6, 1, 0.8},
		{Aim{Kind: "precision", Least: 0.75}, 0.6, 0.55, 0.75, 0.75, 0.75},
		{Aim{Kind: "precision", Least: 1}, 0.8, 0.7, 1, 0.5, 2.0 / 3},
		{Aim{Kind: "recall", Least: 0.75}, 0.6, 0.55, 0.75, 0.75, 0.75},
		{Aim{Kind: "recall", Least: 0.8}, 0.3, 0.2, 4.0 / 6, 1, 0.8},
		{Aim{Kind: "cost", FalsePositive: 1, FalseNegative: 5}, 0.3, 0.2, 4.0 / 6, 1, 0.8},
		{Aim{Kind: "cost", FalsePositive: 5, FalseNegative: 1}, 0.8, 0.7, 1, 0.5, 2.0 / 3},
	} {
		got := c.aim.Choose(fewScores, fewTruth)
		threshold := float64(got.Threshold)
		if got.Unchosen != "" || !(threshold < float64(float32(c.above)) && threshold >= float64(float32(c.below))) ||
			float64(got.Precision) != c.precision || float64(got.Recall) != c.recall || float64(got.F1) != c.score || got.Positives != 4 {
			t.Errorf("%s: %+v", c.aim, got)
		}
	}
}

// What cannot be chosen stays at a half, and says why.
func TestF32_ThresholdsThatCannotBeChosen(t *testing.T) {
	worst := []bool{false, false, false, false, false, false, false, true}
	for why, c := range map[string]Choice{
		"no row has the label":                              Aim{Kind: "f1"}.Choose(fewScores, make([]bool, 8)),
		"every row has the label":                           Aim{Kind: "f1"}.Choose(fewScores[:2], fewTruth[:2]),
		"no threshold has a precision of 0.9 on these rows": Aim{Kind: "precision", Least: 0.9}.Choose(fewScores, worst),
		"no threshold has a recall of 0.5 on these rows":    Aim{Kind: "recall", Least: 0.5}.Choose([]float32{0, 0.4}, []bool{true, false}),
	} {
		if c.Unchosen != why || c.Threshold != Threshold {
			t.Errorf("%s: %+v", why, c)
		}
	}
}

// Every point parts the rows as it says, in float32 and in float64, and no way to
// part them is better than the one that is chosen.
func TestF32_OperatingPoints(t *testing.T) {
	property.Check(t, func(t *property.T) {
		n := property.IntRange(1, 40).Draw(t, "n")
		scores, truth := make([]float32, n), make([]bool, n)
		for i := range scores {
			scores[i] = property.OneOf(property.Float32Range(0, 1), property.SampledFrom([]float32{0, 0.5, 1, math.Nextafter32(0.5, 1), 1e-45})).Draw(t, "score")
			truth[i] = property.Bool().Draw(t, "truth")
		}
		seen := map[[2]int]bool{}
		for _, p := range OperatingPoints(scores, truth) {
			single := 0
			for _, s := range scores {
				if s > float32(p.Threshold) {
					single++
				}
			}
			if got := OperatingAt(p.Threshold, scores, truth); got != p || single != p.Predicted {
				t.Fatalf("%+v parts the rows as %+v, %d in float32", p, got, single)
			}
			seen[[2]int{p.Hits, p.Predicted}] = true
		}
		for _, at := range scores { // thresholds that rows have
			if p := OperatingAt(float64(at), scores, truth); !seen[[2]int{p.Hits, p.Predicted}] {
				t.Fatalf("there is no point for the threshold %v", at)
			}
		}
		best := Aim{Kind: "f1"}.Choose(scores, truth)
		for _, at := range scores {
			p := OperatingAt(float64(at), scores, truth)
			if c := p.choice(best.Positives); best.Unchosen == "" && c.F1 > best.F1 {
				t.Fatalf("F1 of %v at %v, and %v at the chosen %v", c.F1, at, best.F1, best.Threshold)
			}
		}
	})
}

// The half that no threshold was chosen in place of decides as it always did.
func TestF32_NoThresholdsAreAHalf(t *testing.T) {
	scores, truth := []float32{0.5, math.Nextafter32(0.5, 1), 0.2, 0.9}, []int{1, 1, 0, 0}
	var values []Values
	for _, thresholds := range []Thresholds{nil, {0.5}, {0.1}} {
		m, err := NewClassification([]string{"no", "yes"}, 0)
		if err != nil {
			t.Fatal(err)
		}
		m.Thresholds = thresholds
		if err := m.AddPositive(scores, truth); err != nil {
			t.Fatal(err)
		}
		values = append(values, m.Values())
	}
	for i, v := range values[0] {
		if v.Name == "loss" {
			continue // none was added
		}
		if v != values[1][i] {
			t.Errorf("%s is %v without thresholds, %v at a half", v.Name, v.Value, values[1][i].Value)
		}
		other := values[2][i].Value
		if decided := v.Name == "macro_f1"; decided == (v.Value == other) && v.Name != "accuracy" {
			t.Errorf("%s is %v at a half and %v at 0.1", v.Name, v.Value, other)
		}
	}
}
