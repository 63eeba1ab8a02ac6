package simd

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// gemmBatch is a number of products at fixed distances.
type gemmBatch struct {
	matmul
	batch                     int
	strideA, strideB, strideC int
	body                      func(lo, hi int)
}

var gemmBatches freeList[gemmBatch]

// GemmBatch is Gemm for batch triples of matrices: the i-th starts at a[i·strideA:], b[i·strideB:]
// and c[i·strideC:]. A and B may be shared or overlap (a stride of 0 repeats one matrix); the rows
// of different C must not overlap, though they may interleave, like the heads of attention in (T,
// H·K).
func GemmBatch(batch int, transA, transB bool, m, n, k int, alpha float32, a []float32, lda, strideA int, b []float32, ldb, strideB int, beta float32, c []float32, ldc, strideC int) {
	if batch <= 0 || m == 0 || n == 0 {
		return
	}
	if strideA < 0 || strideB < 0 || strideC < 0 {
		panic(fmt.Sprintf("simd: GemmBatch of negative strides %d, %d, %d", strideA, strideB, strideC))
	}
	g := gemmBatches.get()
	if g.body == nil {
		g.body = g.some
	}
	g.matmul = matmul{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, a: a, lda: lda, b: b, ldb: ldb, beta: beta, c: c, ldc: ldc}
	g.batch, g.strideA, g.strideB, g.strideC = batch, strideA, strideB, strideC
	last := g.at(batch - 1) // the one that extends furthest
	last.check()
	g.runAll()
	g.matmul = matmul{} // so that the operands can be collected
	gemmBatches.put(g)
}

// at is the i-th product.
func (g *gemmBatch) at(i int) matmul {
	mm := g.matmul
	mm.a = from(mm.a, i*g.strideA)
	mm.b = from(mm.b, i*g.strideB)
	mm.c = from(mm.c, i*g.strideC)
	return mm
}

// from is s[i:], or empty if i is out of range, which check then reports.
func from(s []float32, i int) []float32 { return s[min(i, len(s)):] }

// runAll divides the batch, unless the matrices are so few and large that it is better to divide
// each one.
func (g *gemmBatch) runAll() {
	work := float64(g.m) * float64(g.n) * float64(g.k)
	if work >= parallelWork && g.batch < 8 {
		for i := range g.batch {
			mm := g.at(i)
			mm.run()
		}
		return
	}
	grain := g.batch
	if work*float64(g.batch) >= parallelWork {
		grain = 1 + int(parallelWork/4/(work+1))
	}
	parallel.Rows(g.batch, grain, g.body)
}

func (g *gemmBatch) some(lo, hi int) {
	s := takeScratch()
	for i := lo; i < hi; i++ {
		mm := g.at(i)
		if mm.k == 0 || mm.alpha == 0 {
			mm.scaleC()
		} else {
			mm.block(s, 0, mm.m, 0, mm.n)
		}
	}
	scratches.put(s)
}
