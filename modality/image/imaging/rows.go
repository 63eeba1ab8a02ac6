package imaging

import (
	"image"
	"image/color"
)

// rows yields an image row by row, as 8-bit red, green, blue and alpha, with the colours already
// over the background. It needs one interface call per row, none per pixel, and no full-size copy.
type rows interface {
	size() (w, h int)
	row(dst []uint8, y int) // dst has 4·w bytes
}

// newRows reads the whole canvas, which is transparent where the image does not cover it.
func newRows(d decoded, bg [3]uint8) rows {
	r := rowsOf(d.img, d.video, bg)
	if frame := d.img.Bounds(); frame != d.canvas {
		return &framed{inner: r, frame: frame.Sub(d.canvas.Min), canvas: d.canvas.Size(), bg: bg}
	}
	return r
}

func rowsOf(img image.Image, video bool, bg [3]uint8) rows {
	b := bounds{img.Bounds()}
	switch m := img.(type) {
	case *image.NRGBA:
		return &nrgbaRows{b, m, bg}
	case *image.RGBA:
		return &rgbaRows{b, m, bg}
	case *image.Gray:
		return &grayRows{b, m}
	case *image.Gray16:
		return &gray16Rows{b, m}
	case *image.Paletted:
		return newPalettedRows(b, m, bg)
	case *image.NRGBA64:
		return &nrgba64Rows{b, m, bg}
	case *image.RGBA64:
		return &rgba64Rows{b, m, bg}
	case *image.CMYK:
		return &cmykRows{b, m}
	case *image.YCbCr:
		return newYCbCrRows(b, m, video)
	case *image.NYCbCrA:
		return &nycbcraRows{newYCbCrRows(b, &m.YCbCr, video), m, bg}
	}
	return &anyRows{b, img, bg}
}

type bounds struct{ rect image.Rectangle }

func (b bounds) size() (w, h int) { return b.rect.Dx(), b.rect.Dy() }

// over is c with opacity a over bg, rounded to nearest.
func over(c, a, bg uint8) uint8 { return div255(uint32(c)*uint32(a) + uint32(bg)*uint32(255-a)) }

// overPremultiplied is over for a c that is already multiplied by a.
func overPremultiplied(c, a, bg uint8) uint8 {
	return uint8(min(255, uint32(c)+uint32(div255(uint32(bg)*uint32(255-a)))))
}

// div255 is v/255 rounded to nearest, for v ≤ 255·255 (Blinn, "Three wrongs make a right", 1995).
func div255(v uint32) uint8 {
	v += 128
	return uint8((v + v>>8) >> 8)
}

