package imaging

// A Raster is a decoded image: C consecutive planes of H rows of W bytes (CHW). C is 1 (luma), 3
// (red, green, blue) or 4 (red, green, blue over the background, then alpha).
type Raster struct {
	C, H, W int
	Pix     []uint8 // C·H·W
}

func newRaster(c, h, w int) *Raster {
	return &Raster{C: c, H: h, W: w, Pix: make([]uint8, c*h*w)}
}

// plane returns the H·W bytes of channel c.
func (r *Raster) plane(c int) []uint8 { return r.Pix[c*r.H*r.W : (c+1)*r.H*r.W] }

// Normalize writes (value/255 − mean) / std of every pixel to dst, which has src.C·src.H·src.W
// elements in the order of src. mean and std have src.C elements each, in units of value/255; nil
// means 0 and 1. A std of 0 counts as 1, so a constant channel becomes zeros instead of infinities.
func Normalize(dst []float32, src *Raster, mean, std []float32) {
	checkNormalize(dst, src, mean, std)
	for c := range src.C {
		scale, shift := affine(c, mean, std)
		plane := src.plane(c)
		out := dst[c*len(plane):][:len(plane)]
		for i, v := range plane {
			out[i] = float32(v)*scale + shift
		}
	}
}

// affine combines division by 255, mean and std into one multiplication and one addition.
func affine(c int, mean, std []float32) (scale, shift float32) {
	m, s := float32(0), float32(1)
	if mean != nil {
		m = mean[c]
	}
	if std != nil && std[c] != 0 {
		s = std[c]
	}
	return 1 / (255 * s), -m / s
}

func checkNormalize(dst []float32, src *Raster, mean, std []float32) {
	if len(dst) != len(src.Pix) || len(src.Pix) != src.C*src.H*src.W {
		panic("imaging: dst and src differ in size")
	}
	if mean != nil && len(mean) != src.C || std != nil && len(std) != src.C {
		panic("imaging: mean and std need one value per channel")
	}
}
