package op

import (
	"math"
	"testing"
)

// The waves of one turn are those of package math, in every quarter, at its edges, and
// far from zero.
func TestTurns(t *testing.T) {
	check := func(x float32) {
		cos, sin := turn32(x)
		s, c := math.Sincos(2 * math.Pi * math.Mod(float64(x), 1))
		if e := max(math.Abs(float64(cos)-c), math.Abs(float64(sin)-s)); !(e < 1.5e-7) {
			t.Errorf("of %v turns: (%v, %v), want (%v, %v)", x, cos, sin, c, s)
		}
	}
	for i := -4096; i <= 4096; i++ {
		check(float32(i) / 1024)
		check(float32(i)/1024 + 1e-4)
	}
	for _, x := range []float32{0, 1e-30, 0.125, 0.375, 1234.5678, -98765.4, 1<<22 - 0.5, 1 << 22, -3e7, 3e38} {
		check(x)
	}
	if cos, sin := turn32(float32(math.NaN())); cos == cos || sin == sin {
		t.Errorf("of NaN: %v, %v", cos, sin)
	}
}
