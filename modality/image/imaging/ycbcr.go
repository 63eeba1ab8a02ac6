package imaging

import "image"

// ycbcrRows reads JPEG and lossy WebP. Chroma at half the resolution is interpolated like in
// libjpeg and libwebp: three parts of the nearer pixel and one of the farther, in each direction.
type ycbcrRows struct {
	bounds
	m      *image.YCbCr
	space  *colourSpace
	cb, cr []uint8  // a row of chroma, as wide as the luma
	sums   []uint16 // a row of chroma with 2 fractional bits, at its own width
}

func newYCbCrRows(b bounds, m *image.YCbCr, video bool) *ycbcrRows {
	w := b.rect.Dx()
	r := &ycbcrRows{b, m, &jpegSpace, make([]uint8, w), make([]uint8, w), make([]uint16, w/2+2)}
	if video {
		r.space = &videoSpace
	}
	return r
}

func (r *ycbcrRows) row(dst []uint8, y int) {
	r.chroma(r.cb, r.m.Cb, y)
	r.chroma(r.cr, r.m.Cr, y)
	luma := r.m.Y[y*r.m.YStride:][:r.rect.Dx()]
	cb, cr := r.cb[:len(luma)], r.cr[:len(luma)]
	for x, v := range luma {
		d := dst[4*x : 4*x+4 : 4*x+4]
		d[0], d[1], d[2] = r.space.rgb(v, cb[x], cr[x])
		d[3] = 255
	}
}

// chroma writes row y of a chroma plane at the luma's width.
func (r *ycbcrRows) chroma(dst, plane []uint8, y int) {
	m, min := r.m, r.rect.Min
	halved := m.SubsampleRatio == image.YCbCrSubsampleRatio420 || m.SubsampleRatio == image.YCbCrSubsampleRatio422
	if !halved || min.X&1 != 0 || min.Y&1 != 0 { // 4:4:4, and layouts too rare to be worth more
		for x := range dst {
			dst[x] = plane[m.COffset(min.X+x, min.Y+y)]
		}
		return
	}
	sums := r.sums[:(len(dst)+1)/2]
	near, far := y, y
	even, odd := uint16(4), uint16(8) // rounding offsets, alternating to avoid bias
	if m.SubsampleRatio == image.YCbCrSubsampleRatio420 {
		last := (r.rect.Dy() - 1) / 2
		near = y / 2
		far = clampInt(near-1+2*(y&1), 0, last)
		even, odd = 8, 7
	}
	a, b := plane[near*m.CStride:][:len(sums)], plane[far*m.CStride:][:len(sums)]
	for i := range sums {
		sums[i] = 3*uint16(a[i]) + uint16(b[i])
	}
	left := sums[0]
	for i, s := range sums {
		right := s
		if i+1 < len(sums) {
			right = sums[i+1]
		}
		dst[2*i] = uint8((3*s + left + even) >> 4)
		if 2*i+1 < len(dst) {
			dst[2*i+1] = uint8((3*s + right + odd) >> 4)
		}
		left = s
	}
}

// A colourSpace defines the conversion from YCbCr to red, green and blue, with 16 fractional bits:
//
//	r = luma·(y−black) + rv·(cr−128)
//	g = luma·(y−black) − gu·(cb−128) − gv·(cr−128)
//	b = luma·(y−black) + bu·(cb−128)
type colourSpace struct{ black, luma, rv, gu, gv, bu int32 }

var (
	// JFIF: 1, 1.40200, 0.34414, 0.71414, 1.77200.
	jpegSpace = colourSpace{0, 65536, 91881, 22554, 46802, 116130}
	// Rec. 601 in the video range, which lossy WebP uses (RFC 6386, section 9.2): 255/219 times the
	// luma, 255/224 times the chroma. The decoder's own type claims JFIF, which would produce dull
	// colours.
	videoSpace = colourSpace{16, 76309, 104597, 25675, 53279, 132201}
)

func (s *colourSpace) rgb(y, cb, cr uint8) (r, g, b uint8) {
	l := s.luma * (int32(y) - s.black)
	u, v := int32(cb)-128, int32(cr)-128
	return clamp16(l + s.rv*v), clamp16(l - s.gu*u - s.gv*v), clamp16(l + s.bu*u)
}

// clamp16 rounds off 16 fractional bits and saturates at 0 and 255.
func clamp16(v int32) uint8 { return uint8(max(0, min(255, (v+1<<15)>>16))) }

// nycbcraRows reads lossy WebP with alpha.
type nycbcraRows struct {
	*ycbcrRows
	a  *image.NYCbCrA
	bg [3]uint8
}

func (r *nycbcraRows) row(dst []uint8, y int) {
	r.ycbcrRows.row(dst, y)
	for x, a := range r.a.A[y*r.a.AStride:][:r.rect.Dx()] {
		if a == 255 {
			continue
		}
		d := dst[4*x : 4*x+4 : 4*x+4]
		d[0], d[1], d[2], d[3] = over(d[0], a, r.bg[0]), over(d[1], a, r.bg[1]), over(d[2], a, r.bg[2]), a
	}
}
