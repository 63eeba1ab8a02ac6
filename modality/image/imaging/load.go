package imaging

import (
	"fmt"
	"math"
)

// Values of Fit, which determines how an image of a different shape becomes Width × Height.
const (
	FitStretch = "stretch" // each side scaled independently; the default
	FitPad     = "pad"     // scaled to fit entirely, centred, the rest is background
	FitCrop    = "crop"    // scaled to cover everything, centred, excess is cropped
)

// Options configure Load.
type Options struct {
	Width, Height int
	Channels      int      // 1: luma; 3: red, green, blue; 4: the same and alpha
	Background    [3]uint8 // shows through transparent pixels, and fills the border of FitPad
	Fit           string   // FitStretch (also ""), FitPad or FitCrop
}

// maxSide limits Width and Height. It is far above what a model uses, and keeps C·H·W far from
// overflow.
const maxSide = 8192

func (o Options) check() error {
	switch {
	case o.Width < 1 || o.Height < 1 || o.Width > maxSide || o.Height > maxSide:
		return fmt.Errorf("imaging: size is %d × %d, want 1 to %d", o.Width, o.Height, maxSide)
	case o.Channels != 1 && o.Channels != 3 && o.Channels != 4:
		return fmt.Errorf("imaging: %d channels, want 1, 3 or 4", o.Channels)
	case o.Fit != "" && o.Fit != FitStretch && o.Fit != FitPad && o.Fit != FitCrop:
		return fmt.Errorf("imaging: fit %q, want %s, %s or %s", o.Fit, FitStretch, FitPad, FitCrop)
	}
	return nil
}

// Load decodes an image file, rotates it upright according to its EXIF orientation, composites it
// over the background, and resizes it. An image that cannot be used is an *Error; invalid options
// are a different error.
func Load(b []byte, o Options) (*Raster, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	d, err := decode(b)
	if err != nil {
		return nil, err
	}
	return o.place(newRows(d, o.Background), d.orientation), nil
}

// place resizes the source to its place in a new raster.
func (o Options) place(src rows, orient orientation) *Raster {
	w, h := src.size()
	if orient.swapsSides() {
		w, h = h, w
	}
	// In upright coordinates: box is the visible part of the source, cw × ch its size in the
	// result.
	cw, ch := o.Width, o.Height
	box := rect{0, 0, float64(w), float64(h)}
	sx, sy := float64(o.Width)/float64(w), float64(o.Height)/float64(h)
	switch o.Fit {
	case FitPad:
		s := min(sx, sy)
		cw = clampInt(int(math.Round(float64(w)*s)), 1, o.Width)
		ch = clampInt(int(math.Round(float64(h)*s)), 1, o.Height)
	case FitCrop:
		s := max(sx, sy)
		bw, bh := float64(o.Width)/s, float64(o.Height)/s
		x0, y0 := (float64(w)-bw)/2, (float64(h)-bh)/2
		box = rect{x0, y0, x0 + bw, y0 + bh}
	}
	if orient.swapsSides() {
		cw, ch = ch, cw
		box = rect{box.y0, box.x0, box.y1, box.x1}
	}
	r := orient.apply(resize(src, box, cw, ch, o.Channels))
	if r.W == o.Width && r.H == o.Height {
		return r
	}
	return o.pad(r)
}

// pad centres r on the background.
func (o Options) pad(r *Raster) *Raster {
	out := newRaster(o.Channels, o.Height, o.Width)
	var fill [4]uint8 // alpha stays 0
	copy(fill[:], o.Background[:])
	if o.Channels == 1 {
		fill[0] = luma(o.Background[0], o.Background[1], o.Background[2])
	}
	x0, y0 := (o.Width-r.W)/2, (o.Height-r.H)/2
	for c := range out.C {
		from, to := r.plane(c), out.plane(c)
		for i := range to {
			to[i] = fill[c]
		}
		for y := range r.H {
			copy(to[(y0+y)*out.W+x0:][:r.W], from[y*r.W:])
		}
	}
	return out
}

func clampInt(v, low, high int) int { return max(low, min(high, v)) }
