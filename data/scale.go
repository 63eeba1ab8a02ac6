package data

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/chiasm-ml/chiasm/internal/rounding"
)

var transforms = []string{"none", "log", "quantile"}

// IsTransform says whether a Scaling may have the transform: none, log or quantile.
func IsTransform(name string) bool { return slices.Contains(transforms, name) }

// mostKnots bounds the quantiles that are kept of a column: a thousand place a
// value within a thousandth of its rank.
const mostKnots = 1000

// narrowest bounds the range of values that differ: the squares of smaller
// deviations vanish in float64. What float32 holds is far above it.
const narrowest = 1e-100

// Farthest bounds standardised numbers: beyond it float32 loses what a layer does with
// them, and squares overflow soon after.
const Farthest = 1e9

// A Scaling brings the numbers of a column to mean 0 and deviation 1: a transform (none,
// log or quantile), then (v - Mean) / Std. Inputs and targets have it, and an exported
// graph does it (Standardise).
type Scaling struct {
	Transform string    `json:"transform"`
	Knots     []float64 `json:"knots,omitempty"` // of quantile: the training values at equal steps of rank
	Mean      float64   `json:"mean"`            // after the transform
	Std       float64   `json:"std"`
}

// FitScaling learns from the values of the training rows, of which there may be none.
// Values that are equal but for rounding (constant) are not divided by their deviation:
// that would turn the rounding into a signal. What decides is the values before the
// transform too, since ranks tell apart what differs in the last bit.
func FitScaling(transform string, values []float64) (s Scaling, constant bool) {
	s = Scaling{Transform: transform, Std: 1}
	if len(values) == 0 {
		if transform == "quantile" {
			s.Knots = []float64{0}
		}
		return s, false
	}
	_, _, low, same := meanStd(values, func(v float64) float64 { return v })
	if same && transform == "quantile" {
		s.Knots = []float64{low} // of which every number is the middle
		return s, true
	}
	if transform == "quantile" {
		s.Knots = quantiles(values)
	}
	mean, std, low, constant := meanStd(values, s.transform)
	if same || constant {
		s.Mean = low
		return s, true
	}
	s.Mean, s.Std = mean, std
	return s, false
}

// meanStd are the mean and the population deviation of f of values, the least of
// them, and whether they are equal but for rounding.
func meanStd(values []float64, f func(float64) float64) (mean, std, low float64, constant bool) {
	sum, low, high := 0.0, math.Inf(1), math.Inf(-1)
	for _, v := range values {
		v = f(v)
		sum, low, high = sum+v, min(low, v), max(high, v)
	}
	mean = sum / float64(len(values))
	squares := 0.0
	for _, v := range values {
		d := f(v) - mean
		squares += d * d
	}
	variance := squares / float64(len(values))
	return mean, math.Sqrt(variance), low, high-low < narrowest || rounding.Constant(len(values), mean, variance)
}

// quantiles are values at equal steps of rank, interpolated between neighbours.
func quantiles(values []float64) []float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	if len(sorted) <= mostKnots {
		return sorted
	}
	knots := make([]float64, mostKnots)
	for i := range knots {
		at := float64(i) * float64(len(sorted)-1) / (mostKnots - 1)
		j := min(int(at), len(sorted)-2)
		knots[i] = sorted[j] + (at-float64(j))*(sorted[j+1]-sorted[j])
	}
	return knots
}

// Apply is the standardised number.
func (s *Scaling) Apply(v float64) float64 { return (s.transform(v) - s.Mean) / s.Std }

func (s *Scaling) transform(v float64) float64 {
	switch s.Transform {
	case "log":
		return math.Copysign(math.Log1p(math.Abs(v)), v)
	case "quantile":
		return s.normalScore(v)
	}
	return v
}

// normalScore is the standard normal quantile of v's rank among the knots. Of
// equal knots it takes the middle, so that a value which half the rows share
// lands in their middle and not at an end.
func (s *Scaling) normalScore(v float64) float64 {
	n := len(s.Knots)
	first := sort.SearchFloat64s(s.Knots, v)
	after := first + sort.Search(n-first, func(i int) bool { return s.Knots[first+i] > v })
	var rank float64 // 0 to n-1
	switch {
	case first < after:
		rank = float64(first+after-1) / 2
	case first == 0:
		rank = 0
	case first == n:
		rank = float64(n - 1)
	default:
		low, high := s.Knots[first-1], s.Knots[first]
		rank = float64(first-1) + (v-low)/(high-low)
	}
	return math.Sqrt2 * math.Erfinv(2*(rank+0.5)/float64(n)-1)
}

// Check refuses a Scaling that would make numbers that are not finite.
func (s *Scaling) Check() error {
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	switch {
	case !slices.Contains(transforms, s.Transform):
		return fmt.Errorf("unknown transform %q", s.Transform)
	case !finite(s.Mean) || !finite(s.Std) || s.Std <= 0:
		return fmt.Errorf("mean %g and deviation %g", s.Mean, s.Std)
	case s.Transform == "quantile" && (len(s.Knots) == 0 || !slices.IsSorted(s.Knots)):
		return fmt.Errorf("%d quantiles, or not in order", len(s.Knots))
	}
	return nil
}

// Range is the least and the greatest number that it brings within Farthest of the mean.
// A Scaling is monotonic, so both are found by halving, in 64 steps, the numbers that
// float64 has.
func (s *Scaling) Range() [2]float64 {
	low := least(func(v float64) bool { return s.Apply(v) >= -Farthest })
	high := -least(func(v float64) bool { return s.Apply(-v) <= Farthest })
	return [2]float64{low, high}
}

// least is the smallest number that float32 could hold for which what follows is
// true, which it is for all larger ones too.
func least(is func(v float64) bool) float64 {
	low, high := order(-math.MaxFloat32), order(math.MaxFloat32)
	for low < high {
		if middle := low + (high-low)/2; is(ordered(middle)) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return ordered(high)
}

// order numbers the floats from the smallest to the largest; ordered undoes it.
func order(v float64) uint64 {
	b := math.Float64bits(v)
	if b>>63 == 0 {
		return b | 1<<63
	}
	return ^b
}

func ordered(n uint64) float64 {
	if n>>63 == 1 {
		return math.Float64frombits(n &^ (1 << 63))
	}
	return math.Float64frombits(^n)
}
