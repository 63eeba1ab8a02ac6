package simd

// The gradient with respect to the input is a convolution of dy. With stride s,
// the rows of x with one residue modulo s meet their own rows of the weights and no
// others, and likewise for columns: each pair of residues is one product, whose results
// lie s apart.

// residue is one of those products.
type residue struct {
	product
	picked []float32 // its weights, if not all
}

// gradInput computes dx, with one of rs for each pair of residues; turned is
// scratch of the size of w.
func (g *geometry) gradInput(rs []residue, turned, dx, dy, w []float32) {
	if g.kh < g.sh || g.kw < g.sw {
		clear(dx) // some pixels meet no weight
	}
	if g.kh*g.kw == 1 {
		turned = w
	} else {
		g.turn(turned, w)
	}
	for i := range rs {
		p := &rs[i]
		if g.setResidue(p, i/g.sw, i%g.sw, turned) {
			p.x, p.dst = dy, dx
			p.run()
		}
	}
}

// turn sets dst, (groups, kh·kw, out, c), to w, (groups, out, c, kh·kw).
func (g *geometry) turn(dst, w []float32) {
	kern, taps := &active.gemm, g.kh*g.kw
	size := g.out * g.c
	for i := range g.groups * g.out {
		to := dst[i/g.out*taps*size+i%g.out*g.c:]
		for c := 0; c < g.c; c += kern.lanes {
			kern.transpose(to[c:], size, w[(i*g.c+c)*taps:], taps, min(kern.lanes, g.c-c), taps)
		}
	}
}

// meeting is what rows (or columns) of x with one residue meet: n rows of the
// kernel, the first and then every stride-th. Result i of the residue meets with
// the j-th of them row i + far - j of dy.
type meeting struct{ first, n, far int }

func newMeeting(residue, kernel, stride, pad int) meeting {
	first := (residue + pad) % stride
	return meeting{first, max(0, ceilDiv(kernel-first, stride)), (residue + pad - first) / stride}
}

// setResidue makes p the product for rows a and columns b modulo the stride, but
// for x and dst. It reports whether there are such pixels that meet weights.
func (g *geometry) setResidue(p *residue, a, b int, turned []float32) bool {
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
	p.tapMajor, p.taps = true, p.taps[:0]
	for j := range rows.n {
		for k := range cols.n {
			p.taps = append(p.taps, tap{rows.n - 1 - j, cols.n - 1 - k})
		}
	}
	if len(p.taps) < g.kh*g.kw {
		p.pick(g, turned, rows, cols)
		turned = p.picked
	}
	p.weights = matmul{a: turned, lda: g.c, transA: true}
	p.next = len(p.taps) * g.out * g.c
	return true
}

// pick copies the weights that the residue meets.
func (p *residue) pick(g *geometry, turned []float32, rows, cols meeting) {
	size := g.out * g.c
	p.picked = p.picked[:0]
	for i := range g.groups {
		for j := range rows.n {
			for k := range cols.n {
				t := (i*g.kh+rows.first+j*g.sh)*g.kw + cols.first + k*g.sw
				p.picked = append(p.picked, turned[t*size:][:size]...)
			}
		}
	}
}
