package simd

import "github.com/chiasm-ml/chiasm/internal/parallel"

// convGradWeight multiplies, for each group, the patches (depth, pixels of all images) by dy
// transposed (pixels, out), which yields the transposed gradient: neither operand of the kernels
// then needs a transposed image. The images are divided into chunks that are summed separately and
// then added in order.
type convGradWeight struct {
	geometry
	frame         frame
	dw, db, x, dy []float32
	taps          []tap
	offsets       []int32
	partial       []float32 // per chunk: (groups, depth, out)
	images        int       // per chunk
	chunks        int
	channels      int // per task
	parts         int // tasks per group
	body          func(i int)
	sum           func(lo, hi int)
	biases        func(lo, hi int)
}

const (
	// Limits of the chunks of images: at most this many, and only as many as keep the partial sums
	// below this number of elements.
	mostChunks  = 8
	mostPartial = 1 << 21

	// Rows of dW that one task sums and transposes.
	sumRows = 16
)

func (f *convGradWeight) run(g geometry, dw, db, x, dy []float32) {
	if f.body == nil {
		f.body, f.sum, f.biases = f.task, f.sumChunks, f.gradBias
	}
	f.geometry, f.frame = g, g.patches()
	f.dw, f.db, f.x, f.dy = dw, db, x, dy
	f.images = ceilDiv(g.n, max(1, min(g.n, mostChunks, mostPartial/len(dw))))
	f.chunks = ceilDiv(g.n, f.images)
	f.channels = ceilDiv(g.c, max(1, min(g.c, mostChunks/(f.chunks*g.groups))))
	f.parts = ceilDiv(g.c, f.channels)
	f.taps = g.taps(f.taps[:0])
	grid := f.frame.blocks(f.images, stepK)
	f.frame.setRows(grid.rows())
	f.offsets = f.frame.addOffsets(f.offsets[:0], f.taps, false)
	shared := take(f.chunks * len(dw))
	f.partial = shared.data
	runTasks(f.chunks*g.groups*f.parts, g.work(), f.body)
	parallel.Rows(g.groups*g.depth(), sumRows*max(1, 1<<14/(sumRows*g.out)), f.sum)
	if db != nil {
		parallel.Rows(len(db), max(1, 1<<16/(g.n*g.pixels())), f.biases)
	}
	f.dw, f.db, f.x, f.dy, f.partial = nil, nil, nil, nil, nil // so that they can be collected
	buffers.put(shared)
}

// sumChunks adds the chunks' sums of rows [lo, hi), numbered across all groups, and transposes them
// into dw.
func (f *convGradWeight) sumChunks(lo, hi int) {
	kern, out, depth := &active.gemm, f.out, f.depth()
	for row := lo; row < hi; {
		group, k := row/depth, row%depth
		n := min(kern.lanes, depth-k, hi-row)
		sum := f.partial[row*out:][:n*out]
		for i := 1; i < f.chunks; i++ {
			active.add(sum, sum, f.partial[i*len(f.dw)+row*out:][:n*out])
		}
		kern.transpose(f.dw[group*out*depth+k:], depth, sum, out, n, out)
		row += n
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

// task computes the gradients of some channels of one group over one chunk of images.
func (f *convGradWeight) task(i int) {
	g := &f.geometry
	first := i % f.parts * f.channels
	channels := min(f.channels, g.c-first)
	group := i / f.parts % g.groups
	chunk := i / f.parts / g.groups
	taps := len(f.taps)
	sum := f.partial[chunk*len(f.dw)+(group*g.depth()+first*taps)*g.out:][:channels*taps*g.out]
	planes := g.groups * g.c * g.h * g.w

	s := takeScratch()
	start := chunk * f.images
	grid := f.frame.blocks(min(f.images, g.n-start), stepK)
	for k := range grid.count() {
		b := grid.at(k)
		b.n += start
		f.frame.loadBlock(s, b, f.x[b.n*planes+(group*g.c+first)*g.h*g.w:], planes, channels)
		f.packDy(s, b, group)
		s.tile.beta = min(1, float32(k))
		f.multiply(s, b, sum, channels)
	}
	s.tile = tile{}
	scratches.put(s)
}

// packDy packs dy transposed, (pixels of the block, out), in panels of nr columns.
func (f *convGradWeight) packDy(s *scratch, b block, group int) {
	kern, depth := &active.gemm, b.pixels(&f.frame)
	s.b = grow(s.b, ceilDiv(f.out, kern.nr)*kern.nr*depth)
	part := b.rows * f.ow
	for image := range b.images {
		dy := f.dy[((b.n+image)*f.groups+group)*f.out*f.pixels()+b.i*f.ow:]
		for o := 0; o < f.out; o += kern.lanes {
			panel := s.b[o/kern.nr*kern.nr*depth+image*part*kern.nr+o%kern.nr:]
			kern.transpose(panel, kern.nr, dy[o*f.pixels():], f.pixels(), min(kern.lanes, f.out-o), part)
		}
	}
}

// multiply adds the products over the pixels of a block.
func (f *convGradWeight) multiply(s *scratch, b block, sum []float32, channels int) {
	kern, depth := &active.gemm, b.pixels(&f.frame)
	s.a = grow(s.a, kern.mr*depth)
	t := &s.tile
	t.k, t.alpha, t.a, t.rsa, t.csa, t.ldb, t.ldc = depth, 1, s.a, depth, 1, kern.nr, f.out
	split := evenPanels(channels*len(f.taps), kern.mr)
	for i := range split.count {
		var start int
		start, t.h = split.at(i)
		f.frame.gatherPixels(s, s.a, depth, b, channels, f.offsets[start:start+t.h], 0, depth)
		for o := 0; o < f.out; o += kern.nr {
			t.w = min(kern.nr, f.out-o)
			t.b, t.c = s.b[o*depth:], sum[start*f.out+o:]
			kern.tile(t)
		}
	}
}
