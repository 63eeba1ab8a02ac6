package simd

import "fmt"

// kernels is one path: the loops that exist once per instruction set. Its slices have equal
// lengths, which the exported functions check.
type kernels struct {
	name string

	add, sub, mul, mulAdd  func(dst, a, b []float32)
	larger                 func(dst, a, b []float32) // neither is NaN
	scale, axpy, addScalar func(dst []float32, alpha float32, x []float32)
	affine                 func(dst []float32, alpha float32, x []float32, beta float32)

	sum        func(x []float32) float32
	sumSquares func(x []float32) float64
	dot        func(a, b []float32) float32
	max        func(x []float32) float32

	exp, log, tanh, sigmoid, erf     func(dst, x []float32)
	relu, gelu, geluTanh, silu       func(dst, x []float32)
	reluGrad                         func(dst, y, g []float32)
	geluGrad, geluTanhGrad, siluGrad func(dst, x, g []float32)
	expSum                           func(dst, x []float32, shift float32) float32
	softmaxRows                      func(dst, x []float32, rows, n int)
	softmaxRowsKeep                  func(dst, x []float32, rows, n int, keep []float32)
	softmaxGradRows                  func(dst, y, g []float32, rows, n int)
	normaliseRows                    func(dst, x, gamma, beta, mean, rstd []float32, rows, n int, eps float64)
	normaliseGradSums                func(x, gamma, dy []float32, mean, rstd float32) (sumG, sumGX float32)
	normaliseGrad                    func(dx, x, gamma, dy []float32, mean, rstd, meanG, meanGX float32)
	normaliseGradParams              func(dgamma, dbeta, x, dy []float32, mean, rstd float32)
	// adamW takes gain = 1 - beta, decay = 1 - lr·weightDecay, step = lr/c1, rootC2 = 1/√c2.
	adamW   func(p, m, v, g []float32, beta1, gain1, beta2, gain2, gradScale, decay, step, rootC2, eps float32)
	dropout func(dst, x []float32, state uint64, threshold uint32, scale float32)

	gemm gemmKernel
}

// paths lists those this machine supports, fastest first; the portable one is last.
var paths = available()

var active = paths[0]

// Path is the name of the path in use: "avx512", "avx2" or "portable".
func Path() string { return active.name }

// Paths lists the paths this machine supports, fastest first.
func Paths() []string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = p.name
	}
	return names
}

// Force selects the named path and returns a function that restores the previous one. It is for
// tests, and must not be called while kernels run. It panics if the machine does not support the
// path.
func Force(name string) (restore func()) {
	old := active
	for _, p := range paths {
		if p.name == name {
			active = p
			return func() { active = old }
		}
	}
	panic(fmt.Sprintf("simd: path %q is not one of %v", name, Paths()))
}
