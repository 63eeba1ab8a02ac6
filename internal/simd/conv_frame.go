package simd

// A frame is a source image (one group's channels of it) as seen by the results of a grid: padded
// with zeros (or the padding value), and with the columns of a row sorted by their residue modulo
// the stride, so that neighbouring results read neighbouring elements whatever the stride. The
// element that tap (r, q) of channel c contributes to result (i, j) is at
//
//	offset(c, r, q) + i·stepH·pitch + j
//
// in a slab that load fills. Gathering thus needs no bounds checks and no divisions.
type frame struct {
	channels, h, w int
	gh, gw         int // the grid of results
	top, left      int // rows and columns of zeros before the image; negative values crop it
	stepH, stepW   int // rows and columns of the source from one result to the next
	spanH, spanW   int // rows and columns of the source that one result covers
	plane          int // elements of one channel in a slab
	outside        float32
}

// residue is the number of columns per residue, pitch that of all.
func (f *frame) residue() int { return ceilDiv((f.gw-1)*f.stepW+f.spanW, f.stepW) }
func (f *frame) pitch() int   { return f.residue() * f.stepW }

// setRows sets the size of a slab's channels: n rows of results.
func (f *frame) setRows(n int) { f.plane = ((n-1)*f.stepH + f.spanH) * f.pitch() }

// A tap is a position in the frame relative to a result, and the index of its weight within a
// channel.
type tap struct{ r, q, index int }

// addOffsets appends to dst the offsets of all taps of all channels, with the taps of a channel
// adjacent or the other way round.
func (f *frame) addOffsets(dst []int32, taps []tap, tapMajor bool) []int32 {
	pitch, residue := f.pitch(), f.residue()
	first := len(dst)
	for _, t := range taps {
		at := int32(t.r*pitch + t.q%f.stepW*residue + t.q/f.stepW)
		dst = append(dst, at)
		for c := 1; tapMajor && c < f.channels; c++ {
			dst = append(dst, at+int32(c*f.plane))
		}
	}
	for c := 1; !tapMajor && c < f.channels; c++ {
		for _, at := range dst[first : first+len(taps)] {
			dst = append(dst, at+int32(c*f.plane))
		}
	}
	return dst
}

// load fills dst with what rows [i, i+n) of results need of a source's first channels.
func (f *frame) load(dst, src []float32, channels, i, n int) {
	pitch := f.pitch()
	first, rows := i*f.stepH-f.top, (n-1)*f.stepH+f.spanH // first is the source row of the slab's first
	lo, hi := max(0, -first), min(rows, f.h-first)
	left, cut := max(0, f.left), max(0, -f.left)
	w := min(f.w-cut, pitch-left)
	if w < pitch || hi-lo < rows {
		f.empty(dst[:channels*f.plane])
	}
	if lo >= hi || w <= 0 {
		return
	}
	nr := active.gemm.nr
	for c := range channels {
		to := dst[c*f.plane+lo*pitch:]
		from := src[(c*f.h+first+lo)*f.w+cut:]
		if f.stepW > 1 {
			f.loadSorted(to, from, left, w, lo, hi)
			continue
		}
		for x := 0; x < w; x += nr {
			active.gemm.copyRows(to[left+x:], pitch, from[x:], f.w, min(nr, w-x), hi-lo)
		}
	}
}

// empty fills a slab with the padding value.
func (f *frame) empty(dst []float32) {
	if f.outside == 0 {
		clear(dst)
		return
	}
	dst[0] = f.outside
	for n := 1; n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n]) // faster than a loop of stores
	}
}

// loadSorted copies w columns of rows [lo, hi) of the frame, residue by residue; the first column
// is column left of the frame. Rows and residues that no tap reaches, as with strides larger than
// the kernel, are skipped.
func (f *frame) loadSorted(dst, src []float32, left, w, lo, hi int) {
	rows, every := hi-lo, 1
	if f.spanH == 1 {
		first := ceilDiv(lo, f.stepH)*f.stepH - lo
		if first >= rows {
			return
		}
		rows, every = (rows-first-1)/f.stepH+1, f.stepH
		dst, src = dst[first*f.pitch():], src[first*f.w:]
	}
	for s := range min(f.stepW, f.spanW) {
		x := ((s-left)%f.stepW + f.stepW) % f.stepW // the first column with (left+x) mod stepW = s
		if x < w {
			to := dst[s*f.residue()+(left+x)/f.stepW:]
			f.pickColumns(to, src[x:], (w-x-1)/f.stepW+1, rows, every)
		}
	}
}

// pickColumns copies n columns, stepW apart, of each every-th row.
func (f *frame) pickColumns(dst, src []float32, n, rows, every int) {
	kern := &active.gemm
	if f.stepW == 2 {
		for i := 0; i < n; i += kern.lanes {
			kern.pickRows(dst[i:], every*f.pitch(), src[2*i:], every*f.w, min(kern.lanes, n-i), rows)
		}
		return
	}
	for r := range rows {
		to, from := dst[r*every*f.pitch():][:n], src[r*every*f.w:]
		for i := range to {
			to[i] = from[i*f.stepW]
		}
	}
}

// A block is what one task processes at a time: rows [i, i+rows) of the grids of images [n,
// n+images). With more than one image, it covers all rows.
type block struct{ n, images, i, rows int }

func (b block) pixels(f *frame) int { return b.images * b.rows * f.gw }

// blocks divides the grids of n images into blocks of about the given number of pixels: equal parts
// of one image, or whole images.
type blocks struct {
	f             *frame
	n             int
	images, parts int // images per block; parts per image
}

func (f *frame) blocks(n, pixels int) blocks {
	size := f.gh * f.gw
	parts := min(max(1, (size+pixels/2)/pixels), f.gh)
	return blocks{f: f, n: n, images: min(max(1, pixels/size), n), parts: ceilDiv(f.gh, ceilDiv(f.gh, parts))}
}

// rows is the maximum number of rows that a block has of an image.
func (b *blocks) rows() int { return ceilDiv(b.f.gh, b.parts) }

func (b *blocks) count() int { return ceilDiv(b.n, b.images) * b.parts }

func (b *blocks) at(k int) block {
	n := k / b.parts * b.images
	rows := b.rows()
	i := k % b.parts * rows
	return block{n: n, images: min(b.images, b.n-n), i: i, rows: min(rows, b.f.gh-i)}
}

// loadBlock loads the images of a block one after the other. src is the first one's, stride
// elements before the next one's.
func (f *frame) loadBlock(s *scratch, b block, src []float32, stride, channels int) {
	size := channels * f.plane
	s.slab = grow(s.slab, b.images*size)
	for k := range b.images {
		f.load(s.slab[k*size:], src[k*stride:], channels, b.i, b.rows)
	}
}

// gatherPixels copies, for pixels [at, at+w) of a block, the elements at the offsets from each: one
// row of dst per offset, stride apart.
func (f *frame) gatherPixels(s *scratch, dst []float32, stride int, b block, channels int, offsets []int32, at, w int) {
	size, step := channels*f.plane, f.stepH*f.pitch()
	for done := 0; done < w; {
		p := at + done
		image, row, col := p/(b.rows*f.gw), p/f.gw%b.rows, p%f.gw
		run, runs := min(f.gw-col, w-done, active.gemm.nr), 1
		if run == f.gw {
			runs = min((w-done)/f.gw, b.rows-row)
		}
		active.gemm.gather(dst[done:], stride, f.gw, s.slab[image*size+row*step+col:], step, offsets, run, runs)
		done += run * runs
	}
}
