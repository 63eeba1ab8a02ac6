package simd

import "github.com/chiasm-ml/chiasm/internal/parallel"

// A product is a convolution as the tasks compute it: for each group of each
// image, weights (m, depth) times what each pixel of the grid sees (depth, pixels).
// Forward is one; GradInput is one for each residue of the stride.
type product struct {
	frame
	n, groups, m int
	x            []float32 // sources
	bias         []float32 // of groups·m elements, or nil

	weights matmul // A of the first group; B and C unused
	next    int    // elements from one group's weights to the next's
	packed  []float32
	// The depth is that of the weights: taps of channels, or if tapMajor channels of
	// taps.
	taps     []tap
	tapMajor bool
	offsets  []int32

	// Result (i, j) of channel o goes to row row0 + i·rowStep, column col0 +
	// j·colStep of plane o, which is (height, width).
	dst              []float32
	height, width    int
	row0, col0       int
	rowStep, colStep int

	step     int // depth of one pass
	grid     blocks
	across   int // panels of m of one task
	tasks    int // of one block and group
	body     func(i int)
	isPacked bool
}

// Tasks take blocks of about this many pixels: enough that a panel of
// weights, once in the nearest cache, is used for some time.
const blockPixels = 256

func (p *product) depth() int { return p.channels * len(p.taps) }

// run computes the product, of which the fields down to colStep are set.
func (p *product) run() {
	if p.body == nil {
		p.body = p.task
	}
	kern := &active.gemm
	work := float64(p.n*p.groups*p.m) * float64(p.depth()) * float64(p.gh*p.gw)
	p.step = depthStep(p.depth())
	pixels := blockPixels
	for pixels < 4*blockPixels && pixels*p.m*p.depth() < blockWork/4 {
		pixels *= 2
	}
	p.grid = p.frame.blocks(p.n, pixels)
	p.setRows(p.grid.rows())
	p.offsets = p.addOffsets(p.offsets[:0], p.taps, p.tapMajor)
	count := p.grid.count() * p.groups
	rows := ceilDiv(p.m, kern.mr)
	p.tasks = 1
	if work >= parallelWork && count < 2*fewBlocks {
		p.tasks = min(ceilDiv(2*fewBlocks, count), max(1, rows/2))
	}
	p.across = ceilDiv(rows, p.tasks)
	p.tasks = ceilDiv(rows, p.across)
	if p.isPacked = p.n*p.gh*p.gw > directCols; p.isPacked {
		p.pack()
	}
	if work >= parallelWork {
		parallel.Run(count*p.tasks, p.body)
	} else {
		for i := range count * p.tasks {
			p.body(i)
		}
	}
	p.x, p.bias, p.dst, p.weights.a = nil, nil, nil, nil // so as not to keep them alive
}

// pack packs the weights, pass after pass.
func (p *product) pack() {
	size := p.m * p.depth()
	p.packed = grow(p.packed, p.groups*size)
	for g := range p.groups {
		w := p.weights
		w.a = w.a[g*p.next:]
		for k := 0; k < p.depth(); k += p.step {
			w.packA(p.packed[g*size+k*p.m:], 0, p.m, k, min(p.step, p.depth()-k))
		}
	}
}

// task computes some channels of one group for one block of pixels.
func (p *product) task(i int) {
	part, group := i%p.tasks, i/p.tasks%p.groups
	b := p.grid.at(i / p.tasks / p.groups)
	s := scratches.get()
	planes := p.groups * p.channels * p.h * p.w
	p.loadBlock(s, b, p.x[b.n*planes+group*p.channels*p.h*p.w:], planes, p.channels)

	// Results go where they belong at once if the pixels of an image lie side by
	// side there and fill panels.
	nr := active.gemm.nr
	t := strip{product: p, block: b, group: group, unit: b.rows * p.gw, units: b.images}
	t.direct = p.rowStep == 1 && p.colStep == 1 && p.gw == p.width && (b.images == 1 || t.unit >= 2*nr)
	if !t.direct {
		t.unit, t.units = b.pixels(&p.frame), 1
		s.c = grow(s.c, p.m*t.unit)
	}
	split := evenPanels(p.m, active.gemm.mr)
	lo, hi := part*p.across, min((part+1)*p.across, split.count)
	for k := 0; k < p.depth(); k += p.step {
		t.pass(s, split, lo, hi, k, min(p.step, p.depth()-k))
	}
	s.tile = tile{}
	from, _ := split.at(lo)
	last, h := split.at(hi - 1)
	t.finish(s, from, last+h)
	scratches.put(s)
}

