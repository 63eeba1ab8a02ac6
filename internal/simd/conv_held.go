package simd

// HeldWeights are the weights of a convolution packed once for many runs, while they do not change:
// with few pixels, packing is a substantial part of the work. The zero value is empty; Conv.Hold
// fills it.
type HeldWeights struct {
	layout Layout
	data   []float32
}

// A Layout determines how Hold packs weights: it depends on the path, the weights' shape and, where
// few pixels call for other loops, on the batch and image sizes. Convolutions with the same Layout
// can share the packed form of a weight.
type Layout struct {
	path             string
	narrow, tapMajor bool
}

// Layout returns the layout that c needs.
func (c *Conv) Layout() Layout {
	h, w := c.OutHW()
	return Layout{path: active.name, narrow: narrow(c.N * h * w), tapMajor: wantTaps(c.C/max(c.Groups, 1), h*w)}
}

// Hold packs w, (Out, C/Groups, KH, KW). It keeps no reference to w.
func (c *Conv) Hold(held *HeldWeights, w []float32) {
	oh, ow := c.OutHW()
	g := c.geometry(c.N*c.C*c.H*c.W, len(w), c.N*c.Out*oh*ow)
	held.layout = c.Layout()
	split, width := evenPanels(g.out, active.gemm.mr), 0
	if held.layout.narrow {
		width = active.gemm.nr
		split = panels{count: ceilDiv(g.out, width)}
	}
	held.data = make([]float32, g.groups*max(g.out, split.count*width)*g.depth())
	var room []float32
	to := held.data
	for group := range g.groups {
		for i := range split.count {
			start, n := i*width, min(width, g.out-i*width)
			panel := width
			if width == 0 {
				start, n = split.at(i)
				panel = n
			}
			room = grow(room, g.depth()*panel)
			g.holdPanel(to, room, w[(group*g.out+start)*g.depth():], n, panel, held.layout.tapMajor)
			to = to[g.depth()*panel:]
		}
	}
}

// holdPanel packs n channels in a panel of the given width: one row per weight of a channel, in the
// order of the passes.
func (g *geometry) holdPanel(dst, room, w []float32, n, width int, tapMajor bool) {
	kern, taps := &active.gemm, g.kh*g.kw
	if !tapMajor {
		room = dst
	}
	for r := 0; r < n; r += kern.lanes {
		kern.transpose(room[r:], width, w[r*g.depth():], g.depth(), min(kern.lanes, n-r), g.depth())
	}
	if !tapMajor {
		return
	}
	for t := range taps {
		for c := range g.c {
			copy(dst[(t*g.c+c)*width:][:n], room[(c*taps+t)*width:])
		}
	}
}

// Infer is Forward with weights that may be packed (held, or nil to read w), followed by f, unless
// it is nil. It yields the same bits as Forward.
func (c *Conv) Infer(dst, x, w, bias []float32, held *HeldWeights, f *Finish) {
	g := c.geometry(len(x), len(w), len(dst))
	if bias != nil {
		c.checkBias(len(bias))
	}
	if f != nil {
		f.check(c.Out, len(dst))
	}
	p := &c.forward
	g.setForward(p, dst, x, w, bias)
	p.finish = f
	switch {
	case held == nil:
		c.run(&g)
	case held.layout != c.Layout():
		panic("simd: Conv: the weights were packed for another convolution")
	default:
		p.tapMajor, p.few, p.packed = held.layout.tapMajor, false, held.data
		if held.layout.narrow {
			p.runNarrow()
		} else {
			p.run()
		}
	}
}
