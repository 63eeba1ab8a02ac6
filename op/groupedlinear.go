package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/simd"
)

// GroupedLinear applies a linear layer of its own at each of N places: x (B, N, K)
// with weight (N, O, K) and bias (N, O) to (B, N, O). It is the layer behind the
// embeddings of single columns, and of ensembles whose members share all but this
// ("NLinear" and "LinearEnsemble" in the code of Gorishniy et al.).
type GroupedLinear struct{}

// Name is "grouped_linear".
func (GroupedLinear) Name() string { return "grouped_linear" }

// OutShape is (B, N, O).
func (GroupedLinear) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 3); err != nil {
		return nil, err
	}
	x, w, bias := in[0], in[1], in[2]
	if len(x) != 3 || len(w) != 3 || x[1] != w[0] || x[2] != w[2] || !equal(bias, tensor.Shape{w[0], w[1]}) {
		return nil, fmt.Errorf("x %v, weight %v and bias %v, want (B, N, K), (N, O, K) and (N, O)", x, w, bias)
	}
	return tensor.Shape{x[0], w[0], w[1]}, nil
}

// BackwardReads are x and the weight.
func (GroupedLinear) BackwardReads() ([]bool, bool) { return []bool{true, true, false}, false }

// Float32 makes a kernel.
func (GroupedLinear) Float32() Kernel[float32] { return groupedLinear[float32]{} }

// Float64 makes a kernel.
func (GroupedLinear) Float64() Kernel[float64] { return groupedLinear[float64]{} }

type groupedLinear[T Float] struct{}

func (groupedLinear[T]) Forward(in []Array[T], out Array[T]) error {
	x, w, bias := in[0], in[1], in[2]
	b, n, k, o := x.Shape[0], x.Shape[1], x.Shape[2], w.Shape[1]
	for i := range b {
		copy(out.Data[i*n*o:(i+1)*n*o], bias.Data)
	}
	gemmEach(n, false, true, b, o, k, x.Data, n*k, k, w.Data, k, o*k, 1, out.Data, n*o, o)
	return nil
}

func (groupedLinear[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	x, w := in[0], in[1]
	b, n, k, o := x.Shape[0], x.Shape[1], x.Shape[2], w.Shape[1]
	if din[0].Wanted() { // (B, O)·(O, K) at each place
		gemmEach(n, false, false, b, k, o, grad.Data, n*o, o, w.Data, k, o*k, 0, din[0].Data, n*k, k)
	}
	if din[1].Wanted() { // (O, B)·(B, K) at each place
		gemmEach(n, true, false, o, k, b, grad.Data, n*o, o, x.Data, n*k, k, 0, din[1].Data, k, o*k)
	}
	if din[2].Wanted() {
		columnSums(din[2].Data, grad.Data)
	}
	return nil
}

// gemmEach sets C to op(A)·op(B) + beta·C for batch triples of matrices at fixed
// distances in a, b and c.
func gemmEach[T Float](batch int, ta, tb bool, m, n, k int, a []T, lda, strideA int, b []T, ldb, strideB int, beta T, c []T, ldc, strideC int) {
	if isFloat32[T]() {
		simd.GemmBatch(batch, ta, tb, m, n, k, 1, f32(a), lda, strideA, f32(b), ldb, strideB, float32(beta), f32(c), ldc, strideC)
		return
	}
	for i := range batch {
		gemm(ta, tb, m, n, k, 1, a[i*strideA:], lda, b[i*strideB:], ldb, beta, c[i*strideC:], ldc)
	}
}
