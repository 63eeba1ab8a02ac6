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

// plan is how a product is cut into tasks.
type plan struct {
	passes []pass
	split  panels    // of m
	across int       // panels of one task
	parts  int       // tasks that share their pixels
	packed []float32 // panels of weights, at the place of the first channel of each in (groups, m, depth)
	few    bool      // pixels: each panel is used so rarely that it is packed when it is
	strips stripPlan
	minor  minorPlan
	narrow narrowPlan
}

// A pass is a part of the depth that is multiplied at a time; the results of the
// passes are added up in their order. Its weights are at depths a, a + step, a +
// 2·step … of a panel.
type pass struct {
	depth   int
	a, step int
	tap     tap // if all of the pass belongs to one
	channel int // the first
}

// With as many channels, each pass over a small image is of one tap. A pixel at
// the border can then leave out the taps that meet nothing, and has the same bits as
// if it had added their zeros.
const tapChannels = 64

func (p *product) depth() int { return p.channels * len(p.taps) }

// panelDepth is that of a panel of weights, which has all taps: channels of
// taps, or if backward taps of channels.
func (p *product) panelDepth() int { return p.channels * p.kernel }

// run computes the product, of which all but the plan is set, with the weights
// that pack has packed unless few.
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

// release forgets the operands, so as not to keep them alive.
func (p *product) release() {
	p.x, p.bias, p.dst, p.weights, p.packed, p.finish = nil, nil, nil, nil, nil, nil
}

// byTaps says that each pass is of one tap.
func (p *product) byTaps() bool {
	return wantTaps(p.channels, p.gh*p.gw) || len(p.taps) < p.kernel
}

func wantTaps(channels, pixels int) bool { return channels >= tapChannels && pixels <= minorPixels }

// setPasses cuts the depth.
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

// share cuts the panels of m into parts where the pixels give too few tasks.
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

// pack packs all panels of p's weights, unless p has so few pixels that a panel is
// better packed when it is used. free must follow.
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

// free gives the packed weights up.
func (k *weightPacker) free() {
	if k.shared != nil {
		buffers.put(k.shared)
	}
	k.product, k.shared = nil, nil
}

// packWork is the time to pack an element in multiplications.
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

// panel is the i-th panel of a group's weights; the tile is set to its height.
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

// setPass points the tile at what a pass takes of a panel.
func (t *tile) setPass(ps *pass, panel []float32) {
	t.a, t.csa, t.k = panel[ps.a*t.h:], ps.step*t.h, ps.depth
}

// runTasks is parallel.Run where the work is worth it.
func runTasks(n int, work float64, body func(i int)) {
	if work >= parallelWork {
		parallel.Run(n, body)
		return
	}
	for i := range n {
		body(i)
	}
}
