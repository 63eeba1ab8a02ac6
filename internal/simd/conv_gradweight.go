package simd

import "github.com/chiasm-ml/chiasm/internal/parallel"

// convGradWeight multiplies, for each group, dy (out, pixels of all images) by
// the transposed patches (pixels, depth). The images are cut into chunks that
// are summed apart and then in order.
type convGradWeight struct {
	geometry
	dw, db, x, dy []float32
	partial       []float32
	images        int // of one chunk
	chunks        int
	cols, blocks  int // depth of one task, tasks of one group
	body          func(i int)
	sum           func(lo, hi int)
	biases        func(lo, hi int)
}

// Chunks of images: at most this many, and no more than keep the partial sums
// below this number of elements.
const (
	mostChunks  = 8
	mostPartial = 1 << 21
)

func (f *convGradWeight) run(g geometry, dw, db, x, dy, partial []float32) []float32 {
	if f.body == nil {
		f.body, f.sum, f.biases = f.task, f.sumChunks, f.gradBias
	}
	f.geometry, f.dw, f.db, f.x, f.dy = g, dw, db, x, dy
	f.images = ceilDiv(g.n, max(1, min(g.n, mostChunks, mostPartial/len(dw))))
	f.chunks = ceilDiv(g.n, f.images)
	f.cols = min(g.depth(), max(8/f.chunks, 1)*active.gemm.nr)
	f.blocks = ceilDiv(g.depth(), f.cols)
	f.partial = dw
	if f.chunks > 1 {
		partial = grow(partial, f.chunks*len(dw))
		f.partial = partial
	}
	runTasks(f.chunks*g.groups*f.blocks, g.work(), f.body)
	if f.chunks > 1 {
		parallel.Rows(len(dw), 1<<14, f.sum)
	}
	if db != nil {
		parallel.Rows(len(db), max(1, 1<<16/(g.n*g.pixels())), f.biases)
	}
	f.dw, f.db, f.x, f.dy, f.partial = nil, nil, nil, nil, nil
	return partial
}

// sumChunks adds up the chunks' sums.
func (f *convGradWeight) sumChunks(lo, hi int) {
	copy(f.dw[lo:hi], f.partial[lo:hi])
	for i := 1; i < f.chunks; i++ {
		active.add(f.dw[lo:hi], f.dw[lo:hi], f.partial[i*len(f.dw):][lo:hi])
	}
}

// gradBias sums dy over images and pixels.
func (f *convGradWeight) gradBias(lo, hi int) {
	n := f.pixels()
	for o := lo; o < hi; o++ {
		var s float64
		for i := range f.n {
			s += float64(Sum(f.dy[(i*len(f.db)+o)*n:][:n]))
		}
		f.db[o] = float32(s)
	}
}

// task computes some columns of one group's gradient over one chunk of images.
func (f *convGradWeight) task(i int) {
	g, kern := &f.geometry, &active.gemm
	k0 := i % f.blocks * f.cols
	k1 := min(k0+f.cols, g.depth())
	group := i / f.blocks % g.groups
	chunk := i / f.blocks / g.groups
	dw := f.partial[chunk*len(f.dw)+group*g.out*g.depth():][:g.out*g.depth()]
	split := evenPanels(g.out, kern.mr)

	s := scratches.get()
	step := min(stepK, g.pixels())
	s.a = grow(s.a, g.out*step)
	s.b = grow(s.b, step*kern.nr)
	t := &s.tile
	*t = tile{b: s.b, ldb: kern.nr, ldc: g.depth(), alpha: 1}
	for n := chunk * f.images; n < min((chunk+1)*f.images, g.n); n++ {
		image := n*g.groups + group
		x := f.x[image*g.c*g.h*g.w:][:g.c*g.h*g.w]
		m := matmul{a: f.dy[image*g.out*g.pixels():][:g.out*g.pixels()], lda: g.pixels()}
		for p := 0; p < g.pixels(); p += step {
			t.k = min(step, g.pixels()-p)
			m.packA(s.a, 0, g.out, p, t.k)
			s.segments = g.segments(s.segments, p, t.k)
			for k := k0; k < k1; k += kern.nr {
				t.w = min(kern.nr, k1-k)
				g.patchColumns(s.b, kern.nr, x, s.segments, k, t.w)
				for j := range split.count {
					start := t.packedRows(split, j, s.a)
					t.c = dw[start*g.depth()+k:]
					kern.tile(t)
				}
			}
			t.beta = 1
		}
	}
	*t = tile{}
	scratches.put(s)
}

// patchColumns fills rows of nr columns with patches, transposed: column j
// holds what weight k0+j meets, row p the p-th pixel of the segments.
func (g *geometry) patchColumns(dst []float32, nr int, x []float32, segs []segment, k0, w int) {
	t := g.tap(k0)
	if w < nr {
		last := segs[len(segs)-1]
		clear(dst[:(last.at+last.n)*nr])
	}
	for j := range w {
		plane := x[t.c*g.h*g.w:][:g.h*g.w]
		for _, s := range segs {
			g.gatherColumn(dst[s.at*nr+j:], nr, plane, s, t)
		}
		t = g.next(t)
	}
}

// gatherColumn is gather with nr elements from one result to the next.
func (g *geometry) gatherColumn(dst []float32, nr int, plane []float32, s segment, t tap) {
	ih := s.oh*g.sh + t.r - g.ph
	lo, hi := 0, 0
	if ih >= 0 && ih < g.h {
		lo, hi = g.inside(s.ow, s.n, t.q)
	}
	for i := range lo {
		dst[i*nr] = 0
	}
	for i := hi; i < s.n; i++ {
		dst[i*nr] = 0
	}
	if lo == hi {
		return
	}
	src := plane[ih*g.w+(s.ow+lo)*g.sw+t.q-g.pw:]
	for i := lo; i < hi; i++ {
		dst[i*nr] = src[(i-lo)*g.sw]
	}
}
