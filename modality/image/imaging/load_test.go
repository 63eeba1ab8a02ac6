package imaging

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
)

var small = Options{Width: 8, Height: 8, Channels: 3}

func TestLoadTellsFormatsByContent(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 5, 4))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for f, b := range encoded(t, img) {
		if got, want := MIME(b), "image/"+strings.ToLower(string(f)); got != want {
			t.Errorf("media type is %q, want %q", got, want)
		}
		r, err := Load(b, small)
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for i, v := range r.Pix {
			if v != 255 {
				t.Errorf("%s: byte %d is %d in a white image", f, i, v)
				break
			}
		}
	}
}

func TestMIMEOfOtherFiles(t *testing.T) {
	for _, data := range []string{"", "text", "<svg/>", "%PDF-1.7"} {
		if got := MIME([]byte(data)); got != "" {
			t.Errorf("media type of %q is %q", data, got)
		}
	}
}

func TestLoadInterlaced(t *testing.T) {
	img := noise(13, 11, 1)
	var plain bytes.Buffer
	if err := png.Encode(&plain, img); err != nil {
		t.Fatal(err)
	}
	want, err := Load(plain.Bytes(), small)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Load(interlaced(t, img), small)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Pix, want.Pix) {
		t.Error("an interlaced PNG gives other pixels than a plain one")
	}
}

func TestLoadExtremeShapes(t *testing.T) {
	for _, s := range [][2]int{{1, 1}, {1, 20000}, {20000, 1}, {2, 3}} {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, s[0], s[1]))); err != nil {
			t.Fatal(err)
		}
		for _, fit := range []string{FitStretch, FitPad, FitCrop} {
			r, err := Load(b.Bytes(), Options{Width: 64, Height: 48, Channels: 1, Fit: fit})
			if err != nil {
				t.Errorf("%v %s: %v", s, fit, err)
			} else if r.W != 64 || r.H != 48 || r.C != 1 || len(r.Pix) != 64*48 {
				t.Errorf("%v %s: raster is %d × %d × %d", s, fit, r.C, r.H, r.W)
			}
		}
	}
}

func TestLoadRefusesImpossibleOptions(t *testing.T) {
	for _, o := range []Options{
		{Width: 0, Height: 8, Channels: 3},
		{Width: 8, Height: -1, Channels: 3},
		{Width: 8, Height: 1 << 20, Channels: 3},
		{Width: 8, Height: 8, Channels: 2},
		{Width: 8, Height: 8, Channels: 3, Fit: "squeeze"},
	} {
		if _, err := Load(nil, o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

// A 2:1 image: red left, blue right.
func TestFits(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 8, 4))
	for y := range 4 {
		for x := range 8 {
			c := color.NRGBA{R: 255, A: 255}
			if x >= 4 {
				c = color.NRGBA{B: 255, A: 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	bg := [3]uint8{9, 99, 199}
	for _, c := range []struct {
		fit         string
		top, middle [3]uint8 // of the leftmost column
	}{
		{"", [3]uint8{255, 0, 0}, [3]uint8{255, 0, 0}},
		{FitStretch, [3]uint8{255, 0, 0}, [3]uint8{255, 0, 0}},
		{FitPad, bg, [3]uint8{255, 0, 0}},
		{FitCrop, [3]uint8{255, 0, 0}, [3]uint8{255, 0, 0}},
	} {
		r, err := Load(b.Bytes(), Options{Width: 4, Height: 4, Channels: 4, Background: bg, Fit: c.fit})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if got := r.plane(i)[0]; got != c.top[i] {
				t.Errorf("%q: channel %d of the corner is %d, want %d", c.fit, i, got, c.top[i])
			}
			if got := r.plane(i)[4]; got != c.middle[i] {
				t.Errorf("%q: channel %d of the middle is %d, want %d", c.fit, i, got, c.middle[i])
			}
		}
		if alpha := r.plane(3)[0]; (alpha == 0) != (c.fit == FitPad) {
			t.Errorf("%q: alpha of the corner is %d", c.fit, alpha)
		}
	}
}

// The first frame of a GIF may be smaller than its screen: the rest is
// transparent if the GIF has such a colour, and of its first colour if not.
func TestGIFFrameInsideScreen(t *testing.T) {
	opaque := color.Palette{color.NRGBA{R: 90, A: 255}, color.NRGBA{R: 200, A: 255}}
	for _, c := range []struct {
		palette    color.Palette
		red, alpha uint8 // of what the frame leaves
	}{{opaque, 90, 255}, {append(slices.Clone(opaque), color.NRGBA{}), 50, 0}} {
		frame := image.NewPaletted(image.Rect(2, 1, 4, 3), c.palette)
		for i := range frame.Pix {
			frame.Pix[i] = 1
		}
		var b bytes.Buffer
		if err := gif.EncodeAll(&b, &gif.GIF{
			Image: []*image.Paletted{frame}, Delay: []int{0},
			Config: image.Config{Width: 6, Height: 4, ColorModel: frame.Palette},
		}); err != nil {
			t.Fatal(err)
		}
		r, err := Load(b.Bytes(), Options{Width: 6, Height: 4, Channels: 4, Background: [3]uint8{50, 60, 70}})
		if err != nil {
			t.Fatal(err)
		}
		for y := range 4 {
			for x := range 6 {
				red, alpha := c.red, c.alpha
				if image.Pt(x, y).In(frame.Rect) {
					red, alpha = 200, 255
				}
				if r.plane(0)[y*6+x] != red || r.plane(3)[y*6+x] != alpha {
					t.Errorf("pixel (%d, %d) is red %d, alpha %d", x, y, r.plane(0)[y*6+x], r.plane(3)[y*6+x])
				}
			}
		}
	}
}

// Whatever is done to it, one colour stays that colour.
func TestConstantStaysConstant(t *testing.T) {
	property.Check(t, func(t *property.T) {
		side := property.IntRange(1, 40)
		img := image.NewRGBA(image.Rect(0, 0, side.Draw(t, "w"), side.Draw(t, "h")))
		c := color.RGBA{property.Byte().Draw(t, "r"), property.Byte().Draw(t, "g"), property.Byte().Draw(t, "b"), 255}
		for i := range len(img.Pix) / 4 {
			copy(img.Pix[4*i:], []uint8{c.R, c.G, c.B, c.A})
		}
		o := Options{
			Width: side.Draw(t, "out w"), Height: side.Draw(t, "out h"),
			Channels: property.SampledFrom([]int{1, 3, 4}).Draw(t, "channels"),
			Fit:      property.SampledFrom([]string{FitStretch, FitPad, FitCrop}).Draw(t, "fit"),
			// The padding has the colour too.
			Background: [3]uint8{c.R, c.G, c.B},
		}
		orient := orientation(property.IntRange(0, 9).Draw(t, "orientation"))
		r := o.place(rowsOf(img, false, o.Background), orient)
		if r.C != o.Channels || r.W != o.Width || r.H != o.Height {
			t.Fatalf("raster is %d × %d × %d", r.C, r.H, r.W)
		}
		want := []uint8{c.R, c.G, c.B}
		if o.Channels == 1 {
			want[0] = luma(c.R, c.G, c.B)
		}
		for ch := range min(3, r.C) {
			for _, v := range r.plane(ch) {
				if v != want[ch] {
					t.Fatalf("channel %d has a %d, want %d", ch, v, want[ch])
				}
			}
		}
	})
}
