package simd

import "math"

// MaxPool takes the maximum of each window of a plane (H, W). A window has at least one element in
// the plane. A value may be used concurrently.
type MaxPool struct {
	H, W             int
	KH, KW           int
	StrideH, StrideW int
	PadH, PadW       int
}

// Plane sets y to the maxima of x, which must not contain NaN. It reduces along rows first, for the
// whole plane at once: with columns sorted by their residue modulo the stride, corresponding
// elements of neighbouring windows are adjacent.
func (m *MaxPool) Plane(y, x []float32) {
	f := frame{
		channels: 1, h: m.H, w: m.W, gh: (m.H+2*m.PadH-m.KH)/m.StrideH + 1, gw: (m.W+2*m.PadW-m.KW)/m.StrideW + 1,
		top: m.PadH, left: m.PadW, stepH: m.StrideH, stepW: m.StrideW, spanH: m.KH, spanW: m.KW, outside: float32(math.Inf(-1)),
	}
	same2("MaxPool", len(x), m.H*m.W)
	same2("MaxPool", len(y), f.gh*f.gw)
	f.setRows(f.gh)
	s := takeScratch()
	s.slab, s.c = grow(s.slab, f.plane), grow(s.c, f.plane)
	f.load(s.slab, x, 1, 0, f.gh)
	rows := s.slab
	for q := 1; q < m.KW; q++ {
		at := q%m.StrideW*f.residue() + q/m.StrideW
		active.larger(s.c[:f.plane-at], rows[:f.plane-at], s.slab[at:])
		rows = s.c
	}
	for i := range f.gh {
		to, from := y[i*f.gw:][:f.gw], rows[i*m.StrideH*f.pitch():]
		copy(to, from)
		for r := 1; r < m.KH; r++ {
			active.larger(to, to, from[r*f.pitch():][:f.gw])
		}
	}
	scratches.put(s)
}
