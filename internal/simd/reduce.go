package simd

import "math"

// sumBlock is the number of elements summed in float32 before the partial sum is added in float64:
// few enough that the error stays near one unit in the last place.
const sumBlock = 4096

// Sum returns the sum of x. Its order is determined by len(x) on each path.
func Sum(x []float32) float32 {
	if len(x) <= sumBlock {
		return active.sum(x)
	}
	var s float64
	for ; len(x) > sumBlock; x = x[sumBlock:] {
		s += float64(active.sum(x[:sumBlock]))
	}
	return float32(s + float64(active.sum(x)))
}

// SumSquares is the sum of the squares of x, in float64.
func SumSquares(x []float32) float64 { return active.sumSquares(x) }

// Dot is the sum of the products of a and b.
func Dot(a, b []float32) float32 {
	same2("Dot", len(a), len(b))
	if len(a) <= sumBlock {
		return active.dot(a, b)
	}
	var s float64
	for ; len(a) > sumBlock; a, b = a[sumBlock:], b[sumBlock:] {
		s += float64(active.dot(a[:sumBlock], b[:sumBlock]))
	}
	return float32(s + float64(active.dot(a, b)))
}

// Max returns the largest element of x, ignoring NaNs; -Inf if there is none.
func Max(x []float32) float32 {
	if len(x) == 0 {
		return float32(math.Inf(-1))
	}
	return active.max(x)
}
