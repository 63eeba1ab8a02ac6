package op

import (
	"math"

	"github.com/chiasm-ml/chiasm/internal/simd"
)

// addScalar sets dst to alpha + x.
func addScalar[T Float](dst []T, alpha T, x []T) {
	if isFloat32[T]() {
		simd.AddScalar(f32(dst), float32(alpha), f32(x))
		return
	}
	for i := range dst {
		dst[i] = alpha + x[i]
	}
}

// affine sets dst to alpha · x + beta.
func affine[T Float](dst []T, alpha T, x []T, beta T) {
	if isFloat32[T]() {
		simd.Affine(f32(dst), float32(alpha), f32(x), float32(beta))
		return
	}
	for i := range dst {
		dst[i] = alpha*x[i] + beta
	}
}

// exp sets dst to e to the power of x.
func exp[T Float](dst, x []T) {
	if isFloat32[T]() {
		simd.Exp(f32(dst), f32(x))
		return
	}
	for i, v := range x {
		dst[i] = T(math.Exp(float64(v)))
	}
}

// sumSquares returns the sum of the squares of x, in an order determined by its length.
func sumSquares[T Float](x []T) float64 {
	if isFloat32[T]() {
		return simd.SumSquares(f32(x))
	}
	s := 0.0
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return s
}

// fill sets every element of dst to v.
func fill[T Float | int64](dst []T, v T) {
	if len(dst) == 0 {
		return
	}
	dst[0] = v
	for n := 1; n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n]) // faster than a loop of stores
	}
}

// grainOf is the minimum number of rows of n elements worth giving to another core.
func grainOf(n int) int { return max(1, elementGrain/max(n, 1)) }
