package simd

import "github.com/chiasm-ml/chiasm/internal/parallel"

// convForward multiplies, for each group of each image, the weights (out,
// depth) by the patches (depth, pixels).
type convForward struct {
	geometry
	dst, x, bias, weights []float32
	chunk, chunks         int // pixels of one task, tasks of one image and group
	body                  func(i int)
}

func (f *convForward) run(g geometry, dst, x, w, bias, packed []float32) {
	if f.body == nil {
		f.body = f.task
	}
	f.geometry, f.dst, f.x, f.bias, f.weights = g, dst, x, bias, packed
	packWeights(packed, w, g.groups, g.out, g.depth(), false)
	f.chunk = min(8*active.gemm.nr, g.pixels())
	f.chunks = ceilDiv(g.pixels(), f.chunk)
	runTasks(g.n*g.groups*f.chunks, g.work(), f.body)
	f.dst, f.x, f.bias, f.weights = nil, nil, nil, nil
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

// packWeights packs each group's weights (out, depth), or their transposed,
// in blocks of stepK columns one after the other.
func packWeights(dst, w []float32, groups, out, depth int, transposed bool) {
	size := out * depth
	for i := range groups {
		m := matmul{a: w[i*size:][:size], lda: depth, transA: transposed}
		rows, cols := out, depth
		if transposed {
			rows, cols = depth, out
		}
		for p := 0; p < cols; p += stepK {
			m.packA(dst[i*size+p*rows:], 0, rows, p, min(stepK, cols-p))
		}
	}
}

// task computes one chunk of pixels, all channels of its group.
func (f *convForward) task(i int) {
	g, kern := &f.geometry, &active.gemm
	image, first := i/f.chunks, i%f.chunks*f.chunk // image counts groups of images
	last := min(first+f.chunk, g.pixels())
	x := f.x[image*g.c*g.h*g.w:][:g.c*g.h*g.w]
	dst := f.dst[image*g.out*g.pixels():][:g.out*g.pixels()]
	weights := f.weights[image%g.groups*g.out*g.depth():]
	split := evenPanels(g.out, kern.mr)

	s := scratches.get()
	s.b = grow(s.b, min(stepK, g.depth())*kern.nr)
	t := &s.tile
	*t = tile{b: s.b, ldb: kern.nr, ldc: g.pixels(), alpha: 1}
	for pc := 0; pc < g.depth(); pc += stepK {
		t.k = min(stepK, g.depth()-pc)
		for p := first; p < last; p += kern.nr {
			t.w = min(kern.nr, last-p)
			s.segments = g.segments(s.segments, p, t.w)
			g.patches(s.b, kern.nr, x, s.segments, pc, t.k)
			for j := range split.count {
				start := t.packedRows(split, j, weights[pc*g.out:])
				t.c = dst[start*g.pixels()+p:]
				kern.tile(t)
			}
		}
		t.beta = 1
	}
	*t = tile{}
	scratches.put(s)
	if f.bias == nil {
		return
	}
	for j, b := range f.bias[image%g.groups*g.out:][:g.out] {
		row := dst[j*g.pixels():][first:last]
		active.addScalar(row, b, row)
	}
}
