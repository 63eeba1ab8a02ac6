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

// packA lays out rows [i0, i0+m) of op(A), columns [p0, p0+kc), in even panels
// of at most mr rows, each stored column by column.
func (g *matmul) packA(dst []float32, mr, i0, m, p0, kc int) {
	split := evenPanels(m, mr)
	for i := range split.count {
		start, h := split.at(i)
		panel := dst[start*kc:][:h*kc]
		if g.transA {
			for p := range kc {
				copy(panel[p*h:][:h], g.a[(p0+p)*g.lda+i0+start:])
			}
			continue
		}
		for r := range h {
			row := g.a[(i0+start+r)*g.lda+p0:][:kc]
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
