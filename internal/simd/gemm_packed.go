package simd

import "fmt"

// packedCols is the panel width of a Packed, a multiple of every kernel's.
const packedCols = 128

// Packed is the second operand of products, packed once for many: weights that do not change. With
// one or a few rows, packing dominates a product with a transposed B. The zero value is empty; Pack
// fills it.
type Packed struct {
	k, n int
	data []float32 // panels of packedCols columns, each (k, packedCols)
}

// Pack packs op(B), (k, n), with the arguments of Gemm. It keeps no reference to b, and may be
// called again.
func (p *Packed) Pack(transB bool, k, n int, b []float32, ldb int) {
	if k < 0 || n < 0 {
		panic(fmt.Sprintf("simd: Pack of sizes k %d, n %d", k, n))
	}
	checkB(transB, k, n, ldb, len(b))
	p.k, p.n = k, n
	p.data = grow(p.data, ceilDiv(n, packedCols)*packedCols*k)
	g := matmul{transB: transB, k: k, n: n, b: b, ldb: ldb}
	if k > 0 {
		g.packB(p.data, packedCols, 0, k, 0, n)
	}
}

// Gemm sets C = alpha·A·B + beta·C for A (m, k) and C (m, n), with the same bits as the function
// Gemm.
func (p *Packed) Gemm(m int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int) {
	p.GemmThen(m, alpha, a, lda, beta, c, ldc, nil)
}

// GemmThen is Gemm followed by then, which may be nil.
func (p *Packed) GemmThen(m int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int, then Then) {
	g := matmul{m: m, n: p.n, k: p.k, alpha: alpha, a: a, lda: lda, beta: beta, c: c, ldc: ldc, packed: p.data, then: then}
	if p.data == nil { // the check of B does not apply
		g.packed = []float32{}
	}
	g.check()
	g.run()
}
