package imaging

import "math"

// rect is a region of an image, in pixels; pixel centres are at .5.
type rect struct{ x0, y0, x1, y1 float64 }

// The filter is a triangle as wide as two output pixels, but at least two input pixels: bilinear
// when enlarging, antialiased when reducing, like Pillow's BILINEAR. As in Pillow, weights are
// integers with 22 fractional bits and each of the two passes rounds to 8 bits, so a preprocessor
// written in Python gives a trained model the same pixels as in training.
const weightBits = 22

// A taps holds the weights of one output pixel for len(weights) input pixels, starting at first.
type taps struct {
	first   int
	weights []int32
}

// filter computes the taps of each of n output pixels that show [from, to) of a side of length
// size.
func filter(size int, from, to float64, n int) []taps {
	scale := (to - from) / float64(n)
	width := max(scale, 1)
	out := make([]taps, n)
	all := make([]int32, 0, n*(2*int(math.Ceil(width))+1))
	var exact []float64
	for i := range out {
		centre := from + (float64(i)+0.5)*scale
		first := max(0, int(centre-width+0.5))
		last := min(size, int(centre+width+0.5))
		exact = exact[:0]
		var sum float64
		for j := first; j < last; j++ {
			w := max(0, 1-math.Abs((float64(j)-centre+0.5)*(1/width)))
			exact = append(exact, w)
			sum += w
		}
		for len(exact) > 1 && exact[0] == 0 {
			exact, first = exact[1:], first+1
		}
		for len(exact) > 1 && exact[len(exact)-1] == 0 {
			exact = exact[:len(exact)-1]
		}
		start := len(all)
		for _, w := range exact {
			all = append(all, int32(w/sum*(1<<weightBits)+0.5))
		}
		out[i] = taps{first, all[start:]}
	}
	return out
}

// resize scales box of src to a raster of w × h pixels. Rows are read once, in order; only those
// under the filter are kept.
func resize(src rows, box rect, w, h, channels int) *Raster {
	srcW, srcH := src.size()
	xs := filter(srcW, box.x0, box.x1, w)
	ys := filter(srcH, box.y0, box.y1, h)
	held := 1
	for _, t := range ys {
		held = max(held, len(t.weights))
	}
	var (
		out    = newRaster(channels, h, w)
		wide   = make([]uint8, 4*srcW)          // a row of the source
		narrow = make([]uint8, held*channels*w) // a ring of rows after the horizontal pass, planar
		sums   = make([]int32, channels*w)      // an output row
		line   = func(y int) []uint8 { return narrow[y%held*channels*w:][:channels*w] }
		next   = ys[0].first // next row of the source to read
	)
	for y, t := range ys {
		for ; next < t.first+len(t.weights); next++ {
			if next < t.first {
				continue
			}
			src.row(wide, next)
			horizontal(line(next), wide, xs, channels)
		}
		vertical(sums, t, line)
		for c := range channels {
			store(out.plane(c)[y*w:][:w], sums[c*w:])
		}
	}
	return out
}

// horizontal reduces a row of red, green, blue, alpha to planar dst.
func horizontal(dst, src []uint8, xs []taps, channels int) {
	w := len(xs)
	switch channels {
	case 1:
		for i := range len(src) / 4 { // luma, packed at the start of the row itself
			src[i] = luma(src[4*i], src[4*i+1], src[4*i+2])
		}
		for x, t := range xs {
			sum := int32(1 << (weightBits - 1))
			for i, v := range src[t.first:][:len(t.weights)] {
				sum += int32(v) * t.weights[i]
			}
			dst[x] = round(sum)
		}
	case 3:
		for x, t := range xs {
			r, g, b := int32(1<<(weightBits-1)), int32(1<<(weightBits-1)), int32(1<<(weightBits-1))
			p := src[4*t.first:][:4*len(t.weights)]
			for _, k := range t.weights {
				r += int32(p[0]) * k
				g += int32(p[1]) * k
				b += int32(p[2]) * k
				p = p[4:]
			}
			dst[x], dst[w+x], dst[2*w+x] = round(r), round(g), round(b)
		}
	case 4:
		for x, t := range xs {
			r, g, b, a := int32(1<<(weightBits-1)), int32(1<<(weightBits-1)), int32(1<<(weightBits-1)), int32(1<<(weightBits-1))
			p := src[4*t.first:][:4*len(t.weights)]
			for _, k := range t.weights {
				r += int32(p[0]) * k
				g += int32(p[1]) * k
				b += int32(p[2]) * k
				a += int32(p[3]) * k
				p = p[4:]
			}
			dst[x], dst[w+x], dst[2*w+x], dst[3*w+x] = round(r), round(g), round(b), round(a)
		}
	}
}

// vertical sums the rows under t.
func vertical(sums []int32, t taps, line func(int) []uint8) {
	for i := range sums {
		sums[i] = 1 << (weightBits - 1)
	}
	for j, k := range t.weights {
		for i, v := range line(t.first + j)[:len(sums)] {
			sums[i] += int32(v) * k
		}
	}
}

func store(dst []uint8, sums []int32) {
	for i := range dst {
		dst[i] = round(sums[i])
	}
}

// round drops the fractional bits. A half was added before; weights are positive and sum to one up
// to rounding, so only 255 can be exceeded.
func round(sum int32) uint8 { return uint8(min(255, sum>>weightBits)) }
