package data

import (
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

// The range of a rule is where standardised numbers pass the bound, to the last
// bit: a number inside is within it, and the next one outside is not.
func TestRangeIsTheBound(t *testing.T) {
	for i := range 300 {
		k := rng.New(11).Int(i)
		values := make([]float64, 3+k.IntN(0, 20))
		for j := range values {
			values[j] = math.Pow(10, 12*k.Float64(1)-8) * (k.Normal(2+j) + 20*k.Float64(3))
		}
		for _, transform := range transforms {
			s, _ := FitScaling(transform, values)
			r := s.Range()
			for side, v := range r {
				beyond := math.Nextafter(v, math.Inf(2*side-1))
				if z := math.Abs(s.Apply(v)); z > Farthest {
					t.Errorf("%s %d: %g is taken, %g deviations away", transform, i, v, z)
				}
				if math.Abs(v) == math.MaxFloat32 {
					continue
				}
				if z := math.Abs(s.Apply(beyond)); z <= Farthest {
					t.Errorf("%s %d: %g is not taken, %g deviations away", transform, i, beyond, z)
				}
			}
			if !(r[0] < r[1]) {
				t.Errorf("%s %d: the range is %v", transform, i, r)
			}
		}
	}
	far, _ := FitScaling("none", []float64{1, 2, 3})
	if r := far.Range(); r[1] > 1e10 || r[0] < -1e10 {
		t.Errorf("of 1, 2, 3 the range is %v", r)
	}
	for _, v := range []float64{0, math.Copysign(0, -1), 1, -1, 5e-324, -5e-324, math.MaxFloat64, -math.MaxFloat64} {
		if got := ordered(order(v)); math.Float64bits(got) != math.Float64bits(v) {
			t.Errorf("%g is %g", v, got)
		}
	}
}
