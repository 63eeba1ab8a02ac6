package op

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/chiasm-ml/chiasm/internal/simd"
	"github.com/chiasm-ml/chiasm/rng"
)

// The functions here are the building blocks of kernels: float32 uses the vector kernels; float64,
// used only by gradient checks, uses plain loops.

func f32[T Float](x []T) []float32 {
	y, _ := any(x).([]float32)
	return y
}

func isFloat32[T Float]() bool {
	var zero T
	_, ok := any(zero).(float32)
	return ok
}

// add sets dst to a + b.
func add[T Float](dst, a, b []T) {
	if isFloat32[T]() {
		simd.Add(f32(dst), f32(a), f32(b))
		return
	}
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

// mul sets dst to the elementwise product a * b.
func mul[T Float](dst, a, b []T) {
	if isFloat32[T]() {
		simd.Mul(f32(dst), f32(a), f32(b))
		return
	}
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

// mulAdd adds a * b to dst.
func mulAdd[T Float](dst, a, b []T) {
	if isFloat32[T]() {
		simd.MulAdd(f32(dst), f32(a), f32(b))
		return
	}
	for i := range dst {
		dst[i] += a[i] * b[i]
	}
}

// scale sets dst to alpha * x.
func scale[T Float](dst []T, alpha T, x []T) {
	if isFloat32[T]() {
		simd.Scale(f32(dst), float32(alpha), f32(x))
		return
	}
	for i := range dst {
		dst[i] = alpha * x[i]
	}
}

// axpy adds alpha * x to dst.
func axpy[T Float](dst []T, alpha T, x []T) {
	if isFloat32[T]() {
		simd.Axpy(f32(dst), float32(alpha), f32(x))
		return
	}
	for i := range dst {
		dst[i] += alpha * x[i]
	}
}

// sum returns the sum of x, in an order determined by its length.
func sum[T Float](x []T) T {
	if isFloat32[T]() {
		return T(simd.Sum(f32(x)))
	}
	var s T
	for _, v := range x {
		s += v
	}
	return s
}

// dot returns the inner product, summed in an order determined by the length.
func dot[T Float](a, b []T) T {
	if isFloat32[T]() {
		return T(simd.Dot(f32(a), f32(b)))
	}
	var s T
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// maximum returns the largest element of x, which must not be empty.
func maximum[T Float](x []T) T {
	if isFloat32[T]() {
		return T(simd.Max(f32(x)))
	}
	m := x[0]
	for _, v := range x[1:] {
		m = max(m, v)
	}
	return m
}

// expSum sets dst to exp(x - shift) and returns its sum.
func expSum[T Float](dst, x []T, shift T) T {
	if isFloat32[T]() {
		return T(simd.ExpSum(f32(dst), f32(x), float32(shift)))
	}
	var s T
	for i, v := range x {
		dst[i] = T(math.Exp(float64(v - shift)))
		s += dst[i]
	}
	return s
}

func transposed(t bool) blas.Transpose {
	if t {
		return blas.Trans
	}
	return blas.NoTrans
}

// gemm sets C (m, n) to alpha * op(A) op(B) + beta * C, row-major, with row
// strides lda, ldb, ldc.
func gemm[T Float](ta, tb bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if isFloat32[T]() {
		simd.Gemm(ta, tb, m, n, k, float32(alpha), f32(a), lda, f32(b), ldb, float32(beta), f32(c), ldc)
		return
	}
	if m == 0 || n == 0 {
		return
	}
	gonum.Implementation{}.Dgemm(transposed(ta), transposed(tb), m, n, k, float64(alpha),
		any(a).([]float64), lda, any(b).([]float64), ldb, float64(beta), any(c).([]float64), ldc)
}

// gemmThen is gemm followed by then for each part of C (simd.GemmThen).
func gemmThen[T Float](ta, tb bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int, then simd.Then) {
	if isFloat32[T]() {
		simd.GemmThen(ta, tb, m, n, k, float32(alpha), f32(a), lda, f32(b), ldb, float32(beta), f32(c), ldc, then)
		return
	}
	gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	then(0, m, 0, n)
}

// columnSums sets dst (n) to the sums over rows of x (m, n). Blocks of rows are summed separately
// and then added, which keeps the error small and the order fixed.
func columnSums[T Float](dst, x []T) {
	clear(dst)
	n := len(dst)
	for lo := 0; lo < len(x); lo += n {
		add(dst, dst, x[lo:lo+n])
	}
}

// dropScale drops elements of x with probability p and divides the others by 1-p; element i is at
// offset+i of the key's stream. The float64 version drops the same elements as float32.
func dropScale[T Float](dst, x []T, key rng.Key, offset int, p float64) {
	if isFloat32[T]() {
		simd.DropoutScale(f32(dst), f32(x), uint64(key), offset, float32(p))
		return
	}
	threshold := uint64(uint32(float64(float32(p)) * (1 << 32)))
	by := T(1 / (1 - p))
	for i, v := range x {
		if key.Uint64(offset+i)>>32 < threshold {
			dst[i] = 0
		} else {
			dst[i] = v * by
		}
	}
}
