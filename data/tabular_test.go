package data

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
)

// upTo is 0 to n-1.
func upTo(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// Whatever the values, what comes out over the training rows is finite, has
// mean 0 and deviation 1 or is constant, and keeps the order of the values.
func TestScaleProperties(t *testing.T) {
	property.Check(t, func(t *property.T) {
		transform := property.SampledFrom(transforms).Draw(t, "transform")
		one := property.Map(property.Float32Range(-1e30, 1e30), func(v float32) float64 { return float64(v) })
		if property.Bool().Draw(t, "few") {
			one = property.Map(property.IntRange(0, 3), func(i int) float64 { return float64(i) })
		}
		values := property.SliceOfN(one, 1, 200).Draw(t, "values")
		s, constant := FitScaling(transform, values)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		sum, squares := 0.0, 0.0
		for _, v := range values {
			z := s.Apply(v)
			sum, squares = sum+z, squares+z*z
			for _, u := range values {
				if u < v && s.Apply(u) > z {
					t.Fatalf("%g < %g, and %g > %g", u, v, s.Apply(u), z)
				}
			}
		}
		n := float64(len(values))
		if math.Abs(sum/n) > 1e-6 || !constant && math.Abs(squares/n-1) > 1e-6 {
			t.Fatalf("mean %g, mean square %g of %v", sum/n, squares/n, values)
		}
		for _, v := range []float64{-3e38, 0, 3e38} {
			if z := s.transform(v); math.IsNaN(z) || math.IsInf(z, 0) {
				t.Fatalf("transform(%g) = %g", v, z)
			}
		}
	})
}

func TestScaleConstant(t *testing.T) {
	for _, values := range [][]float64{{7}, {0.1, 0.1, 0.1}, {0, 1e-160}} {
		for _, transform := range transforms[:2] {
			if s, constant := FitScaling(transform, values); !constant || s.Apply(values[0]) != 0 || math.Abs(s.Apply(8)) > 10 {
				t.Errorf("%s of %v: %+v", transform, values, s)
			}
		}
	}
}

// A column that is constant but for rounding says nothing, whatever is done to
// its numbers; one that varies by little, but in truth, is standardised.
func TestF9_ColumnsThatVaryByRoundingAloneAreConstant(t *testing.T) {
	noisy := func(v float64) []float64 {
		values := slices.Repeat([]float64{v}, 80)
		values[5], values[40] = math.Nextafter(v, math.Inf(1)), math.Nextafter(v, math.Inf(-1))
		return values
	}
	sums := make([]float64, 200) // of the same numbers, in another order each
	for i := range sums {
		for j := range 50 {
			sums[i] += 1 / float64(3+(i*j+j)%50+1)
		}
		for j := range 50 {
			sums[i] -= 1 / float64(3+(i*j+j)%50+1)
		}
		sums[i] += 12.7
	}
	for name, values := range map[string][]float64{
		"0.1+0.2": noisy(0.3), "large": noisy(1e9), "negative": noisy(-0.7), "tiny": noisy(1e-20), "sums": sums, "equal": {7, 7, 7},
	} {
		for _, transform := range transforms {
			s, constant := FitScaling(transform, values)
			if !constant || s.Std != 1 || s.Check() != nil {
				t.Errorf("%s, %s: %+v", name, transform, s)
			}
			for _, v := range values {
				if z := s.Apply(v); math.Abs(z) > 1e-6 {
					t.Errorf("%s, %s: %v becomes %g", name, transform, v, z)
				}
			}
		}
	}
	for name, values := range map[string][]float64{
		"millionths": {1, 1.000001, 1.000002}, "seconds": {1.7e9, 1.7e9 + 1, 1.7e9 + 2}, "around 0": {-1e-30, 0, 1e-30},
	} {
		for _, transform := range transforms {
			if s, constant := FitScaling(transform, values); constant || math.Abs(s.Apply(values[2])-1.2247) > 1e-3 && transform != "quantile" {
				t.Errorf("%s, %s: %+v", name, transform, s)
			}
		}
	}
}

func TestF9_ARegressionOfRoundingIsRefused(t *testing.T) {
	cells := slices.Repeat([]string{"0.3"}, 20)
	cells[3] = "0.30000000000000004"
	table, err := NewTable("t.csv", Strings("y", cells...))
	if err != nil {
		t.Fatal(err)
	}
	target, err := NewTarget(TargetConfig{Type: Regression, Column: "y"})
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Fit(context.Background(), table, upTo(20), nil); err == nil || !strings.Contains(err.Error(), "0.3 in every training row") {
		t.Errorf("%v", err)
	}
}

func TestQuantile(t *testing.T) {
	values := make([]float64, 5000)
	for i := range values {
		values[i] = math.Exp(float64(i) / 500) // skewed by far
	}
	s, _ := FitScaling("quantile", values)
	if len(s.Knots) != mostKnots {
		t.Errorf("%d knots", len(s.Knots))
	}
	for _, c := range []struct{ rank, want float64 }{{0.5, 0}, {0.841345, 1}, {0.158655, -1}, {0.97725, 2}} {
		if got := s.transform(values[int(c.rank*5000)]); math.Abs(got-c.want) > 0.01 {
			t.Errorf("the value of rank %g becomes %.3f, want %g", c.rank, got, c.want)
		}
	}
	// Half the rows are 0: they land in the middle of the lower half.
	half, _ := FitScaling("quantile", []float64{0, 0, 0, 0, 1, 2, 3, 4})
	if got := half.transform(0); math.Abs(got+0.6745) > 1e-3 {
		t.Errorf("a value that the lower half shares becomes %.4f, want -0.6745", got)
	}
}
