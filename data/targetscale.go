package data

import (
	"math"
	"slices"
	"sort"
)

// A targetScale is the transform of a regression's numbers, and its inverse. The
// zero value leaves them as they are.
//
// Inputs are only transformed, and take the normal quantile of a rank between
// knots; a target has to come back exactly, and so is a line between the knots
// and their scores, which has an inverse of the same form in every runtime.
type targetScale struct {
	log             bool
	scores, numbers []float64 // of quantile: distinct knots and their normal scores, both rising
}

func newTargetScale(transform string, knots []float64) targetScale {
	t := targetScale{log: transform == "log"}
	if transform != "quantile" {
		return t
	}
	ranks := Scaling{Transform: transform, Knots: knots}
	t.numbers = slices.Compact(slices.Clone(knots))
	for _, v := range t.numbers {
		t.scores = append(t.scores, ranks.normalScore(v))
	}
	return t
}

func (t *targetScale) do(v float64) float64 {
	switch {
	case t.log:
		return math.Copysign(math.Log1p(math.Abs(v)), v)
	case t.scores != nil:
		return along(t.numbers, t.scores, v)
	}
	return v
}

// highestLog is the logarithm of the largest number that a table may hold: what a
// model predicts beyond it, far from all that it has seen, would overflow.
var highestLog = math.Log1p(math.MaxFloat32)

func (t *targetScale) undo(y float64) float64 {
	switch {
	case t.log:
		return math.Copysign(math.Expm1(min(math.Abs(y), highestLog)), y)
	case t.scores != nil:
		return along(t.scores, t.numbers, y)
	}
	return y
}

// along is the height at x of the line through the points (xs, ys), of which xs
// rises; beyond its ends that of the end.
func along(xs, ys []float64, x float64) float64 {
	i := sort.SearchFloat64s(xs, x)
	switch {
	case i == len(xs):
		return ys[i-1]
	case i == 0, xs[i] == x:
		return ys[i]
	}
	// Of numbers far apart the sum may round beyond the point.
	return min(ys[i], ys[i-1]+(x-xs[i-1])/(xs[i]-xs[i-1])*(ys[i]-ys[i-1]))
}
