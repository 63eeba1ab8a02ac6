package simd

// Blocking after Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication", 2008: a panel of B of depth stepK stays in the nearest cache
// while the packed rows of A stream past it.
const (
	stepK = 384
	stepM = 240 // a multiple of every kernel's mr
	stepN = 512
)

// block computes rows [i0, i1) and columns [j0, j1) of C.
func (g *matmul) block(s *scratch, i0, i1, j0, j1 int) {
	kern := &active.gemm
	t := &s.tile
	t.alpha, t.ldb, t.ldc = g.alpha, kern.nr, g.ldc
	for jc := j0; jc < j1; jc += stepN {
		nc := min(stepN, j1-jc)
		for pc := 0; pc < g.k; pc += stepK {
			kc := min(stepK, g.k-pc)
			t.k, t.beta = kc, 1
			if pc == 0 {
				t.beta = g.beta
			}
			s.b = grow(s.b, ceilDiv(nc, kern.nr)*kern.nr*kc)
			g.packB(s.b, kern.nr, pc, kc, jc, nc)
			for ic := i0; ic < i1; ic += stepM {
				mc := min(stepM, i1-ic)
				s.a = grow(s.a, mc*kc)
				g.packA(s.a, kern.mr, ic, mc, pc, kc)
				g.tiles(s, ic, mc, jc, nc)
			}
		}
	}
	*t = tile{} // so as not to keep the operands alive
}

// tiles multiplies the packed s.a by the packed s.b into C at (ic, jc).
func (g *matmul) tiles(s *scratch, ic, mc, jc, nc int) {
	kern := &active.gemm
	t := &s.tile
	split := evenPanels(mc, kern.mr)
	for j := 0; j < nc; j += kern.nr {
		t.w = min(kern.nr, nc-j)
		t.b = s.b[j*t.k:]
		for i := range split.count {
			start := t.packedRows(split, i, s.a)
			t.c = g.c[(ic+start)*g.ldc+jc+j:]
			kern.tile(t)
		}
	}
}

// packedRows points the tile's A at the i-th panel of packed, which starts
// at the returned row.
func (t *tile) packedRows(split panels, i int, packed []float32) (start int) {
	start, h := split.at(i)
	t.h, t.rsa, t.csa = h, 1, h
	t.a = packed[start*t.k:]
	return start
}
