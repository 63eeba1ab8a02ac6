package simd

// A segment is a run of result pixels in one row: columns ow … ow+n of row oh,
// which are columns at … at+n of a panel.
type segment struct{ oh, ow, n, at int }

// segments cuts w pixels from p on at the ends of rows.
func (g *geometry) segments(dst []segment, p, w int) []segment {
	dst = dst[:0]
	for at := 0; at < w; {
		oh, ow := (p+at)/g.ow, (p+at)%g.ow
		n := min(g.ow-ow, w-at)
		dst = append(dst, segment{oh, ow, n, at})
		at += n
	}
	return dst
}

// A tap is one weight of an output channel: its channel and place.
type tap struct{ c, r, q int }

func (g *geometry) tap(k int) tap { return tap{k / (g.kh * g.kw), k / g.kw % g.kh, k % g.kw} }

func (g *geometry) next(t tap) tap {
	if t.q++; t.q == g.kw {
		t.q = 0
		if t.r++; t.r == g.kh {
			t.r = 0
			t.c++
		}
	}
	return t
}

// inside is the part [lo, hi) of the n columns from ow on, counted from ow,
// whose input column ow·sw + q - pw lies in the image.
func (g *geometry) inside(ow, n, q int) (lo, hi int) {
	first := ow*g.sw + q - g.pw
	if first < 0 {
		lo = min(ceilDiv(-first, g.sw), n)
	}
	if last := g.w - 1 - first; last >= 0 {
		hi = min(last/g.sw+1, n)
	}
	return lo, max(lo, hi)
}

// patches fills rows of nr columns with the patches of one panel of pixels:
// row p holds what weight k0+p meets. x is one group of one image.
func (g *geometry) patches(dst []float32, nr int, x []float32, segs []segment, k0, kc int) {
	t := g.tap(k0)
	for p := range kc {
		row := dst[p*nr:][:nr]
		plane := x[t.c*g.h*g.w:][:g.h*g.w]
		for _, s := range segs {
			g.gather(row[s.at:][:s.n], plane, s, t)
		}
		t = g.next(t)
	}
}

// gather copies what one weight meets along one segment.
func (g *geometry) gather(dst, plane []float32, s segment, t tap) {
	ih := s.oh*g.sh + t.r - g.ph
	if ih < 0 || ih >= g.h {
		clear(dst)
		return
	}
	lo, hi := g.inside(s.ow, s.n, t.q)
	clear(dst[:lo])
	clear(dst[hi:])
	if lo == hi {
		return
	}
	src := plane[ih*g.w+(s.ow+lo)*g.sw+t.q-g.pw:]
	dst = dst[lo:hi]
	if g.sw == 1 {
		copy(dst, src)
		return
	}
	for i := range dst {
		dst[i] = src[i*g.sw]
	}
}
