package simd

// Blocking after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008,
// with the roles of A and B exchanged: a panel of A, at most 12 rows deep stepK, stays in the
// first-level cache while the packed panels of B stream past it from the second.
const (
	stepK = 384
	stepN = 512
)

// With at most this many rows of C it does not pay to pack B, and with at most this many columns it
// does not pay to pack A: each packed element is used too rarely. A transposed A is read in place
// only for still fewer columns, two panels of B.
const (
	directRows = 36
	directCols = 128
	cachedB    = 4096
)

// directB reports whether B is read in place for the given number of rows: for few, or for somewhat
// more if all of B is in the first-level cache anyway.
func (g *matmul) directB(rows int) bool {
	return !g.transB && (rows <= directRows || rows <= 2*directRows && g.k*g.ldb <= cachedB)
}

// depthStep is the depth of one pass over C: k divided into equal parts of at most stepK.
func depthStep(k int) int { return ceilDiv(k, ceilDiv(k, stepK)) }

// block computes rows [i0, i1) and columns [j0, j1) of C.
func (g *matmul) block(s *scratch, i0, i1, j0, j1 int) {
	kern, t := &active.gemm, &s.tile
	t.alpha, t.ldc = g.alpha, g.ldc
	st := strip{i0: i0, i1: i1, width: kern.nr}
	switch {
	case g.packed != nil:
		st.width = packedCols
	case g.directB(i1 - i0):
		st.directB = true
	case i1-i0 <= kern.wideRows:
		st.width = packedCols
	}
	step := depthStep(g.k)
	for p := 0; p < g.k; p += step {
		t.k, t.beta = min(step, g.k-p), 1
		if p == 0 {
			t.beta = g.beta
		}
		for j := j0; j < j1; j += stepN {
			st.p, st.j, st.n = p, j, min(stepN, j1-j)
			if g.packed == nil && !st.directB {
				s.b = grow(s.b, ceilDiv(st.n, st.width)*st.width*t.k)
				g.packB(s.b, st.width, p, t.k, j, st.n)
			}
			g.strip(s, &st)
		}
	}
	*t = tile{} // so that the operands can be collected
}

// strip is one pass over rows [i0, i1) of n columns from j on, with depth from p on, in panels of B
// of the given width. directB reads B in place.
type strip struct {
	p, i0, i1, j, n, width int
	directB                bool
}

func (g *matmul) strip(s *scratch, st *strip) {
	kern, t := &active.gemm, &s.tile
	direct := st.n <= 2*kern.nr || st.n <= directCols && !g.transA
	split := evenPanels(st.i1-st.i0, kern.mr)
	for i := range split.count {
		start, h := split.at(i)
		start += st.i0
		t.h = h
		switch {
		case !direct:
			s.a = grow(s.a, h*t.k)
			g.packRows(s.a, start, h, st.p, t.k)
			t.a, t.rsa, t.csa = s.a, 1, h
		case g.transA:
			t.a, t.rsa, t.csa = g.a[st.p*g.lda+start:], 1, g.lda
		default:
			t.a, t.rsa, t.csa = g.a[start*g.lda+st.p:], g.lda, 1
		}
		for c := 0; c < st.n; c += st.width {
			switch {
			case g.packed != nil:
				t.b, t.ldb = g.packed[(st.j+c)*g.k+st.p*st.width:], st.width
			case st.directB:
				t.b, t.ldb = g.b[st.p*g.ldb+st.j+c:], g.ldb
			default:
				t.b, t.ldb = s.b[c*t.k:], st.width
			}
			t.c = g.c[start*g.ldc+st.j+c:]
			t.columns(min(st.width, st.n-c))
		}
	}
}

// columns multiplies the tile by w columns.
func (t *tile) columns(w int) {
	kern := &active.gemm
	b, c, at := t.b, t.c, 0
	for ; t.h <= kern.wideRows && w-at >= kern.wideCols; at += kern.wideCols {
		t.b, t.c = b[at:], c[at:]
		kern.wide(t)
	}
	for ; at < w; at += kern.nr {
		t.w, t.b, t.c = min(kern.nr, w-at), b[at:], c[at:]
		kern.tile(t)
	}
}
