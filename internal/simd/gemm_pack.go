package simd

// panels cuts n rows into the fewest panels of at most most rows, as even as can
// be: 13 rows in panels of 12 are 7 and 6, for a panel of one row would waste
// the kernel.
type panels struct{ count, base, extra int }

func evenPanels(n, most int) panels {
	c := ceilDiv(n, most)
	return panels{c, n / max(c, 1), n % max(c, 1)}
}

// at is where the i-th panel starts and how many rows it has.
func (p panels) at(i int) (start, height int) {
	if i < p.extra {
		return i * (p.base + 1), p.base + 1
	}
	return i*p.base + p.extra, p.base
}

// packRows lays out h rows of op(A) from row i on, columns [p, p+k), column by
// column.
func (g *matmul) packRows(dst []float32, i, h, p, k int) {
	if g.transA {
		active.gemm.copyRows(dst, h, g.a[p*g.lda+i:], g.lda, h, k)
		return
	}
	active.gemm.transpose(dst, h, g.a[i*g.lda+p:], g.lda, h, k)
}

// packB lays out columns [j, j+n) of op(B), rows [p, p+k), in panels of nr
// columns, each stored row by row. The last panel has nr columns too, of which
// those beyond n are left as they were.
func (g *matmul) packB(dst []float32, p, k, j, n int) {
	kern := &active.gemm
	for c := 0; c < n; c += kern.nr {
		w := min(kern.nr, n-c)
		panel := dst[c*k:][:kern.nr*k]
		if !g.transB {
			kern.copyRows(panel, kern.nr, g.b[p*g.ldb+j+c:], g.ldb, w, k)
			continue
		}
		for r := 0; r < w; r += kern.lanes {
			kern.transpose(panel[r:], kern.nr, g.b[(j+c+r)*g.ldb+p:], g.ldb, min(kern.lanes, w-r), k)
		}
	}
}