// luma is Rec. 601's, in 16-bit fixed point.
func luma(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

type nrgbaRows struct {
	bounds
	m  *image.NRGBA
	bg [3]uint8
}

func (r *nrgbaRows) row(dst []uint8, y int) {
	src := r.m.Pix[y*r.m.Stride:][:len(dst)]
	for i := 0; i+4 <= len(dst) && i+4 <= len(src); i += 4 {
		s, d := src[i:i+4:i+4], dst[i:i+4:i+4]
		a := s[3]
		if a == 255 {
			d[0], d[1], d[2], d[3] = s[0], s[1], s[2], 255
			continue
		}
		d[0], d[1], d[2], d[3] = over(s[0], a, r.bg[0]), over(s[1], a, r.bg[1]), over(s[2], a, r.bg[2]), a
	}
}

type rgbaRows struct {
	bounds
	m  *image.RGBA
	bg [3]uint8
}

func (r *rgbaRows) row(dst []uint8, y int) {
	src := r.m.Pix[y*r.m.Stride:][:len(dst)]
	for i := 0; i+4 <= len(dst) && i+4 <= len(src); i += 4 {
		s, d := src[i:i+4:i+4], dst[i:i+4:i+4]
		a := s[3]
		if a == 255 {
			d[0], d[1], d[2], d[3] = s[0], s[1], s[2], 255
			continue
		}
		d[0], d[1], d[2], d[3] = overPremultiplied(s[0], a, r.bg[0]), overPremultiplied(s[1], a, r.bg[1]), overPremultiplied(s[2], a, r.bg[2]), a
	}
}

type grayRows struct {
	bounds
	m *image.Gray
}

func (r *grayRows) row(dst []uint8, y int) {
	for x, v := range r.m.Pix[y*r.m.Stride:][:r.rect.Dx()] {
		d := dst[4*x : 4*x+4 : 4*x+4]
		d[0], d[1], d[2], d[3] = v, v, v, 255
	}
}

// The high 8 of 16 bits per channel are kept, as color.Gray16 and the others do for an 8-bit model.
type gray16Rows struct {
	bounds
	m *image.Gray16
}

func (r *gray16Rows) row(dst []uint8, y int) {
	src := r.m.Pix[y*r.m.Stride:]
	for x := range r.rect.Dx() {
		v := src[2*x]
		d := dst[4*x : 4*x+4 : 4*x+4]
		d[0], d[1], d[2], d[3] = v, v, v, 255
	}
}

type nrgba64Rows struct {
	bounds
	m  *image.NRGBA64
	bg [3]uint8
}

func (r *nrgba64Rows) row(dst []uint8, y int) {
	src := r.m.Pix[y*r.m.Stride:]
	for x := range r.rect.Dx() {
		s, d := src[8*x:8*x+8:8*x+8], dst[4*x:4*x+4:4*x+4]
		a := s[6]
		d[0], d[1], d[2], d[3] = over(s[0], a, r.bg[0]), over(s[2], a, r.bg[1]), over(s[4], a, r.bg[2]), a
	}
}

type rgba64Rows struct {
	bounds
	m  *image.RGBA64
	bg [3]uint8
}

func (r *rgba64Rows) row(dst []uint8, y int) {
	src := r.m.Pix[y*r.m.Stride:]
	for x := range r.rect.Dx() {
		s, d := src[8*x:8*x+8:8*x+8], dst[4*x:4*x+4:4*x+4]
		a := s[6]
		d[0], d[1], d[2], d[3] = overPremultiplied(s[0], a, r.bg[0]), overPremultiplied(s[2], a, r.bg[1]), overPremultiplied(s[4], a, r.bg[2]), a
	}
}

type palettedRows struct {
	bounds
	m     *image.Paletted
	table [256][4]uint8 // an index beyond the palette is transparent
}

func newPalettedRows(b bounds, m *image.Paletted, bg [3]uint8) *palettedRows {
	r := &palettedRows{bounds: b, m: m}
	for i := range r.table {
		r.table[i] = [4]uint8{bg[0], bg[1], bg[2], 0}
	}
	for i, c := range m.Palette[:min(256, len(m.Palette))] {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		r.table[i] = [4]uint8{over(n.R, n.A, bg[0]), over(n.G, n.A, bg[1]), over(n.B, n.A, bg[2]), n.A}
	}
	return r
}

func (r *palettedRows) row(dst []uint8, y int) {
	for x, v := range r.m.Pix[y*r.m.Stride:][:r.rect.Dx()] {
		*(*[4]uint8)(dst[4*x:]) = r.table[v]
	}
}

type cmykRows struct {
	bounds
	m *image.CMYK
}

func (r *cmykRows) row(dst []uint8, y int) {
	src := r.m.Pix[y*r.m.Stride:][:len(dst)]
	for i := 0; i+4 <= len(src); i += 4 {
		s, d := src[i:i+4:i+4], dst[i:i+4:i+4]
		k := uint32(255 - s[3])
		d[0], d[1], d[2], d[3] = div255(uint32(255-s[0])*k), div255(uint32(255-s[1])*k), div255(uint32(255-s[2])*k), 255
	}
}

// anyRows serves an image of an unknown type, with one call per pixel. No decoder used here returns
// one.
type anyRows struct {
	bounds
	m  image.Image
	bg [3]uint8
}

func (r *anyRows) row(dst []uint8, y int) {
	for x := range r.rect.Dx() {
		c := color.RGBA64Model.Convert(r.m.At(r.rect.Min.X+x, r.rect.Min.Y+y)).(color.RGBA64)
		a := uint8(c.A >> 8)
		d := dst[4*x : 4*x+4 : 4*x+4]
		d[0], d[1], d[2], d[3] = overPremultiplied(uint8(c.R>>8), a, r.bg[0]), overPremultiplied(uint8(c.G>>8), a, r.bg[1]), overPremultiplied(uint8(c.B>>8), a, r.bg[2]), a
	}
}

// framed places an image in a larger, otherwise transparent canvas: the first frame of a GIF may
// cover only part of its screen.
type framed struct {
	inner  rows
	frame  image.Rectangle // within the canvas, whose corner is (0, 0)
	canvas image.Point
	bg     [3]uint8
}

func (r *framed) size() (w, h int) { return r.canvas.X, r.canvas.Y }

func (r *framed) row(dst []uint8, y int) {
	for x := range r.canvas.X {
		*(*[4]uint8)(dst[4*x:]) = [4]uint8{r.bg[0], r.bg[1], r.bg[2], 0}
	}
	if y >= r.frame.Min.Y && y < r.frame.Max.Y {
		r.inner.row(dst[4*r.frame.Min.X:4*r.frame.Max.X], y-r.frame.Min.Y)
	}
}
