package simd

import "fmt"

// Conv is a two-dimensional convolution (cross-correlation, as in other frameworks) over float32 in
// NCHW layout: x (N, C, H, W), weights (Out, C/Groups, KH, KW), bias (Out), result (N, Out, OH,
// OW). A Groups or stride of 0 means 1.
//
// The full patch matrix is never built: each panel of patches is gathered just before it is
// multiplied. Work is partitioned by shape and sums have a fixed order; an image yields the same
// bits alone as in a batch. The struct keeps its plans between calls, so a value must not be used
// concurrently, or copied after its first use.
type Conv struct {
	N, C, H, W       int
	Out, KH, KW      int
	StrideH, StrideW int
	PadH, PadW       int
	Groups           int

	forward    product
	residues   []product // for GradInput
	packer     weightPacker
	gradWeight convGradWeight
}

// OutHW is the height and width of the result.
func (c *Conv) OutHW() (h, w int) {
	return (c.H+2*c.PadH-c.KH)/max(c.StrideH, 1) + 1, (c.W+2*c.PadW-c.KW)/max(c.StrideW, 1) + 1
}

// geometry holds the parameters of a convolution that the loops need, within one group.
type geometry struct {
	n, groups      int
	c, h, w        int // channels of one group
	out, oh, ow    int // channels of one group
	kh, kw         int
	sh, sw, ph, pw int
}

func (g *geometry) depth() int  { return g.c * g.kh * g.kw } // weights of one output channel
func (g *geometry) pixels() int { return g.oh * g.ow }

// work is the number of multiplications.
func (g *geometry) work() float64 {
	return float64(g.n*g.groups*g.out) * float64(g.depth()) * float64(g.pixels())
}

// geometry checks the sizes and the lengths of x, weights and y.
func (c *Conv) geometry(x, w, y int) geometry {
	groups := max(c.Groups, 1)
	g := geometry{
		n: c.N, groups: groups, c: c.C / groups, h: c.H, w: c.W, out: c.Out / groups,
		kh: c.KH, kw: c.KW, sh: max(c.StrideH, 1), sw: max(c.StrideW, 1), ph: c.PadH, pw: c.PadW,
	}
	g.oh, g.ow = c.OutHW()
	switch {
	case min(c.N, c.C, c.H, c.W, c.Out, c.KH, c.KW) < 1 || c.PadH < 0 || c.PadW < 0 || c.KH > c.H+2*c.PadH || c.KW > c.W+2*c.PadW:
		panic(fmt.Sprintf("simd: Conv of N %d, C %d, H %d, W %d with Out %d, KH %d, KW %d, PadH %d, PadW %d has no result",
			c.N, c.C, c.H, c.W, c.Out, c.KH, c.KW, c.PadH, c.PadW))
	case c.C%groups != 0 || c.Out%groups != 0:
		panic(fmt.Sprintf("simd: Conv: Groups %d does not divide C %d and Out %d", groups, c.C, c.Out))
	case x != c.N*c.C*c.H*c.W || w != c.Out*g.depth() || y != c.N*c.Out*g.pixels():
		panic(fmt.Sprintf("simd: Conv: x, weights and result have %d, %d and %d elements, want %d, %d and %d",
			x, w, y, c.N*c.C*c.H*c.W, c.Out*g.depth(), c.N*c.Out*g.pixels()))
	}
	return g
}

func (c *Conv) checkBias(bias int) {
	if bias != c.Out {
		panic(fmt.Sprintf("simd: Conv: bias has %d elements, want %d", bias, c.Out))
	}
}

// Forward sets dst to the convolution of x with w plus bias, which may be nil.
func (c *Conv) Forward(dst, x, w, bias []float32) {
	g := c.geometry(len(x), len(w), len(dst))
	if bias != nil {
		c.checkBias(len(bias))
	}
	g.setForward(&c.forward, dst, x, w, bias)
	c.run(&g)
}

// run computes the result, packing the weights on the way.
func (c *Conv) run(g *geometry) {
	c.packer.pack(&c.forward, g.pixels())
	c.forward.run()
	c.packer.free()
}

// GradInput sets dx to the gradient with respect to x, given that of the result.
func (c *Conv) GradInput(dx, dy, w []float32) {
	g := c.geometry(len(dx), len(w), len(dy))
	if len(c.residues) != g.sh*g.sw {
		c.residues = make([]product, g.sh*g.sw)
	}
	g.gradInput(c.residues, &c.packer, dx, dy, w)
}

// GradWeight sets dw to the gradient with respect to the weights and db to that with respect to the
// bias; db may be nil.
func (c *Conv) GradWeight(dw, db, x, dy []float32) {
	g := c.geometry(len(x), len(dw), len(dy))
	if db != nil {
		c.checkBias(len(db))
	}
	c.gradWeight.run(g, dw, db, x, dy)
}
