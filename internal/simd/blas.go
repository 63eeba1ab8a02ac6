package simd

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BLAS is gonum's implementation with Sgemm replaced by Gemm.
type BLAS struct{ gonum.Implementation }

// Sgemm is Gemm. It panics if a transposition is not one of blas.NoTrans, blas.Trans and
// blas.ConjTrans.
func (BLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	Gemm(transposed(tA), transposed(tB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func transposed(t blas.Transpose) bool {
	switch t {
	case blas.NoTrans:
		return false
	case blas.Trans, blas.ConjTrans:
		return true
	}
	panic("simd: Sgemm: bad transposition")
}

// Install makes Gorgonia and its tensors use BLAS.
func Install() {
	tensor.Use(BLAS{})
	gorgonia.Use(BLAS{})
}