// A strip is the pixels of a task, in units that are cut into panels.
type strip struct {
	*product
	block       block
	group       int
	unit, units int // pixels of a unit
	direct      bool
}

// pass multiplies depth [k, k+kc) of panels [lo, hi) of the weights.
func (t *strip) pass(s *scratch, split panels, lo, hi, k, kc int) {
	kern, nr := &active.gemm, active.gemm.nr
	panels := ceilDiv(t.unit, nr)
	s.b = grow(s.b, t.units*panels*nr*kc)
	for j := range t.units * panels {
		at := j % panels * nr
		t.gatherPixels(s, s.b[j*nr*kc:], nr, t.block, t.channels, t.offsets[k:k+kc], j/panels*t.unit+at, min(nr, t.unit-at))
	}
	tl := &s.tile
	tl.k, tl.alpha, tl.beta, tl.ldb = kc, 1, min(1, float32(k)), nr
	for i := lo; i < hi; i++ {
		start := t.weightPanel(tl, split, i, k)
		for j := range t.units * panels {
			at := j % panels * nr
			tl.w = min(nr, t.unit-at)
			tl.b = s.b[j*nr*kc:]
			tl.c, tl.ldc = t.result(s, start, j/panels, at)
			kern.tile(tl)
		}
	}
}

// weightPanel points the tile's A at the i-th panel of the pass that begins at depth k.
func (t *strip) weightPanel(tl *tile, split panels, i, k int) (start int) {
	if t.isPacked {
		return tl.packedRows(split, i, t.packed[t.group*t.m*t.depth()+k*t.m:])
	}
	start, tl.h = split.at(i)
	w := &t.weights
	if tl.rsa, tl.csa = w.lda, 1; w.transA {
		tl.rsa, tl.csa = 1, w.lda
	}
	tl.a = w.a[t.group*t.next+start*tl.rsa+k*tl.csa:]
	return start
}

// result is where pixel at of a unit goes, in channel o.
func (t *strip) result(s *scratch, o, unit, at int) (c []float32, ldc int) {
	if !t.direct {
		return s.c[o*t.unit+at:], t.unit
	}
	return t.plane(o, unit)[t.block.i*t.gw+at:], t.height * t.width
}

// plane is dst from channel o of an image of the block on.
func (t *strip) plane(o, image int) []float32 {
	return t.dst[(((t.block.n+image)*t.groups+t.group)*t.m+o)*t.height*t.width:]
}

// finish adds the bias to channels [lo, hi) and puts the results in place.
func (t *strip) finish(s *scratch, lo, hi int) {
	for o := lo; o < hi; o++ {
		if t.bias != nil {
			b := t.bias[t.group*t.m+o]
			for u := range t.units {
				row, _ := t.result(s, o, u, 0)
				active.addScalar(row[:t.unit], b, row[:t.unit])
			}
		}
		if !t.direct {
			t.spread(s.c[o*t.unit:][:t.unit], o)
		}
	}
}

// spread copies the results of one channel to where they belong.
func (t *strip) spread(row []float32, o int) {
	for image := range t.block.images {
		plane := t.plane(o, image)
		for i := range t.block.rows {
			to := plane[(t.row0+(t.block.i+i)*t.rowStep)*t.width+t.col0:]
			from := row[(image*t.block.rows+i)*t.gw:][:t.gw]
			if t.colStep == 1 {
				copy(to, from)
				continue
			}
			for j, v := range from {
				to[j*t.colStep] = v
			}
		}
	}
}
