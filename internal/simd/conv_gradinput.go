package simd

// The gradient with respect to the input is a convolution of dy. With stride s, the rows of x with
// one residue modulo s interact with their own rows of the weights only, and likewise for columns:
// each pair of residues is one product, whose results are s apart.

// gradInput computes dx, one product of residues for each pair.
func (g *geometry) gradInput(residues []product, packer *weightPacker, dx, dy, w []float32) {
	if g.kh < g.sh || g.kw < g.sw {
		clear(dx) // some pixels interact with no weight
	}
	first := true
	for i := range residues {
		p := &residues[i]
		if !g.setResidue(p, i/g.sw, i%g.sw) {
			continue
		}
		p.x, p.weights, p.dst = dy, w, dx
		if first {
			packer.pack(p, g.h*g.w)
			first = false
		} else if p.few = packer.shared == nil; !p.few {
			p.packed = packer.shared.data
		}
		p.run()
	}
	packer.free()
}

// meeting describes which rows (or columns) of dy and of the kernel the rows of x with one residue
// interact with: n rows of the kernel, starting at first and then every stride-th. Result i of the
// residue combines the j-th of them with row i + far - j of dy.
type meeting struct{ first, n, far int }

func newMeeting(residue, kernel, stride, pad int) meeting {
	first := (residue + pad) % stride
	return meeting{first, max(0, ceilDiv(kernel-first, stride)), (residue + pad - first) / stride}
}

// setResidue sets p to the product for rows a and columns b modulo the stride, except for x, w and
// dst. It reports whether any such pixels interact with weights.
func (g *geometry) setResidue(p *product, a, b int) bool {
	rows, cols := newMeeting(a, g.kh, g.sh, g.ph), newMeeting(b, g.kw, g.sw, g.pw)
	if rows.n == 0 || cols.n == 0 || a >= g.h || b >= g.w {
		return false
	}
	p.frame = frame{
		channels: g.out, h: g.oh, w: g.ow, gh: ceilDiv(g.h-a, g.sh), gw: ceilDiv(g.w-b, g.sw),
		top: rows.n - 1 - rows.far, left: cols.n - 1 - cols.far, stepH: 1, stepW: 1, spanH: rows.n, spanW: cols.n,
	}
	p.n, p.groups, p.m = g.n, g.groups, g.c
	p.height, p.width = g.h, g.w
	p.row0, p.col0, p.rowStep, p.colStep = a, b, g.sh, g.sw
	p.kernel, p.backward, p.taps = g.kh*g.kw, true, p.taps[:0]
	for j := range rows.n {
		for k := range cols.n {
			index := (rows.first+j*g.sh)*g.kw + cols.first + k*g.sw
			p.taps = append(p.taps, tap{rows.n - 1 - j, cols.n - 1 - k, index})
		}
	}
	return true
}
