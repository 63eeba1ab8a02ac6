package imaging

import (
	"math"

	"github.com/chiasm-ml/chiasm/rng"
)

// Indices of the random numbers of an augmentation in the key's stream.
const (
	drawFlip = iota
	drawShiftX
	drawShiftY
	drawZoom
	drawRotate
	drawBrightness
	drawContrast
	drawSaturation
	drawErase
	drawEraseArea
	drawEraseAspect
	drawEraseX
	drawEraseY
)

// spread draws uniformly from [−most, most).
func spread(key rng.Key, i int, most float64) float64 { return most * (2*key.Float64(i) - 1) }

// A move maps a pixel of the result to its source position: x = x0 + xx·u + xy·v, and likewise for
// y, with pixel centres at integers.
type move struct{ x0, xx, xy, y0, yx, yy float32 }

func (a Augment) drawMove(src *Raster, key rng.Key) move {
	mirror := 1.0
	if key.Float64(drawFlip) < a.Flip {
		mirror = -1
	}
	zoom := 1 + spread(key, drawZoom, a.Crop)
	dx := spread(key, drawShiftX, a.Crop) * float64(src.W)
	dy := spread(key, drawShiftY, a.Crop) * float64(src.H)
	sin, cos := math.Sincos(spread(key, drawRotate, a.Rotate) * math.Pi / 180)
	cx, cy := float64(src.W-1)/2, float64(src.H-1)/2
	xx, xy, yx, yy := zoom*cos*mirror, -zoom*sin, zoom*sin*mirror, zoom*cos
	return move{
		x0: float32(cx + dx - xx*cx - xy*cy), xx: float32(xx), xy: float32(xy),
		y0: float32(cy + dy - yx*cx - yy*cy), yx: float32(yx), yy: float32(yy),
	}
}

func (m move) identity() bool { return m == move{xx: 1, yy: 1} }

// sample computes every pixel of dst from the position given by m, interpolated between its four
// neighbours (bilinear), and applies the tone. Outside, the edge is repeated.
func (t *tone) sample(dst []float32, src *Raster, m move) {
	size := src.H * src.W
	right, bottom := float32(src.W-1), float32(src.H-1)
	for v := range src.H {
		for u := range src.W {
			x := max(0, min(right, m.x0+m.xx*float32(u)+m.xy*float32(v)))
			y := max(0, min(bottom, m.y0+m.yx*float32(u)+m.yy*float32(v)))
			x0, y0 := int(x), int(y)
			fx, fy := x-float32(x0), y-float32(y0)
			a := y0*src.W + x0
			stepX, stepY := 1, src.W
			if x0 == src.W-1 {
				stepX = 0
			}
			if y0 == src.H-1 {
				stepY = 0
			}
			var p [4]float32
			for c := range src.C {
				at := src.Pix[c*size+a:]
				top := float32(at[0]) + fx*(float32(at[stepX])-float32(at[0]))
				low := float32(at[stepY]) + fx*(float32(at[stepX+stepY])-float32(at[stepY]))
				p[c] = top + fy*(low-top)
			}
			t.put(dst, v*src.W+u, size, &p)
		}
	}
}

// copy applies the tone to every pixel without moving it.
func (t *tone) copy(dst []float32, src *Raster) {
	size := src.H * src.W
	for i := range size {
		var p [4]float32
		for c := range src.C {
			p[c] = float32(src.Pix[c*size+i])
		}
		t.put(dst, i, size, &p)
	}
}
