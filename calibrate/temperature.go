package calibrate

import "math"

// Temperatures are sought between these. Beyond them probabilities are those of
// a coin, or of an oracle: what rows that are all answered rightly would ask
// for, of which there are never enough to believe it.
const (
	Lowest  = 0.05
	Highest = 20
)

// Temperature is the number by which logits (N, C) are divided so that their
// negative log likelihood is least (Guo et al., "On Calibration of Modern Neural
// Networks", 2017). The loss is convex in 1/temperature, so its slope has one
// zero, which bisection finds to the last bit. It is 1 for no rows.
func Temperature(logits []float32, size int, a Answers) float64 {
	if len(logits) == 0 {
		return 1
	}
	return 1 / factor(logits, size, a)
}

// factor is what logits (N, C) are multiplied by so that their loss is least.
func factor[T float32 | float64](logits []T, size int, a Answers) float64 {
	low, high := 1.0/Highest, 1.0/Lowest
	at := func(factor float64) float64 {
		sum := 0.0
		for row := range len(logits) / size {
			sum += slope(a, logits[row*size:(row+1)*size], row, factor)
		}
		return sum
	}
	switch {
	case at(low) >= 0:
		return low
	case at(high) <= 0:
		return high
	}
	for {
		middle := math.Sqrt(low * high)
		if middle <= low || middle >= high {
			return middle
		}
		if at(middle) < 0 {
			low = middle
		} else {
			high = middle
		}
	}
}
