package simd

// With stride 1 the gradient with respect to the input is itself a
// convolution: of dy, by the weights turned about and with the channels
// exchanged.

// reversed is the geometry of that convolution.
func (g *geometry) reversed() geometry {
	r := *g
	r.c, r.h, r.w = g.out, g.oh, g.ow
	r.out, r.oh, r.ow = g.c, g.h, g.w
	r.ph, r.pw = g.kh-1-g.ph, g.kw-1-g.pw // below 0 where the padding is wider than the kernel
	return r
}

// flip sets dst, (groups, c, out, kh, kw), to the weights of that convolution.
func (g *geometry) flip(dst, w []float32) {
	taps := g.kh * g.kw
	for i := range g.groups {
		for o := range g.out {
			for c := range g.c {
				from := w[((i*g.out+o)*g.c+c)*taps:][:taps]
				to := dst[((i*g.c+c)*g.out+o)*taps:][:taps]
				for k, v := range from {
					to[taps-1-k] = v
				}
			}
		}
	}
}

// convGradInput is the gradient for other strides: transposed weights by dy
// gives what each patch receives, and that is added up in the image.
type convGradInput struct {
	geometry
	dx, dy, weights []float32
	body            func(i int)
}

func (f *convGradInput) run(g geometry, dx, dy, w, packed []float32) {
	if f.body == nil {
		f.body = f.task
	}
	f.geometry, f.dx, f.dy, f.weights = g, dx, dy, packed
	packWeights(packed, w, g.groups, g.out, g.depth(), true)
	runTasks(g.n*g.groups, g.work(), f.body)
	f.dx, f.dy, f.weights = nil, nil, nil
}

// task computes one group of one image.
func (f *convGradInput) task(i int) {
	g, kern := &f.geometry, &active.gemm
	dx := f.dx[i*g.c*g.h*g.w:][:g.c*g.h*g.w]
	dy := f.dy[i*g.out*g.pixels():][:g.out*g.pixels()]
	weights := f.weights[i%g.groups*g.out*g.depth():]
	split := evenPanels(g.depth(), kern.mr)
	clear(dx)

	s := scratches.get()
	nr := kern.nr
	s.a = grow(s.a, kern.mr*nr)
	s.b = grow(s.b, g.out*nr)
	t := &s.tile
	*t = tile{c: s.a, ldb: nr, ldc: nr, alpha: 1}
	m := matmul{b: dy, ldb: g.pixels()}
	for p := 0; p < g.pixels(); p += nr {
		t.w = min(nr, g.pixels()-p)
		s.segments = g.segments(s.segments, p, t.w)
		m.packB(s.b, 0, g.out, p, t.w)
		for j := range split.count {
			start, h := split.at(j)
			for pc := 0; pc < g.out; pc += stepK {
				t.k, t.beta = min(stepK, g.out-pc), min(1, float32(pc))
				t.packedRows(split, j, weights[pc*g.depth():])
				t.b = s.b[pc*nr:]
				kern.tile(t)
			}
			g.scatter(dx, s.a, nr, s.segments, start, h)
		}
	}
	*t = tile{}
	scratches.put(s)
}

// scatter adds h rows of nr columns, for the weights from k0 on, to the pixels
// that patches gathers from.
func (g *geometry) scatter(dx, rows []float32, nr int, segs []segment, k0, h int) {
	t := g.tap(k0)
	for i := range h {
		plane := dx[t.c*g.h*g.w:][:g.h*g.w]
		for _, s := range segs {
			ih := s.oh*g.sh + t.r - g.ph
			lo, hi := g.inside(s.ow, s.n, t.q)
			if ih < 0 || ih >= g.h || lo == hi {
				continue
			}
			to := plane[ih*g.w+(s.ow+lo)*g.sw+t.q-g.pw:]
			for j, v := range rows[i*nr+s.at:][lo:hi] {
				to[j*g.sw] += v
			}
		}
		t = g.next(t)
	}
}
