package rounding_test

import (
	"fmt"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/rounding"
)

func ExampleConstant() {
	third := 1.0 / 3                                 // 80 rows, of which one has 0.33333333333333337
	fmt.Println(rounding.Constant(80, third, 4e-35)) // rounding
	fmt.Println(rounding.Constant(80, third, 4e-15)) // small, and real
	// Output:
	// true
	// false
}

func TestConstant(t *testing.T) {
	for _, c := range []struct {
		n              int
		mean, variance float64
		want           bool
	}{
		{1, 5, 0, true}, {100, 0, 0, true}, {100, 0, 1e-300, false}, {100, 1, 1e-20, false},
		{100, 1, 1e-28, true}, {10, 1, 1e-28, false}, {100, 1e9, 1e-10, true}, {100, 1e9, 1e-6, false},
		{100, -1e9, 1e-10, true}, {1000, 1.7e9, 0.01, false},
	} {
		if got := rounding.Constant(c.n, c.mean, c.variance); got != c.want {
			t.Errorf("%d values of mean %g and variance %g: %v", c.n, c.mean, c.variance, got)
		}
	}
}
