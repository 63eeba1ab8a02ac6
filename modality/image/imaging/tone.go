package imaging

import "github.com/chiasm-ml/chiasm/rng"

// A tone is a change of brightness, contrast and saturation, followed by normalisation. Brightness
// and contrast are one line, gain·v + offset; saturation then moves each colour towards or away
// from the pixel's luma. The result is clipped to 0…255 once, at the end. Alpha is only normalised.
type tone struct {
	channels     int
	gain, offset float32
	saturation   float32
	scale, shift [4]float32
}

func (a Augment) drawTone(src *Raster, mean, std []float32, key rng.Key) tone {
	t := tone{channels: src.C}
	for c := range src.C {
		t.scale[c], t.shift[c] = affine(c, mean, std)
	}
	brightness := float32(1 + spread(key, drawBrightness, a.Brightness))
	contrast := float32(1 + spread(key, drawContrast, a.Contrast))
	t.saturation = float32(1 + spread(key, drawSaturation, a.Saturation))
	t.gain = brightness * contrast
	if contrast != 1 {
		t.offset = brightness * meanLuma(src) * (1 - contrast)
	}
	return t
}

// put writes pixel i, given as C values in 0…255, to dst, whose planes have size elements.
func (t *tone) put(dst []float32, i, size int, p *[4]float32) {
	colours := min(t.channels, 3)
	for c := range colours {
		p[c] = t.gain*p[c] + t.offset
	}
	if colours == 3 && t.saturation != 1 {
		grey := 0.299*p[0] + 0.587*p[1] + 0.114*p[2]
		for c := range colours {
			p[c] = grey + t.saturation*(p[c]-grey)
		}
	}
	for c := range t.channels {
		dst[c*size+i] = max(0, min(255, p[c]))*t.scale[c] + t.shift[c]
	}
}

// meanLuma is the mean of Rec. 601's luma over the image.
func meanLuma(r *Raster) float32 {
	var sums [3]uint64
	for c := range min(r.C, 3) {
		for _, v := range r.plane(c) {
			sums[c] += uint64(v)
		}
	}
	n := float64(r.H * r.W)
	if r.C == 1 {
		return float32(float64(sums[0]) / n)
	}
	return float32((0.299*float64(sums[0]) + 0.587*float64(sums[1]) + 0.114*float64(sums[2])) / n)
}
