package simd

import "github.com/chiasm-ml/chiasm/internal/parallel"

// A product is a convolution in the form that the tasks compute: for each group of each image,
// weights (m, depth) times the patches of the grid's pixels (depth, pixels). Forward is one;
// GradInput is one per residue of the stride.
type product struct {
	frame
	n, groups, m int
	x            []float32 // sources
	bias         []float32 // of groups·m elements, or nil
	finish       *Finish   // of the results, or nil

	// The weights are (groups, m, channels, kernel) or, if backward, (groups,
	// channels, m, kernel). The product takes those at taps.
	weights  []float32
	kernel   int
	backward bool
	tapMajor bool // panels of weights have their taps outside, as those of backward
	taps     []tap

	// Result (i, j) of channel o goes to row row0 + i·rowStep, column col0 +
	// j·colStep of plane o, which is (height, width).
	dst              []float32
	height, width    int
	row0, col0       int
	rowStep, colStep int

	plan
}

// plan is the division of a product into tasks.
type plan struct {
	passes []pass
	split  panels    // of m
	across int       // panels per task
	parts  int       // tasks that share their pixels
	packed []float32 // panels of weights, at the place of the first channel of each in (groups, m, depth)
	few    bool      // few pixels: each panel is used so rarely that it is packed on use
	strips stripPlan
	minor  minorPlan
	narrow narrowPlan
}

// A pass is a part of the depth that is multiplied at a time; the results of the passes are added
// in order. Its weights are at depths a, a + step, a + 2·step … of a panel.
type pass struct {
	depth   int
	a, step int
	tap     tap // if all of the pass belongs to one
	channel int // the first
}

// With at least this many channels, each pass over a small image is a single tap. A pixel at the
// border can then skip the taps that cover only padding, with the same bits as if it had added
// their zeros.
const tapChannels = 64

func (p *product) depth() int { return p.channels * len(p.taps) }

// panelDepth is the depth of a panel of weights, which contains all taps: channels of taps or, if
// backward, taps of channels.
func (p *product) panelDepth() int { return p.channels * p.kernel }

// run computes the product, which is complete except for the plan, with weights packed by pack
// unless few.
func (p *product) run() {
	work := p.work()
	p.split = evenPanels(p.m, active.gemm.mr)
	p.setPasses()
	if p.byTaps() && p.n >= minorImages && p.gh*p.gw <= minorPixels {
		p.runMinor(work)
	} else {
		p.runStrips(work)
	}
	p.release()
}

// work is the number of multiplications.
func (p *product) work() float64 {
	return float64(p.n*p.groups*p.m) * float64(p.depth()) * float64(p.gh*p.gw)
}

// release drops the operands so that they can be collected.
func (p *product) release() {
	p.x, p.bias, p.dst, p.weights, p.packed, p.finish = nil, nil, nil, nil, nil, nil
}

// byTaps reports whether each pass is a single tap.
func (p *product) byTaps() bool {
	return wantTaps(p.channels, p.gh*p.gw) || len(p.taps) < p.kernel
}

func wantTaps(channels, pixels int) bool { return channels >= tapChannels && pixels <= minorPixels }

// setPasses divides the depth into passes.
func (p *product) setPasses() {
	p.passes = p.passes[:0]
	if !p.byTaps() {
		step := depthStep(p.depth())
		for k := 0; k < p.depth(); k += step {
			p.passes = append(p.passes, pass{depth: min(step, p.depth()-k), a: k, step: 1})
		}
		return
	}
	step := depthStep(p.channels)
	for _, t := range p.taps {
		for c := 0; c < p.channels; c += step {
			ps := pass{depth: min(step, p.channels-c), a: c*p.kernel + t.index, step: p.kernel, tap: t, channel: c}
			if p.backward || p.tapMajor {
				ps.a, ps.step = t.index*p.channels+c, 1
			}
			p.passes = append(p.passes, ps)
		}
	}
}

// share divides the panels of m into parts if the pixels yield too few tasks.
func (p *product) share(tasks int, work float64) {
	p.parts = 1
	if work >= parallelWork && tasks < 2*fewBlocks {
		p.parts = min(ceilDiv(2*fewBlocks, tasks), max(1, p.split.count/2))
	}
	p.across = ceilDiv(p.split.count, p.parts)
	p.parts = ceilDiv(p.split.count, p.across)
}

// panelsOf is the range of panels of a part.
func (p *product) panelsOf(part int) (lo, hi int) {
	return part * p.across, min((part+1)*p.across, p.split.count)
}

// weightPacker packs the panels of products that share their weights.
type weightPacker struct {
	*product
	shared *buffer
	body   func(i int)
}

// pack packs all panels of p's weights, unless p has so few pixels that a panel is better packed on
// use. free must be called afterwards.
func (k *weightPacker) pack(p *product, pixels int) {
	if k.body == nil {
		k.body = k.one
	}
	if p.few = p.n*pixels <= directCols; p.few {
		return
	}
	k.product = p
	p.split = evenPanels(p.m, active.gemm.mr)
	k.shared = take(len(p.weights))
	p.packed = k.shared.data
	runTasks(p.groups*p.split.count, float64(len(p.weights))*packWork, k.body)
}

// free releases the packed weights.
func (k *weightPacker) free() {
	if k.shared != nil {
		buffers.put(k.shared)
	}
	k.product, k.shared = nil, nil
}

// packWork is the time to pack an element, in multiplications.
const packWork = 8

func (k *weightPacker) one(i int) {
	group := i / k.split.count
	start, h := k.split.at(i % k.split.count)
	k.packPanel(k.product.packed[(group*k.m+start)*k.panelDepth():], group, start, h)
}

// packPanel packs h channels of a group's weights from channel i on.
func (p *product) packPanel(dst []float32, group, i, h int) {
	kern := &active.gemm
	w := p.weights[group*p.m*p.panelDepth():]
	switch {
	case !p.backward:
		kern.transpose(dst, h, w[i*p.panelDepth():], p.panelDepth(), h, p.panelDepth())
	case p.kernel == 1:
		kern.copyRows(dst, h, w[i:], p.m, h, p.channels)
	default:
		for c := range p.channels {
			kern.transpose(dst[c*h:], p.channels*h, w[(c*p.m+i)*p.kernel:], p.kernel, h, p.kernel)
		}
	}
}

// panel returns the i-th panel of a group's weights, and sets the tile to its height.
func (p *product) panel(s *scratch, group, i int) (weights []float32, start int) {
	start, h := p.split.at(i)
	s.tile.h, s.tile.rsa = h, 1
	if !p.few {
		return p.packed[(group*p.m+start)*p.panelDepth():], start
	}
	s.a = grow(s.a, h*p.panelDepth())
	p.packPanel(s.a, group, start, h)
	return s.a, start
}

// setPass points the tile at a pass's part of a panel.
func (t *tile) setPass(ps *pass, panel []float32) {
	t.a, t.csa, t.k = panel[ps.a*t.h:], ps.step*t.h, ps.depth
}

// runTasks is parallel.Run if there is enough work.
func runTasks(n int, work float64, body func(i int)) {
	if work >= parallelWork {
		parallel.Run(n, body)
		return
	}
	for i := range n {
		body(i)
	}
}
