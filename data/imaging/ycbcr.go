package imaging

import "image"

// ycbcrRows reads JPEG and WebP, whose chroma may have fewer pixels; each is
// repeated over the luma pixels that it covers.
type ycbcrRows struct {
	bounds
	m *image.YCbCr
}

func (r *ycbcrRows) row(dst []uint8, y int) {
	m, min := r.m, r.rect.Min
	ys := m.Y[y*m.YStride:][:r.rect.Dx()]
	c := m.COffset(min.X, min.Y+y)
	shift := chromaShift(m.SubsampleRatio)
	first := min.X >> shift
	for x, v := range ys {
		ci := c + (min.X+x)>>shift - first
		d := dst[4*x : 4*x+4 : 4*x+4]
		d[0], d[1], d[2] = ycbcrToRGB(v, m.Cb[ci], m.Cr[ci])
		d[3] = 255
	}
}

// chromaShift is log2 of the luma pixels in a row that share one chroma pixel.
func chromaShift(s image.YCbCrSubsampleRatio) uint {
	switch s {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		return 1
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		return 2
	}
	return 0 // 444, 440
}

// ycbcrToRGB is JFIF's conversion with 16 fractional bits, small enough to be
// inlined:
//
//	r = y + 1.40200·(cr−128)
//	g = y − 0.34414·(cb−128) − 0.71414·(cr−128)
//	b = y + 1.77200·(cb−128)
func ycbcrToRGB(y, cb, cr uint8) (r, g, b uint8) {
	yy := int32(y) << 16
	u, v := int32(cb)-128, int32(cr)-128
	return clamp16(yy + 91881*v), clamp16(yy - 22554*u - 46802*v), clamp16(yy + 116130*u)
}

// clamp16 rounds off 16 fractional bits and saturates at 0 and 255.
func clamp16(v int32) uint8 { return uint8(max(0, min(255, (v+1<<15)>>16))) }

type nycbcraRows struct {
	ycbcrRows
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
