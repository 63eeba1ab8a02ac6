package simd

// packA lays out rows [i0, i0+m) of op(A), columns [p0, p0+kc), in panels of
// mr rows, each stored column by column. The last panel is as high as there are
// rows.
func (g *matmul) packA(dst []float32, mr, i0, m, p0, kc int) {
	for i := 0; i < m; i += mr {
		h := min(mr, m-i)
		panel := dst[i*kc:][:h*kc]
		if g.transA {
			for p := range kc {
				copy(panel[p*h:][:h], g.a[(p0+p)*g.lda+i0+i:])
			}
			continue
		}
		for r := range h {
			row := g.a[(i0+i+r)*g.lda+p0:][:kc]
			for p, v := range row {
				panel[p*h+r] = v
			}
		}
	}
}

// packB lays out columns [j0, j0+n) of op(B), rows [p0, p0+kc), in panels of nr
// columns, each stored row by row. The last panel is filled up with zeros.
func (g *matmul) packB(dst []float32, nr, p0, kc, j0, n int) {
	for j := 0; j < n; j += nr {
		w := min(nr, n-j)
		panel := dst[j*kc:][:nr*kc]
		if w < nr {
			clear(panel)
		}
		if !g.transB {
			for p := range kc {
				copy(panel[p*nr:][:w], g.b[(p0+p)*g.ldb+j0+j:])
			}
			continue
		}
		for c := range w {
			row := g.b[(j0+j+c)*g.ldb+p0:][:kc]
			for p, v := range row {
				panel[p*nr+c] = v
			}
		}
	}
}
