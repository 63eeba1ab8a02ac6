package simd

// setForward sets p to the convolution of x with w.
func (g *geometry) setForward(p *product, dst, x, w, bias []float32) {
	p.frame = g.patches()
	p.n, p.groups, p.m = g.n, g.groups, g.out
	p.x, p.bias = x, bias
	p.weights, p.kernel, p.backward = w, g.kh*g.kw, false
	p.taps = g.taps(p.taps[:0])
	p.dst, p.height, p.width = dst, g.oh, g.ow
	p.row0, p.col0, p.rowStep, p.colStep = 0, 0, 1, 1
	p.finish, p.tapMajor = nil, false
}

// patches is the frame of x for the results.
func (g *geometry) patches() frame {
	return frame{
		channels: g.c, h: g.h, w: g.w, gh: g.oh, gw: g.ow, top: g.ph, left: g.pw,
		stepH: g.sh, stepW: g.sw, spanH: g.kh, spanW: g.kw,
	}
}

// taps appends all weights of a channel to dst, in order.
func (g *geometry) taps(dst []tap) []tap {
	for r := range g.kh {
		for q := range g.kw {
			dst = append(dst, tap{r, q, len(dst)})
		}
	}
	return dst
}
