package data

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
)

func fittedTarget(t testing.TB, transform string, values []float64) *RegressionTarget {
	t.Helper()
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = strconv.FormatFloat(v, 'g', -1, 64)
	}
	table, err := NewTable("t.csv", Strings("y", cells...))
	if err != nil {
		t.Fatal(err)
	}
	target, err := NewTarget(TargetConfig{Type: Regression, Column: "y", Transform: transform})
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Fit(context.Background(), table, upTo(len(values)), nil); err != nil {
		t.Fatal(err)
	}
	return target.(*RegressionTarget)
}

// What a model is trained on has mean 0 and deviation 1, whatever the transform,
// and comes back in the column's units.
func TestF31_TransformsOfTargetsAreUndone(t *testing.T) {
	prices := make([]float64, 3000)
	for i := range prices {
		prices[i] = math.Round(math.Exp(3+1.3*math.Sqrt2*math.Erfinv(2*(float64(i)+0.5)/3000-1))*100) / 100
	}
	for _, values := range [][]float64{prices, {-5, 0, 0, 0, 0, 3, 1e6}, {1e-9, 2e-9, 1}, {3, 7}} {
		for _, transform := range transforms {
			target := fittedTarget(t, transform, values)
			b, err := json.Marshal(target)
			if err != nil {
				t.Fatal(err)
			}
			again := &RegressionTarget{}
			if err := json.Unmarshal(b, again); err != nil {
				t.Fatal(err)
			}
			sum, squares := 0.0, 0.0
			for _, v := range values {
				z := (target.scale.do(v) - target.state.Mean) / target.state.Std
				sum, squares = sum+z, squares+z*z
				back := again.Restore(float32(z))
				// float32 keeps 24 bits of a standardised number.
				if step := math.Abs(again.Restore(math.Nextafter32(float32(z), 2*float32(z)+1)) - back); math.Abs(back-v) > 2*step+1e-9*math.Abs(v) {
					t.Fatalf("%s: %v comes back as %v (a step of float32 is %g)", transform, v, back, step)
				}
			}
			n := float64(len(values))
			if math.Abs(sum/n) > 1e-9 || math.Abs(squares/n-1) > 1e-9 {
				t.Errorf("%s: mean %g, mean square %g", transform, sum/n, squares/n)
			}
		}
	}
}

// Whatever a model says, the answer is a finite number, and rises with what the
// model says.
func TestF31_RestoredNumbersAreFinite(t *testing.T) {
	property.Check(t, func(t *property.T) {
		values := property.SliceOfNDistinct(property.Float64Range(-1e30, 1e30), 2, 50, func(v float64) float64 { return v }).Draw(t, "values")
		scale := newTargetScale("quantile", quantiles(values))
		if property.Bool().Draw(t, "log") {
			scale = newTargetScale("log", nil)
		}
		ys := property.SliceOfN(property.Float64Range(-1e38, 1e38), 2, 20).Draw(t, "scores")
		for _, a := range ys {
			for _, b := range ys {
				x, y := scale.undo(a), scale.undo(b)
				if math.IsNaN(x) || math.Abs(x) > 1.001*math.MaxFloat32 || a < b && x > y {
					t.Fatalf("%g becomes %g, %g becomes %g", a, x, b, y)
				}
			}
		}
	})
}

func TestF31_OldTargetsReadAsTheyWere(t *testing.T) {
	var target RegressionTarget
	if err := json.Unmarshal([]byte(`{"config":{"type":"regression","column":"y"},"mean":3,"std":2}`), &target); err != nil {
		t.Fatal(err)
	}
	if got := target.Restore(0.5); got != 4 {
		t.Errorf("0.5 becomes %v", got)
	}
	for _, bad := range []string{
		`{"config":{"type":"regression","column":"y","transform":"root"},"mean":3,"std":2}`,
		`{"config":{"type":"regression","column":"y","transform":"quantile"},"mean":3,"std":2}`,
		`{"config":{"type":"regression","column":"y","transform":"quantile"},"mean":3,"std":2,"knots":[2,1]}`,
		`{"config":{"type":"regression","column":"y"},"mean":3,"std":2,"knots":[1,2]}`,
	} {
		if err := json.Unmarshal([]byte(bad), &target); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
