package simd

import "github.com/chiasm-ml/chiasm/internal/parallel"

// minorPlan computes a product of small images with the batch as the innermost dimension: the
// elements under a tap of one pixel, in all images, are then a contiguous row of B, and a tap that
// covers only padding is skipped. In a 2×2 image, that is 5 out of 9 taps of a 3×3 kernel.
type minorPlan struct {
	images     panels    // of at most nr images
	slab       []float32 // per panel of images and group: (channels, h, columns, images)
	columns    int       // in the slab: those of the images, sorted by residue
	order      []int32   // of the pixels of a channel in the slab; empty if unchanged
	load, body func(i int)
}

const (
	minorImages = 16 // minimum batch, to fill vectors
	minorPixels = 64 // at most
)

func (p *product) runMinor(work float64) {
	m := &p.minor
	if m.body == nil {
		m.load, m.body = p.minorLoad, p.minorTask
	}
	m.images = evenPanels(p.n, active.gemm.nr)
	p.share(m.images.count*p.groups, work)
	p.minorOrder()
	shared := take(p.n * p.groups * p.channels * p.h * m.columns)
	m.slab = shared.data
	parallel.Run(ceilDiv(p.groups*p.channels, loadChannels), m.load)
	runTasks(m.images.count*p.groups*p.parts, work, m.body)
	m.slab = nil
	buffers.put(shared)
}

// loadChannels is the number of channels that one task transposes.
const loadChannels = 32

// imagePanel is the slab of one panel of images and one group.
func (p *product) imagePanel(k, group int) (slab []float32, start, n int) {
	start, n = p.minor.images.at(k)
	size := p.channels * p.h * p.minor.columns
	return p.minor.slab[(start*p.groups+group*n)*size:][:n*size], start, n
}

// residueColumns is the number of columns of a residue in the slab.
func (p *product) residueColumns() int { return ceilDiv(p.w, p.stepW) }

// column is the position of column x in the slab.
func (p *product) column(x int) int { return x%p.stepW*p.residueColumns() + x/p.stepW }

// minorOrder sets the order of pixels in the slab: with a stride, columns are sorted by residue, so
// that elements read by neighbouring results are adjacent.
func (p *product) minorOrder() {
	m := &p.minor
	m.columns, m.order = p.residueColumns()*p.stepW, m.order[:0]
	if p.stepW == 1 {
		return
	}
	for i := range p.h * m.columns {
		y, x := i/m.columns, i%m.columns
		x = x%p.residueColumns()*p.stepW + x/p.residueColumns()
		m.order = append(m.order, int32(y*p.w+min(x, p.w-1))) // beyond the last column: arbitrary
	}
}

// minorLoad transposes some channels of all images.
func (p *product) minorLoad(i int) {
	kern, size := &active.gemm, p.h*p.w
	s := takeScratch()
	for c := i * loadChannels; c < min((i+1)*loadChannels, p.groups*p.channels); c++ {
		for k := range p.minor.images.count {
			slab, start, n := p.imagePanel(k, c/p.channels)
			slab = slab[c%p.channels*p.h*p.minor.columns*n:]
			to := slab
			if len(p.minor.order) > 0 {
				s.c = grow(s.c, size*n)
				to = s.c
			}
			for r := 0; r < n; r += kern.lanes {
				from := p.x[((start+r)*p.groups*p.channels+c)*size:]
				kern.transpose(to[r:], n, from, p.groups*p.channels*size, min(kern.lanes, n-r), size)
			}
			for q, from := range p.minor.order {
				copy(slab[q*n:][:n], s.c[int(from)*n:])
			}
		}
	}
	scratches.put(s)
}

// minorTask computes some channels of one group for one panel of images.
func (p *product) minorTask(i int) {
	lo, hi := p.panelsOf(i % p.parts)
	group := i / p.parts % p.groups
	slab, first, n := p.imagePanel(i/p.parts/p.groups, group)
	pixels := p.gh * p.gw
	s := takeScratch()
	t := &s.tile
	s.c = grow(s.c, active.gemm.mr*pixels*n)
	t.alpha, t.beta, t.ldb, t.ldc = 1, 1, p.h*p.minor.columns*n, pixels*n
	for j := lo; j < hi; j++ {
		panel, start := p.panel(s, group, j)
		clear(s.c)
		for y := range p.gh {
			p.minorRow(s, panel, slab, y, n)
		}
		for o := range t.h {
			row := s.c[o*t.ldc:][:t.ldc]
			p.addBias(row, group, start+o)
			p.minorStore(s, row, first, n, group, start+o)
			for image := first; p.finish != nil && image < first+n; image++ {
				at := p.place(image, group, start+o)
				p.finish.plane(p.dst[at:][:pixels], group*p.m+start+o, at)
			}
		}
	}
	*t = tile{} // so that the operands can be collected
	scratches.put(s)
}

// minorRow adds the products for one row of pixels of n images.
func (p *product) minorRow(s *scratch, panel, slab []float32, y, n int) {
	t := &s.tile
	for k := range p.passes {
		ps := &p.passes[k]
		r := y*p.stepH + ps.tap.r - p.top
		if r < 0 || r >= p.h {
			continue
		}
		t.setPass(ps, panel)
		lo, hi := p.inside(ps.tap.q)
		if lo == hi {
			continue
		}
		from := ((ps.channel*p.h+r)*p.minor.columns + p.column(lo*p.stepW+ps.tap.q-p.left)) * n
		p.minorRun(t, s.c[(y*p.gw+lo)*n:], slab[from:], (hi-lo)*n)
	}
}

// inside is the range of columns of the grid for which column q of the frame is inside the image.
func (p *product) inside(q int) (lo, hi int) {
	first := q - p.left
	if first < 0 {
		lo = min(ceilDiv(-first, p.stepW), p.gw)
	}
	if last := p.w - 1 - first; last >= 0 {
		hi = min(last/p.stepW+1, p.gw)
	}
	return lo, max(lo, hi)
}

// minorRun adds the tile's pass over w columns.
func (p *product) minorRun(t *tile, c, b []float32, w int) {
	nr := active.gemm.nr
	for at := 0; at < w; at += nr {
		t.w, t.b, t.c = min(nr, w-at), b[at:], c[at:]
		active.gemm.tile(t)
	}
}

// minorStore transposes the results of one channel, (pixels, n images), to their destination.
func (p *product) minorStore(s *scratch, row []float32, first, n, group, o int) {
	kern, pixels := &active.gemm, p.gh*p.gw
	to, stride := p.plane(first, group, o), p.groups*p.m*p.height*p.width
	direct := p.rowStep == 1 && p.colStep == 1 && p.gw == p.width
	if !direct {
		s.b = grow(s.b, n*pixels)
		to, stride = s.b, pixels
	}
	for r := 0; r < pixels; r += kern.lanes {
		kern.transpose(to[r:], stride, row[r*n:], n, min(kern.lanes, pixels-r), n)
	}
	if direct {
		return
	}
	for image := range n {
		p.spread(p.plane(first+image, group, o), s.b[image*pixels:][:pixels], 0)
	}
}
