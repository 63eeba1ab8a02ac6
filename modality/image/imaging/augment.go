package imaging

import (
	"math"

	"github.com/chiasm-ml/chiasm/rng"
)

// Augment randomly changes training images in ways that do not affect the label, so that the model
// learns to ignore them. The zero value changes nothing.
type Augment struct {
	// Probability of mirroring left and right. Leave it 0 where sides have a meaning.
	Flip float64 `yaml:"flip" default:"0" validate:"gte=0,lte=1"`
	// Largest shift, as a fraction of each side, and largest zoom in or out, as a fraction of the
	// size. Pixels from outside the image repeat the edge.
	Crop float64 `yaml:"crop" default:"0" validate:"gte=0,lte=0.5"`
	// Largest rotation either way, in degrees, about the centre.
	Rotate float64 `yaml:"rotate" default:"0" validate:"gte=0,lte=180"`
	// Largest relative change of brightness.
	Brightness float64 `yaml:"brightness" default:"0" validate:"gte=0,lte=1"`
	// Largest relative change of contrast, about the image's mean luma.
	Contrast float64 `yaml:"contrast" default:"0" validate:"gte=0,lte=1"`
	// Largest relative change of saturation, about each pixel's luma; without effect on one channel.
	Saturation float64 `yaml:"saturation" default:"0" validate:"gte=0,lte=1"`
	// Probability of erasing one rectangle, of 2 to 20 percent of the area, to the mean (DeVries and
	// Taylor, 2017; Zhong et al., 2020).
	Erase float64 `yaml:"erase" default:"0" validate:"gte=0,lte=1"`
}

// Apply augments src and normalises it into dst, like Normalize. Its random draws depend only on
// key: use a different key for each image and epoch. It does not modify src and allocates nothing.
func (a Augment) Apply(dst []float32, src *Raster, mean, std []float32, key rng.Key) {
	if a == (Augment{}) {
		Normalize(dst, src, mean, std)
		return
	}
	checkNormalize(dst, src, mean, std)
	t := a.drawTone(src, mean, std, key)
	if m := a.drawMove(src, key); m.identity() {
		t.copy(dst, src)
	} else {
		t.sample(dst, src, m)
	}
	if key.Float64(drawErase) < a.Erase {
		erase(dst, src, key)
	}
}

// erase sets a rectangle to 0, the mean. Its area and aspect ratio follow Zhong et al.: uniform in
// 0.02 to 0.2 and log-uniform in 1/3 to 3.
func erase(dst []float32, src *Raster, key rng.Key) {
	area := (0.02 + 0.18*key.Float64(drawEraseArea)) * float64(src.H*src.W)
	aspect := math.Exp(spread(key, drawEraseAspect, math.Log(3)))
	h := clampInt(int(math.Round(math.Sqrt(area*aspect))), 1, src.H)
	w := clampInt(int(math.Round(math.Sqrt(area/aspect))), 1, src.W)
	y0 := int(key.Float64(drawEraseY) * float64(src.H-h+1))
	x0 := int(key.Float64(drawEraseX) * float64(src.W-w+1))
	for c := range src.C {
		for y := y0; y < y0+h; y++ {
			clear(dst[(c*src.H+y)*src.W+x0:][:w])
		}
	}
}
