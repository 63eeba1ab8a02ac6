package report

import (
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/property"
)

func labels(a axis) (all []string) {
	for _, t := range a.Ticks {
		all = append(all, t.Label)
	}
	return all
}

func TestAxis(t *testing.T) {
	cases := []struct {
		name string
		axis axis
		want []string
	}{
		{"shares", newAxis(0.31, 0.78, 0, 100, 4), []string{"0.2", "0.4", "0.6", "0.8"}},
		{"bound", newAxis(0.31, 0.98, 0, 100, 3).within(0, 0.99), []string{"0", "0.5"}},
		{"across zero", newAxis(-3, 12, 0, 100, 4), []string{"−5", "0", "5", "10", "15"}},
		{"large", newAxis(0, 1.4e6, 0, 100, 4), []string{"0", "500k", "1M", "1.5M"}},
		{"small", newAxis(1e-5, 3e-5, 0, 100, 2), []string{"1×10⁻⁵", "2×10⁻⁵", "3×10⁻⁵"}},
		{"logarithmic", logAxis(0.02, 300, 0, 100, 5), []string{"0.01", "0.1", "1", "10", "100", "1,000"}},
		{"wide logarithmic", logAxis(1e-9, 1e9, 0, 100, 4), []string{"1×10⁻⁹", "0.0001", "10", "1M"}},
		{"epochs", wholeAxis(1, 20, 0, 100, 5), []string{"1", "5", "10", "15", "20"}},
		{"few epochs", wholeAxis(1, 3, 0, 100, 5), []string{"1", "2", "3"}},
		{"one epoch", wholeAxis(7, 7, 0, 100, 5), []string{"7"}},
		{"resumed", wholeAxis(101, 399, 0, 100, 5), []string{"101", "200", "300", "399"}},
	}
	for _, c := range cases {
		if diff := difference.Of(c.want, labels(c.axis)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestAxisHolds draws ranges of any numbers: all of them have a place in the
// frame, in their order, and so do the ticks.
func TestAxisHolds(t *testing.T) {
	property.Check(t, func(t *property.T) {
		values := property.SliceOfN(property.Float64(), 0, 5).Draw(t, "values")
		low, high := span(values)
		if !(low < high) || !finite(high-low) {
			t.Fatalf("from %v to %v", low, high)
		}
		a := newAxis(low, high, 300, 20, property.IntRange(1, 8).Draw(t, "n"))
		if property.Bool().Draw(t, "within") {
			a = a.within(low, high)
		}
		if len(a.Ticks) > 30 {
			t.Fatalf("%d ticks", len(a.Ticks))
		}
		for _, k := range a.Ticks {
			if k.At < 19.9 || k.At > 300.1 {
				t.Fatalf("the tick %s is at %v", k.Label, k.At)
			}
		}
		slices.Sort(values)
		last := 300.1
		for _, v := range values {
			if v = min(max(v, -far), far); finite(v) {
				if at := a.at(v); !(at <= last+1e-6 && at > 19.9) {
					t.Fatalf("%v is at %v after %v", v, at, last)
				} else {
					last = at
				}
			}
		}
	})
}

func TestSpaced(t *testing.T) {
	property.Check(t, func(t *property.T) {
		at := property.SliceOfN(property.Float64Range(0, 100), 1, 5).Draw(t, "at")
		out := spaced(at, 14, 0, 100)
		sorted := slices.Sorted(slices.Values(out))
		for i, v := range sorted {
			if v < -1e-9 || v > 100+1e-9 || i > 0 && v-sorted[i-1] < 14-1e-9 {
				t.Fatalf("%v became %v", at, out)
			}
		}
		for i := range at {
			for j := range at {
				if at[i] < at[j] && out[i] > out[j] {
					t.Fatalf("%v changed their order: %v", at, out)
				}
			}
		}
	})
	if got := spaced([]float64{50, 10}, 14, 0, 100); got[0] != 50 || got[1] != 10 {
		t.Errorf("what is apart was moved: %v", got)
	}
}

func TestOutline(t *testing.T) {
	values := make([]float64, 10_000)
	for i := range values {
		values[i] = math.Sin(float64(i) / 500)
	}
	values[4321], values[8765] = 9, -9
	picked := outline(values, 240)
	if len(picked) > 245 || !slices.IsSorted(picked) || picked[0] != 0 || picked[len(picked)-1] != len(values)-1 {
		t.Errorf("%d picked, from %d", len(picked), picked[0])
	}
	if !slices.Contains(picked, 4321) || !slices.Contains(picked, 8765) {
		t.Error("a peak was lost")
	}
	if got := outline(values[:3], 240); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("got %v", got)
	}
}
