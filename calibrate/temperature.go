package calibrate

import "math"

// Bounds of the temperature search. Beyond them, probabilities are nearly uniform or nearly
// certain; the latter is optimal for rows that are all predicted correctly, of which there are
// never enough to justify it.
const (
	Lowest  = 0.05
	Highest = 20
)

// Temperature returns the divisor of logits (N, C) that minimises their negative log likelihood
// (Guo et al., "On Calibration of Modern Neural Networks", 2017). The loss is convex in
// 1/temperature, so its derivative has one zero, which bisection finds to the last bit. Without
// rows it is 1.
func Temperature(logits []float32, size int, a Answers) float64 {
	if len(logits) == 0 {
		return 1
	}
	return 1 / factor(logits, size, a)
}

// factor returns the multiplier of logits (N, C) that minimises their loss.
func factor[T float32 | float64](logits []T, size int, a Answers) float64 {
	low, high := 1.0/Highest, 1.0/Lowest
	at := func(factor float64) float64 {
		sum := 0.0
		for row := range len(logits) / size {
			sum += derivative(a, logits[row*size:(row+1)*size], row, factor)
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
