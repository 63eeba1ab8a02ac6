package image

import (
	"bytes"
	"fmt"
	"image/png"

	"image"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/rng"
)

// A Description says how an image file becomes pixels.
type Description struct {
	Height     int    `json:"height"`
	Width      int    `json:"width"`
	Channels   int    `json:"channels"`
	Fit        string `json:"fit"`        // stretch, pad or crop
	Background string `json:"background"` // behind transparent pixels, and around padded ones
	Resize     string `json:"resize"`
}

// resize is the one way in which images are resized.
const resize = "bilinear, antialiased: Pillow's Image.resize with Resampling.BILINEAR, which rounds to 8 bits after each pass"

// Describe says how an image file becomes pixels.
func (p *Preprocessor) Describe(func(string) string) data.Described {
	c := p.state.Config
	return data.Described{Section: "image", Value: &Description{Height: c.Size[0], Width: c.Size[1], Channels: c.Channels, Fit: c.Fit, Background: c.Background, Resize: resize}}
}

// Prelude takes pixels as a decoder gives them, rows of pixels of channels, 0 to 255,
// and normalises them as package imaging does: x · 1/(255·std) - mean/std.
func (p *Preprocessor) Prelude(f data.Feature) (data.Prelude, bool) {
	c := p.state.Config
	a := data.Affine{Shape: []int{c.Channels, 1, 1}}
	for i, s := range p.state.Std {
		if s == 0 {
			s = 1
		}
		a.Mul, a.Add = append(a.Mul, 1/(255*s)), append(a.Add, -p.state.Mean[i]/s)
	}
	return data.Prelude{Type: data.Uint8, Shape: []int{c.Size[0], c.Size[1], c.Channels}, Steps: []data.Step{data.Transpose{Axes: []int{2, 0, 1}}, a}}, true
}

// Raw is the resized pixels.
func (p *Preprocessor) Raw(_ *data.Table, _ int, item data.Item, _ data.Feature, dst data.Raw) error {
	image, ok := item.(*picture)
	if !ok {
		return nil
	}
	places := image.H * image.W
	if len(dst.U8) != len(image.Pix) {
		return fmt.Errorf("data: %d numbers for the %d of an image", len(dst.U8), len(image.Pix))
	}
	for i, v := range image.Pix {
		dst.U8[i%places*image.C+i/places] = v
	}
	return nil
}

// Sample is a small picture of noise.
func (p *Preprocessor) Sample(_ string, k rng.Key) string {
	m := image.NewNRGBA(image.Rect(0, 0, 5+k.IntN(1, 60), 5+k.IntN(2, 60)))
	for j := range m.Pix {
		m.Pix[j] = uint8(k.IntN(3+j, 256))
	}
	var b bytes.Buffer
	if png.Encode(&b, m) != nil {
		return "" // which a buffer cannot cause
	}
	return b.String()
}
