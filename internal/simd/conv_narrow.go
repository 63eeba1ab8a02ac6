package simd

// narrowPlan computes a product of very few pixels with the result's channels innermost: vectors
// are then full, whereas pixels would fill only part of one, and the weights, which are most of
// what is read, are read sequentially.
type narrowPlan struct {
	count   int       // panels of nr channels
	patches []float32 // per group: (depth, pixels)
	sums    []float32 // per group: (pixels, channels)
	body    func(i int)
}

// narrow reports whether the batch has so few pixels that they are better arranged as rows than as
// columns: they fit in one vector, or fill their last vector poorly.
func narrow(pixels int) bool {
	lanes := active.gemm.lanes
	empty := ceilDiv(pixels, lanes)*lanes - pixels
	return pixels <= narrowPixels && (pixels <= lanes || empty > pixels/8)
}

// narrowPixels is the maximum number of pixels for which the weights dominate the cost.
const narrowPixels = 64

// runNarrow is run with weights packed by Hold.
func (p *product) runNarrow() {
	m := &p.narrow
	if m.body == nil {
		m.body = p.narrowTask
	}
	work := p.work()
	p.setPasses()
	m.count = ceilDiv(p.m, active.gemm.nr)
	p.parts = 1
	if work >= parallelWork {
		p.parts = min(ceilDiv(2*fewBlocks, p.groups), m.count)
	}
	p.across = ceilDiv(m.count, p.parts)
	p.parts = ceilDiv(m.count, p.across)
	pixels := p.n * p.gh * p.gw
	patches, sums := take(p.groups*p.depth()*pixels), take(p.groups*p.m*pixels)
	m.patches, m.sums = patches.data, sums.data
	p.narrowGather(pixels)
	runTasks(p.groups*p.parts, work, m.body)
	m.patches, m.sums = nil, nil
	buffers.put(patches)
	buffers.put(sums)
	p.release()
}

// narrowGather fills the patches.
func (p *product) narrowGather(pixels int) {
	s := takeScratch()
	b := block{images: p.n, rows: p.gh}
	p.setRows(p.gh)
	p.setOffsets()
	size := p.channels * p.h * p.w
	for group := range p.groups {
		p.loadBlock(s, b, p.x[group*size:], p.groups*size, p.channels)
		p.gatherPixels(s, p.narrow.patches[group*p.depth()*pixels:], pixels, b, p.channels, p.strips.offsets, 0, pixels)
	}
	scratches.put(s)
}

// narrowTask computes some channels of one group.
func (p *product) narrowTask(i int) {
	m, kern := &p.narrow, &active.gemm
	group, part := i/p.parts, i%p.parts
	pixels, depth := p.n*p.gh*p.gw, p.depth()
	patches, sums := m.patches[group*depth*pixels:], m.sums[group*p.m*pixels:]
	s := takeScratch()
	t := &s.tile
	t.alpha, t.rsa, t.csa, t.ldb, t.ldc = 1, 1, pixels, kern.nr, p.m
	rows := evenPanels(pixels, kern.mr)
	lo, hi := part*p.across, min((part+1)*p.across, m.count)
	for j := lo; j < hi; j++ {
		weights := p.packed[(group*m.count+j)*kern.nr*depth:]
		t.w = min(kern.nr, p.m-j*kern.nr)
		for k := range p.passes {
			ps := &p.passes[k]
			t.k, t.beta, t.b = ps.depth, float32(min(k, 1)), weights[ps.a*kern.nr:]
			for r := range rows.count {
				var first int
				first, t.h = rows.at(r)
				t.a, t.c = patches[ps.a*pixels+first:], sums[first*p.m+j*kern.nr:]
				kern.tile(t)
			}
		}
	}
	*t = tile{} // so that the operands can be collected
	p.narrowStore(s, group, lo*kern.nr, min(hi*kern.nr, p.m))
	scratches.put(s)
}

// narrowStore adds the bias to channels [lo, hi), transposes them to their destination, and
// finishes them.
func (p *product) narrowStore(s *scratch, group, lo, hi int) {
	kern, pixels := &active.gemm, p.gh*p.gw
	sums := p.narrow.sums[group*p.m*p.n*pixels:]
	for i := range p.n * pixels {
		row := sums[i*p.m+lo : i*p.m+hi]
		if p.bias != nil {
			active.add(row, row, p.bias[group*p.m+lo:][:hi-lo])
		}
		if p.finish != nil {
			p.finish.channels(s, row, group*p.m+lo)
		}
	}
	for image := range p.n {
		at := p.place(image, group, lo)
		to := p.dst[at:][:(hi-lo)*pixels]
		for r := 0; r < pixels; r += kern.lanes {
			kern.transpose(to[r:], pixels, sums[(image*pixels+r)*p.m+lo:], p.m, min(kern.lanes, pixels-r), hi-lo)
		}
		if p.finish != nil {
			p.finish.rest(to, at)
		}
	}
}
