package simd

import "sync/atomic"

// stripPlan divides a product into blocks of pixels, for which patches are gathered panel by panel.
type stripPlan struct {
	grid    blocks
	offsets []int32 // of the passes, concatenated
	call    uint64  // identifies this run
	body    func(i int)
}

// gatherAll is the maximum number of patch elements gathered at once for all channels: they stay in
// the second-level cache.
const gatherAll = 160 << 10

// Tasks process blocks of about this many pixels: enough that a panel of weights, once in the
// first-level cache, is reused for some time.
const blockPixels = 256

func (p *product) runStrips(work float64) {
	if p.strips.body == nil {
		p.strips.body = p.stripTask
	}
	pixels := blockPixels
	for pixels < 4*blockPixels && pixels*p.m*p.depth() < blockWork/4 {
		pixels *= 2
	}
	p.strips.grid = p.frame.blocks(p.n, pixels)
	p.setRows(p.strips.grid.rows())
	p.setOffsets()
	tasks := p.strips.grid.count() * p.groups
	p.share(tasks, work)
	p.strips.call = stripCalls.Add(1)
	runTasks(tasks*p.parts, work, p.strips.body)
}

// stripCalls counts the runs of the process.
var stripCalls atomic.Uint64

// gathered identifies the block and the run whose patches a scratch holds.
type gathered struct {
	call  uint64
	block int
}

// setOffsets lists the offsets in the order of the passes.
func (p *product) setOffsets() {
	p.strips.offsets = p.addOffsets(p.strips.offsets[:0], p.taps, p.backward || p.byTaps())
}

// A pixelStrip is the pixels of a task, in units that are divided into panels.
type pixelStrip struct {
	*product
	block       block
	group       int
	unit, units int // pixels of a unit
	direct      bool
}

// stripTask computes some channels of one group for one block of pixels.
func (p *product) stripTask(i int) {
	lo, hi := p.panelsOf(i % p.parts)
	group := i / p.parts % p.groups
	b := p.strips.grid.at(i / p.parts / p.groups)
	s := scratches.get()
	mine := gathered{p.strips.call, i / p.parts}
	ready := s.gathered == mine
	s.gathered = gathered{}

	// Results are stored directly at their destination if the pixels of an image are contiguous
	// there and fill panels.
	t := pixelStrip{product: p, block: b, group: group, unit: b.rows * p.gw, units: b.images}
	t.direct = p.rowStep == 1 && p.colStep == 1 && p.gw == p.width && (b.images == 1 || t.unit >= 2*active.gemm.nr)
	if !t.direct {
		t.unit, t.units = b.pixels(&p.frame), 1
		s.c = grow(s.c, p.m*t.unit)
	}
	s.tile.alpha, s.tile.ldb = 1, active.gemm.nr
	if p.n*p.gh*p.gw <= directCols || p.parts > 1 && p.depth()*b.pixels(&p.frame) <= gatherAll {
		t.byPanel(s, lo, hi, ready)
		s.gathered = mine
	} else {
		t.byPass(s, lo, hi)
	}
	s.tile = tile{} // so that the operands can be collected
	from, _ := p.split.at(lo)
	last, h := p.split.at(hi - 1)
	t.conclude(s, from, last+h)
	scratches.put(s)
}

// load fills the slab with what the block's pixels read.
func (t *pixelStrip) load(s *scratch) {
	planes := t.groups * t.channels * t.h * t.w
	t.loadBlock(s, t.block, t.x[t.block.n*planes+t.group*t.channels*t.h*t.w:], planes, t.channels)
}

// byPass gathers for one pass at a time, and multiplies all panels of the weights by that.
func (t *pixelStrip) byPass(s *scratch, lo, hi int) {
	t.load(s)
	at := 0
	for k := range t.passes {
		ps := &t.passes[k]
		t.gather(s, at, ps.depth)
		for i := lo; i < hi; i++ {
			panel, start := t.panel(s, t.group, i)
			s.tile.setPass(ps, panel)
			t.multiply(s, start, k, s.b, ps.depth)
		}
		at += ps.depth
	}
}

