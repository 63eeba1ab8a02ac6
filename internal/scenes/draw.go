package scenes

import (
	"image"
	"image/color"
	"math"

	"github.com/chiasm-ml/chiasm/rng"
)

// Side is the width and height of an image in pixels.
const Side = gridSide * cellSize

// palette has the mean of each colour; each object deviates slightly from it.
var palette = [][3]float64{
	{215, 40, 40},  // red
	{40, 160, 60},  // green
	{50, 80, 220},  // blue
	{235, 205, 40}, // yellow
	{150, 50, 190}, // purple
	{40, 195, 205}, // cyan
}

// areas of a small and a large object, in square pixels. Shapes of the same size have the same
// area, so that the area does not reveal the shape.
var areas = []float64{38, 108}

// samples is the number of samples in each direction inside a pixel.
const samples = 4

// draw paints the scene on a light grey background.
func (s scene) draw(key rng.Key) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, Side, Side))
	ground := 205 + 50*key.Name("ground").Float64(0)
	for i := 0; i < len(img.Pix); i += 4 {
		g := uint8(ground)
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = g, g, g, 255
	}
	for i, o := range s {
		o.draw(img, ground, key.Name("object").Int(i))
	}
	return img
}

func (o object) draw(img *image.RGBA, ground float64, key rng.Key) {
	inside, width, height := outline(o.shape, areas[o.size])
	jitter := func(i int, room float64) float64 { return (key.Float64(i) - 0.5) * room }
	left, top := o.cell%gridSide*cellSize, o.cell/gridSide*cellSize
	cx := float64(left) + cellSize/2 + jitter(0, 0.7*(cellSize-width))
	cy := float64(top) + cellSize/2 + jitter(1, 0.7*(cellSize-height))
	var paint [3]float64
	for c := range paint {
		paint[c] = palette[o.colour][c] + jitter(2+c, 30)
	}
	for y := top; y < top+cellSize; y++ {
		for x := left; x < left+cellSize; x++ {
			hits := 0
			for i := range samples * samples {
				sx := float64(x) + (float64(i%samples)+0.5)/samples
				sy := float64(y) + (float64(i/samples)+0.5)/samples
				if inside(sx-cx, sy-cy) {
					hits++
				}
			}
			if hits == 0 {
				continue
			}
			share := float64(hits) / (samples * samples)
			mix := func(c int) uint8 { return uint8(ground + share*(paint[c]-ground) + 0.5) }
			img.SetRGBA(x, y, color.RGBA{mix(0), mix(1), mix(2), 255})
		}
	}
}

// outline returns whether a point, relative to the centre of the bounding box, is inside a shape of
// the given area, and the size of the box.
func outline(shape int, area float64) (inside func(x, y float64) bool, width, height float64) {
	switch shapes[shape] {
	case "circle":
		r := math.Sqrt(area / math.Pi)
		return func(x, y float64) bool { return x*x+y*y < r*r }, 2 * r, 2 * r
	case "square":
		side := math.Sqrt(area)
		return func(x, y float64) bool { return math.Abs(x) < side/2 && math.Abs(y) < side/2 }, side, side
	}
	side := math.Sqrt(4 * area / math.Sqrt(3)) // equilateral, pointing up
	h := side * math.Sqrt(3) / 2
	return func(x, y float64) bool {
		return y < h/2 && math.Abs(x) < (y+h/2)/h*side/2
	}, side, h
}
