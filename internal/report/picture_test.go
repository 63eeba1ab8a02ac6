package report

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

func encode(t *testing.T, m image.Image, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, m)
	case "jpeg":
		err = jpeg.Encode(&b, m, nil)
	case "gif":
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise is as hard to compress as a photograph.
func noise(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	key := rng.New(1)
	for i := range m.Pix {
		m.Pix[i] = uint8(key.IntN(i, 256)) | 0x80*uint8(i%4/3)
	}
	return m
}

func TestThumbnail(t *testing.T) {
	flat := image.NewNRGBA(image.Rect(0, 0, 30, 20))
	for i := range 20 {
		flat.Set(i, i, color.NRGBA{200, 0, 0, 255})
	}
	cases := []struct {
		name string
		data []byte
		kind string // or what the card says instead
		side int
		tiny bool
	}{
		{"small PNG", encode(t, flat, "png"), "png", 30, true},
		{"GIF", encode(t, flat, "gif"), "png", 30, true},
		{"JPEG", encode(t, flat, "jpeg"), "png", 30, true},
		{"photograph", encode(t, noise(400, 300), "jpeg"), "jpeg", pictureSide, false},
		{"one pixel", encode(t, image.NewNRGBA(image.Rect(0, 0, 1, 1)), "png"), "png", 1, true},
		{"none", nil, "no picture", 0, false},
		{"text", []byte("hello"), "not shown: unsupported", 0, false},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "not shown: unsupported", 0, false},
		{"truncated", encode(t, noise(60, 60), "png")[:500], "not shown: damaged", 0, false},
		{"too many bytes", make([]byte, 33<<20), "not shown: too large", 0, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := newThumbnail(Picture{Name: "photo", Data: c.data}, "row 7")
			if got.Alt != "photo of row 7" || got.Tiny != c.tiny {
				t.Errorf("alt %q, tiny %v", got.Alt, got.Tiny)
			}
			if c.side == 0 {
				if got.Reason != c.kind || got.Source != "" {
					t.Errorf("reason %q, source %.40q; want %q", got.Reason, got.Source, c.kind)
				}
				return
			}
			encoded, ok := strings.CutPrefix(string(got.Source), "data:image/"+c.kind+";base64,")
			if !ok || len(encoded) > 64<<10 {
				t.Fatalf("source %.40q of %d bytes, want %s", got.Source, len(got.Source), c.kind)
			}
			b, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil {
				t.Fatal(err)
			}
			m, format, err := image.Decode(bytes.NewReader(b))
			if err != nil || format != c.kind || m.Bounds().Dx() != c.side || m.Bounds().Dy() != c.side {
				t.Errorf("%s of %v: %v", format, m.Bounds(), err)
			}
		})
	}
}

// TestThumbnailPixels keeps a picture's own pixels, on white.
func TestThumbnailPixels(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 4, 2))
	m.Set(1, 0, color.NRGBA{200, 10, 30, 255})
	m.Set(2, 1, color.NRGBA{0, 0, 0, 255})
	b, _, err := reduce(encode(t, m, "png"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for y := range 4 {
		for x := range 4 {
			want := color.NRGBA{255, 255, 255, 255}
			if y >= 1 && y < 3 && m.NRGBAAt(x, y-1).A > 0 {
				want = m.NRGBAAt(x, y-1)
			}
			if c := color.NRGBAModel.Convert(got.At(x, y)); c != want {
				t.Errorf("(%d, %d) is %v, want %v", x, y, c, want)
			}
		}
	}
}

// TestThumbnailForgets leaves out what a file holds beside its pixels.
func TestThumbnailForgets(t *testing.T) {
	b := encode(t, noise(40, 40), "jpeg")
	comment := "\xff\xfe\x00\x16GPS 48.137N 11.575E"
	b = append(b[:2:2], append([]byte(comment), b[2:]...)...)
	out, _, err := reduce(b)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out, []byte("GPS")) {
		t.Error("a comment of the file is in the page")
	}
}
