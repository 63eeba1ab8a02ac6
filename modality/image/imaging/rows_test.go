package imaging

import (
	"image"
	"image/color"
	"image/color/palette"
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

// onlyAt hides what type an image is.
type onlyAt struct{ image.Image }

// Every type that is read fast gives what the slow way gives, also as a part
// of a larger image.
func TestRowsOfEveryType(t *testing.T) {
	rect := image.Rect(-3, 2, 14, 21)
	nycbcra := image.NewNYCbCrA(rect, image.YCbCrSubsampleRatio444)
	for name, img := range map[string]interface {
		image.Image
		SubImage(image.Rectangle) image.Image
	}{
		"NRGBA":     image.NewNRGBA(rect),
		"RGBA":      image.NewRGBA(rect),
		"NRGBA64":   image.NewNRGBA64(rect),
		"RGBA64":    image.NewRGBA64(rect),
		"Gray":      image.NewGray(rect),
		"Gray16":    image.NewGray16(rect),
		"Paletted":  image.NewPaletted(rect, append(color.Palette{color.Transparent}, palette.WebSafe...)),
		"CMYK":      image.NewCMYK(rect),
		"YCbCr 444": image.NewYCbCr(rect, image.YCbCrSubsampleRatio444),
		"YCbCr 440": image.NewYCbCr(rect, image.YCbCrSubsampleRatio440),
		"YCbCr 411": image.NewYCbCr(rect, image.YCbCrSubsampleRatio411),
		"YCbCr 410": image.NewYCbCr(rect, image.YCbCrSubsampleRatio410),
		"NYCbCrA":   nycbcra,
	} {
		fill(img)
		for _, part := range []image.Image{img, img.SubImage(image.Rect(1, 5, 10, 12))} {
			bg := [3]uint8{20, 120, 220}
			fast, slow := rowsOf(part, false, bg), rowsOf(onlyAt{part}, false, bg)
			w, h := fast.size()
			if w != part.Bounds().Dx() || h != part.Bounds().Dy() {
				t.Fatalf("%s: size is %d × %d", name, w, h)
			}
			a, b := make([]uint8, 4*w), make([]uint8, 4*w)
			for y := range h {
				fast.row(a, y)
				slow.row(b, y)
				// The slow way rounds once more where it multiplies by alpha.
				if most, _ := differences(a, b); most > 2 {
					t.Fatalf("%s: row %d is\n%v, want\n%v", name, y, a, b)
				}
			}
		}
	}
}

// fill writes random, valid pixels.
func fill(img image.Image) {
	key := rng.New(7)
	random := func(b []uint8, from int) {
		for i := range b {
			b[i] = uint8(key.Uint64(from + i))
		}
	}
	switch m := img.(type) {
	case *image.NRGBA:
		random(m.Pix, 0)
	case *image.RGBA: // no colour may be above its alpha
		for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
			for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
				v := key.Uint64(x*100 + y)
				m.Set(x, y, color.NRGBA{uint8(v), uint8(v >> 8), uint8(v >> 16), uint8(v >> 24)})
			}
		}
	case *image.NRGBA64:
		random(m.Pix, 0)
	case *image.RGBA64:
		for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
			for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
				v := key.Uint64(x*100 + y)
				m.Set(x, y, color.NRGBA64{uint16(v), uint16(v >> 16), uint16(v >> 32), uint16(v >> 48)})
			}
		}
	case *image.Gray:
		random(m.Pix, 0)
	case *image.Gray16:
		random(m.Pix, 0)
	case *image.Paletted:
		for i := range m.Pix {
			m.Pix[i] = uint8(key.IntN(i, len(m.Palette)))
		}
	case *image.CMYK:
		random(m.Pix, 0)
	case *image.YCbCr:
		random(m.Y, 0)
		random(m.Cb, 10_000)
		random(m.Cr, 20_000)
	case *image.NYCbCrA:
		fill(&m.YCbCr)
		random(m.A, 30_000)
	}
}

// Halved chroma is interpolated, and a chroma that does not change stays.
func TestHalvedChroma(t *testing.T) {
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422} {
		for _, size := range []image.Point{{1, 1}, {2, 2}, {5, 7}, {8, 4}} {
			img := image.NewYCbCr(image.Rectangle{Max: size}, ratio)
			for i := range img.Y {
				img.Y[i] = 120
			}
			for i := range img.Cb {
				img.Cb[i], img.Cr[i] = 90, 170
			}
			r := rowsOf(img, false, [3]uint8{})
			row := make([]uint8, 4*size.X)
			for y := range size.Y {
				r.row(row, y)
				for x := range size.X {
					cr, cg, cb := jpegSpace.rgb(120, 90, 170)
					if got := [4]uint8(row[4*x:]); got != [4]uint8{cr, cg, cb, 255} {
						t.Fatalf("%v %v: pixel (%d, %d) is %v", ratio, size, x, y, got)
					}
				}
			}
		}
	}
	step := image.NewYCbCr(image.Rect(0, 0, 4, 1), image.YCbCrSubsampleRatio422)
	copy(step.Cb, []uint8{100, 200})
	got := make([]uint8, 4)
	newYCbCrRows(bounds{step.Rect}, step, false).chroma(got, step.Cb, 0)
	if want := [4]uint8{100, 125, 175, 200}; [4]uint8(got) != want {
		t.Errorf("chroma 100, 200 becomes %v, want %v", got, want)
	}
}

// The conversion of JFIF is the standard library's.
func TestJPEGSpace(t *testing.T) {
	for y := 0; y < 256; y += 5 {
		for cb := 0; cb < 256; cb += 3 {
			for cr := 0; cr < 256; cr += 3 {
				r, g, b := jpegSpace.rgb(uint8(y), uint8(cb), uint8(cr))
				wr, wg, wb := color.YCbCrToRGB(uint8(y), uint8(cb), uint8(cr))
				if most, _ := differences([]byte{r, g, b}, []byte{wr, wg, wb}); most > 1 {
					t.Fatalf("YCbCr (%d, %d, %d) is (%d, %d, %d), want (%d, %d, %d)", y, cb, cr, r, g, b, wr, wg, wb)
				}
			}
		}
	}
	// The ends of the range of video are black and white.
	if r, g, b := videoSpace.rgb(16, 128, 128); r != 0 || g != 0 || b != 0 {
		t.Errorf("black is (%d, %d, %d)", r, g, b)
	}
	if r, g, b := videoSpace.rgb(235, 128, 128); r != 255 || g != 255 || b != 255 {
		t.Errorf("white is (%d, %d, %d)", r, g, b)
	}
}