// byPanel gathers for all passes at once, and then processes one panel of weights after the other.
// The parts of a block on the same goroutine gather once.
func (t *pixelStrip) byPanel(s *scratch, lo, hi int, ready bool) {
	if !ready {
		t.load(s)
		t.gather(s, 0, t.depth())
	}
	for i := lo; i < hi; i++ {
		panel, start := t.panel(s, t.group, i)
		at := 0
		for k := range t.passes {
			ps := &t.passes[k]
			s.tile.setPass(ps, panel)
			t.multiply(s, start, k, s.b[at*active.gemm.nr:], t.depth())
			at += ps.depth
		}
	}
}

// unitPanels is the number of pixel panels per unit.
func (t *pixelStrip) unitPanels() int { return ceilDiv(t.unit, active.gemm.nr) }

// gather fills s.b with panels of depth rows, for the offsets from at on.
func (t *pixelStrip) gather(s *scratch, at, depth int) {
	nr := active.gemm.nr
	s.b = grow(s.b, t.units*t.unitPanels()*nr*depth)
	offsets, to := t.strips.offsets[at:at+depth], s.b
	for u := range t.units {
		for first := 0; first < t.unit; first += nr {
			t.gatherPixels(s, to, nr, t.block, t.channels, offsets, u*t.unit+first, min(nr, t.unit-first))
			to = to[nr*depth:]
		}
	}
}

// multiply computes the k-th pass for the tile's panel of weights, which starts with channel o. The
// panels of b are stride rows apart.
func (t *pixelStrip) multiply(s *scratch, o, k int, b []float32, stride int) {
	tl, nr := &s.tile, active.gemm.nr
	tl.beta = float32(min(k, 1))
	for u := range t.units {
		c, ldc := t.result(s, o, u)
		tl.ldc = ldc
		for at := 0; at < t.unit; at += nr {
			tl.w, tl.b, tl.c = min(nr, t.unit-at), b, c[at:]
			active.gemm.tile(tl)
			b = b[min(nr*stride, len(b)):]
		}
	}
}

// result is the destination of a unit's pixels, from channel o on.
func (t *pixelStrip) result(s *scratch, o, unit int) (c []float32, ldc int) {
	if !t.direct {
		return s.c[o*t.unit:], t.unit
	}
	return t.plane(t.block.n+unit, t.group, o)[t.block.i*t.gw:], t.height * t.width
}

// plane is dst from channel o of a group of an image on.
func (p *product) plane(image, group, o int) []float32 { return p.dst[p.place(image, group, o):] }

// place is the offset of channel o of a group of an image in dst.
func (p *product) place(image, group, o int) int {
	return ((image*p.groups+group)*p.m + o) * p.height * p.width
}

// conclude adds the bias to channels [lo, hi), stores the results at their destination and finishes
// them.
func (t *pixelStrip) conclude(s *scratch, lo, hi int) {
	size := t.block.rows * t.gw
	for o := lo; o < hi; o++ {
		for u := range t.units {
			row, _ := t.result(s, o, u)
			t.addBias(row[:t.unit], t.group, o)
		}
		for image := range t.block.images {
			if !t.direct {
				t.spread(t.plane(t.block.n+image, t.group, o), s.c[o*t.unit+image*size:][:size], t.block.i)
			}
			if t.finish != nil {
				at := t.place(t.block.n+image, t.group, o) + t.block.i*t.width
				t.finish.plane(t.dst[at:][:size], t.group*t.m+o, at)
			}
		}
	}
}

func (p *product) addBias(row []float32, group, o int) {
	if p.bias != nil {
		active.addScalar(row, p.bias[group*p.m+o], row)
	}
}

// spread copies rows of the grid, from row i on, to their destination in a plane.
func (p *product) spread(plane, rows []float32, i int) {
	if p.rowStep == 1 && p.colStep == 1 && p.gw == p.width {
		copy(plane[(p.row0+i)*p.width:], rows)
		return
	}
	for ; len(rows) > 0; rows, i = rows[p.gw:], i+1 {
		to := plane[(p.row0+i*p.rowStep)*p.width+p.col0:]
		if p.colStep == 1 {
			copy(to, rows[:p.gw])
			continue
		}
		for j, v := range rows[:p.gw] {
			to[j*p.colStep] = v
		}
	}
}
