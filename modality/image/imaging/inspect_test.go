package imaging

import (
	"image"
	"image/color"
	"testing"
)

func TestInspect(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 30, 20))
	for i := range grey.Pix {
		grey.Pix[i] = uint8(i)
	}
	colour := image.NewNRGBA(grey.Rect)
	for i := range 600 {
		colour.SetNRGBA(i%30, i/30, color.NRGBA{R: uint8(i), G: 90, B: 20, A: 255})
	}
	for name, c := range map[string]struct {
		img  image.Image
		want Info
	}{
		"grey":    {grey, Info{30, 20, true}},
		"colours": {colour, Info{30, 20, false}},
	} {
		for format, b := range encoded(t, c.img) {
			if got, err := Inspect(b); err != nil || got != c.want {
				t.Errorf("%s as %s: %+v, %v, want %+v", name, format, got, err, c.want)
			}
		}
	}
	b := encoded(t, colour)[formatPNG]
	_, err := Inspect(b[:len(b)/2])
	checkError(t, err, Damaged)
}
