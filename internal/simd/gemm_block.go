package simd

// Blocking after Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication", 2008, with the roles of A and B exchanged: a panel of A, at most 12
// rows deep stepK, stays in the nearest cache while the packed panels of B
// stream past it from the next.
const (
	stepK = 384
	stepN = 512
)

// Below these numbers of rows of C it does not pay to pack B, below these columns not to
// pack A: each packed element is used too rarely.
const (
	directRows = 36
	directCols = 128
)

// depthStep is the depth of one pass over C: k in even parts of at most stepK.
func depthStep(k int) int { return ceilDiv(k, ceilDiv(k, stepK)) }

// block computes rows [i0, i1) and columns [j0, j1) of C.
func (g *matmul) block(s *scratch, i0, i1, j0, j1 int) {
	t := &s.tile
	t.alpha, t.ldc = g.alpha, g.ldc
	directB := !g.transB && i1-i0 <= directRows
	step := depthStep(g.k)
	for p := 0; p < g.k; p += step {
		t.k, t.beta = min(step, g.k-p), 1
		if p == 0 {
			t.beta = g.beta
		}
		for j := j0; j < j1; j += stepN {
			n := min(stepN, j1-j)
			if !directB {
				nr := active.gemm.nr
				s.b = grow(s.b, ceilDiv(n, nr)*nr*t.k)
				g.packB(s.b, p, t.k, j, n)
			}
			g.strip(s, directB, p, i0, i1, j, n)
		}
	}
	*t = tile{} // so as not to keep the operands alive
}

// strip computes rows [i0, i1) of n columns from j on, for one pass.
func (g *matmul) strip(s *scratch, directB bool, p, i0, i1, j, n int) {
	kern, t := &active.gemm, &s.tile
	directA := n <= directCols && !g.transA
	split := evenPanels(i1-i0, kern.mr)
	for i := range split.count {
		start, h := split.at(i)
		start += i0
		if t.h = h; directA {
			t.a, t.rsa, t.csa = g.a[start*g.lda+p:], g.lda, 1
		} else {
			s.a = grow(s.a, h*t.k)
			g.packRows(s.a, start, h, p, t.k)
			t.a, t.rsa, t.csa = s.a, 1, h
		}
		for c := 0; c < n; c += kern.nr {
			t.w = min(kern.nr, n-c)
			if directB {
				t.b, t.ldb = g.b[p*g.ldb+j+c:], g.ldb
			} else {
				t.b, t.ldb = s.b[c*t.k:], kern.nr
			}
			t.c = g.c[start*g.ldc+j+c:]
			kern.tile(t)
		}
	}
}
