package simd

import "github.com/chiasm-ml/chiasm/internal/parallel"

// gemmCall is one product divided into blocks of C.
type gemmCall struct {
	matmul
	rows, cols int // of a block
	across     int // number of blocks side by side
	body       func(i int)

	after     Then // called when all blocks are done
	afterRows func(lo, hi int)
}

var gemmCalls freeList[gemmCall]

func (g *gemmCall) run(mm *matmul) {
	if g.body == nil {
		g.body = g.one
		g.afterRows = func(lo, hi int) { g.after(lo, hi, 0, g.n) }
	}
	g.matmul = *mm
	g.rows, g.cols = mm.cut()
	g.across = ceilDiv(mm.n, g.cols)
	if g.cols < min(thenCols, mm.n) {
		g.then, g.after = nil, g.then
	}
	parallel.Run(g.across*ceilDiv(mm.m, g.rows), g.body)
	if g.after != nil {
		parallel.Rows(mm.m, thenRows, g.afterRows)
		g.after = nil
	}
	g.matmul = matmul{} // so that the operands can be collected
}

func (g *gemmCall) one(i int) {
	i0, j0 := i/g.across*g.rows, i%g.across*g.cols
	s := takeScratch()
	i1, j1 := min(i0+g.rows, g.m), min(j0+g.cols, g.n)
	g.block(s, i0, i1, j0, j1)
	scratches.put(s)
	g.finish(i0, i1, j0, j1)
}

// Shorter parts of rows are not worth a call of Then each: it is then called for whole rows, this
// many at a time, when all blocks are done.
const (
	thenCols = 128
	thenRows = 64
)

// Blocks of C hold about this many multiplications, some tens of microseconds, as long as there are
// at least fewBlocks and at most manyBlocks of them.
const (
	blockWork  = 1 << 21
	fewBlocks  = 4
	manyBlocks = 32
)

// cut selects the size of the blocks. Each block packs its own operands, so among the grids with
// the desired number of blocks it selects the one that packs least.
func (g *matmul) cut() (rows, cols int) {
	kern, unit := &active.gemm, active.gemm.nr
	if g.packed != nil {
		unit = packedCols
	}
	work := float64(g.m) * float64(g.n) * float64(g.k)
	blocks := fewBlocks
	for blocks < manyBlocks && work > float64(blocks)*blockWork {
		blocks *= 2
	}
	rows, cols = g.m, g.n
	best := 0.0
	for down := 1; down <= blocks; down *= 2 {
		r := ceilDiv(g.m, down)
		c := ceilDiv(ceilDiv(g.n, blocks/down), unit) * unit
		if down > 1 && r < kern.mr || c >= g.n && down < blocks {
			continue // fewer blocks than wanted
		}
		cost := g.packing(r, c)
		if best == 0 || cost < best {
			best, rows, cols = cost, r, c
		}
	}
	return rows, cols
}

// packing estimates the cost of packing for blocks of (rows, cols), in elements: transposing costs
// about three times as much as copying, and reading in place is not free either.
func (g *matmul) packing(rows, cols int) float64 {
	a, b := 3.0, 1.0
	switch {
	case cols <= 2*active.gemm.nr, cols <= directCols && !g.transA:
		a = 0.5
	case g.transA:
		a = 1
	}
	switch {
	case g.packed != nil:
		b = 0.5
	case g.transB:
		b = 3
	case rows <= directRows:
		b = 0.5
	}
	return a*float64(g.m)*float64(ceilDiv(g.n, cols)) + b*float64(g.n)*float64(ceilDiv(g.m, rows))
}
