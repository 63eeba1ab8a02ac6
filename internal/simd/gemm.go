package simd

import "fmt"

// gemmKernel multiplies one tile of at most mr rows and nr columns, and packs operands for it.
type gemmKernel struct {
	mr, nr int
	tile   func(t *tile)

	// wide multiplies at most wideRows rows and exactly wideCols columns.
	wideRows, wideCols int
	wide               func(t *tile)

	// transpose sets dst[p·dstStride + r] = src[r·srcStride + p] for r < rows and
	// p < n; rows is at most lanes.
	lanes     int
	transpose func(dst []float32, dstStride int, src []float32, srcStride, rows, n int)
	// copyRows copies n rows of w <= nr elements.
	copyRows func(dst []float32, dstStride int, src []float32, srcStride, w, n int)
	// pickRows copies every second of 2·w-1 elements, w <= lanes, of n rows.
	pickRows func(dst []float32, dstStride int, src []float32, srcStride, w, n int)
	// gather copies rows of w <= nr elements at the offsets from src, for each of several runs.
	gather func(dst []float32, dstStride, dstRun int, src []float32, srcRun int, offsets []int32, w, runs int)
}

// tile is C = alpha·A·B + beta·C for h rows and w columns. A's element (i, p) is a[i·rsa + p·csa],
// B's (p, j) is b[p·ldb + j]. With beta 0, C is not read. The assembly depends on the offsets of
// the fields.
type tile struct {
	h, w, k, rsa, csa, ldb, ldc int
	alpha, beta                 float32
	a, b, c                     []float32
}

// matmul is one product, with the arguments of Gemm.
type matmul struct {
	transA, transB bool
	m, n, k        int
	alpha          float32
	a              []float32
	lda            int
	b              []float32
	ldb            int
	beta           float32
	c              []float32
	ldc            int
	packed         []float32 // B in the layout of Packed; b is unused then
	then           Then
}

// Gemm sets C = alpha·op(A)·op(B) + beta·C, where op(A) is (m, k), op(B) (k, n) and C (m, n), all
// row-major with the given row strides; op transposes if requested. With beta 0, C is only written,
// so a NaN in it does not propagate. C must not overlap A or B.
//
// Every element of C is summed over k in an order that depends only on k, not on GOMAXPROCS or its
// position in C. Gemm panics if a slice is too short.
func Gemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	g := matmul{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, a: a, lda: lda, b: b, ldb: ldb, beta: beta, c: c, ldc: ldc}
	g.check()
	g.run()
}

// Then is called with ranges of rows and columns of C once they are computed, by the goroutine that
// computed them: to add a bias, or apply a function, while the numbers are in its cache. The ranges
// cover each element of C exactly once.
type Then func(i0, i1, j0, j1 int)

// GemmThen is Gemm followed by then, which may be nil.
func GemmThen(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int, then Then) {
	g := matmul{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, a: a, lda: lda, b: b, ldb: ldb, beta: beta, c: c, ldc: ldc, then: then}
	g.check()
	g.run()
}

// run computes the product, whose arguments have been checked.
func (g *matmul) run() {
	switch {
	case g.m == 0 || g.n == 0:
	case g.k == 0 || g.alpha == 0:
		g.scaleC()
		g.finish(0, g.m, 0, g.n)
	case float64(g.m)*float64(g.n)*float64(g.k) < parallelWork:
		s := takeScratch()
		g.block(s, 0, g.m, 0, g.n)
		scratches.put(s)
		g.finish(0, g.m, 0, g.n)
	default:
		call := gemmCalls.get()
		call.run(g)
		gemmCalls.put(call)
	}
}

// parallelWork is the number of multiplications below which one goroutine does everything: some
// tens of microseconds.
const parallelWork = 1 << 20

// check panics if the arguments do not describe three matrices.
func (g *matmul) check() {
	if g.m < 0 || g.n < 0 || g.k < 0 {
		panic(fmt.Sprintf("simd: Gemm of sizes m %d, n %d, k %d", g.m, g.n, g.k))
	}
	rows, cols := g.m, g.k
	if g.transA {
		rows, cols = cols, rows
	}
	checkMatrix("A", rows, cols, g.lda, len(g.a))
	if g.packed == nil {
		checkB(g.transB, g.k, g.n, g.ldb, len(g.b))
	}
	checkMatrix("C", g.m, g.n, g.ldc, len(g.c))
}

func checkB(trans bool, k, n, stride, length int) {
	if trans {
		k, n = n, k
	}
	checkMatrix("B", k, n, stride, length)
}

func checkMatrix(name string, rows, cols, stride, length int) {
	if rows == 0 || cols == 0 {
		return
	}
	if stride < cols || length < (rows-1)*stride+cols {
		badMatrix(name, rows, cols, stride, length)
	}
}

//go:noinline
func badMatrix(name string, rows, cols, stride, length int) {
	panic(fmt.Sprintf("simd: Gemm: %s is (%d, %d) with stride %d, but the slice has %d elements", name, rows, cols, stride, length))
}

func (g *matmul) finish(i0, i1, j0, j1 int) {
	if g.then != nil {
		g.then(i0, i1, j0, j1)
	}
}

// scaleC is the product without A and B.
func (g *matmul) scaleC() {
	for i := range g.m {
		row := g.c[i*g.ldc:][:g.n]
		switch g.beta {
		case 0:
			clear(row)
		case 1:
		default:
			active.scale(row, g.beta, row)
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
