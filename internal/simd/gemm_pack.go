package simd

// panels divides n rows into the fewest panels of at most most rows, as equal as possible: 13 rows
// in panels of 12 become 7 and 6, since a panel of one row would waste the kernel.
type panels struct{ count, base, extra int }

func evenPanels(n, most int) panels {
	c := ceilDiv(n, most)
	return panels{c, n / max(c, 1), n % max(c, 1)}
}

// at returns the start and the number of rows of the i-th panel.
func (p panels) at(i int) (start, height int) {
	if i < p.extra {
		return i * (p.base + 1), p.base + 1
	}
	return i*p.base + p.extra, p.base
}

// packRows packs h rows of op(A) from row i on, columns [p, p+k), column by column.
func (g *matmul) packRows(dst []float32, i, h, p, k int) {
	if g.transA {
		active.gemm.copyRows(dst, h, g.a[p*g.lda+i:], g.lda, h, k)
		return
	}
	active.gemm.transpose(dst, h, g.a[i*g.lda+p:], g.lda, h, k)
}

// packB packs columns [j, j+n) of op(B), rows [p, p+k), in panels of width columns, each stored row
// by row. The last panel is as wide as the others; its columns beyond n are left unchanged.
func (g *matmul) packB(dst []float32, width, p, k, j, n int) {
	kern := &active.gemm
	for c := 0; c < n; c += width {
		w := min(width, n-c)
		panel := dst[c*k:][:width*k]
		if g.transB {
			for r := 0; r < w; r += kern.lanes {
				kern.transpose(panel[r:], width, g.b[(j+c+r)*g.ldb+p:], g.ldb, min(kern.lanes, w-r), k)
			}
			continue
		}
		for r := 0; r < w; r += kern.nr {
			kern.copyRows(panel[r:], width, g.b[p*g.ldb+j+c+r:], g.ldb, min(kern.nr, w-r), k)
		}
	}
}
