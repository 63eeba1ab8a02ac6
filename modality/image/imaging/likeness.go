package imaging

import "math"

// leastContrast is the standard deviation, in grey levels, below which an image has too little
// detail to be compared.
const leastContrast = 8

// DifferenceHash returns 64 bits that near-identical images share except for a few: whether each
// cell of a grid of 8 rows and 9 columns is brighter than the next one in its row (Krawetz, "Kind
// of Like That", 2013). A difference of two grey levels or less is ignored, so that noise on a
// plain background sets no bits. It is not ok for an image that is smaller than the grid or almost
// of one colour.
func (r *Raster) DifferenceHash() (hash uint64, ok bool) {
	const rows, columns = 8, 9
	if r.H < rows || r.W < columns || r.contrast() < leastContrast {
		return 0, false
	}
	for y := range rows {
		var cells [columns]float64
		for x := range columns {
			cells[x] = r.brightness(y*r.H/rows, (y+1)*r.H/rows, x*r.W/columns, (x+1)*r.W/columns)
		}
		for x := range columns - 1 {
			hash <<= 1
			if cells[x] > cells[x+1]+2 {
				hash |= 1
			}
		}
	}
	return hash, true
}

// colours is the number of channels without alpha.
func (r *Raster) colours() int { return min(r.C, 3) }

// brightness is the mean luma of a rectangle.
func (r *Raster) brightness(y0, y1, x0, x1 int) float64 {
	weights := [3]float64{0.299, 0.587, 0.114}
	if r.colours() == 1 {
		weights[0] = 1
	}
	total := 0.0
	for c := range r.colours() {
		sum := 0
		plane := r.plane(c)
		for y := y0; y < y1; y++ {
			for _, v := range plane[y*r.W+x0 : y*r.W+x1] {
				sum += int(v)
			}
		}
		total += weights[c] * float64(sum)
	}
	return total / float64((y1-y0)*(x1-x0))
}

// contrast is the standard deviation of the colour values around the mean of their channel.
// their channel.
func (r *Raster) contrast() float64 {
	squares := 0.0
	for c := range r.colours() {
		_, spread := moments(r.plane(c))
		squares += spread
	}
	return math.Sqrt(squares / float64(r.colours()*r.H*r.W))
}

// moments returns the mean, and the sum of squared deviations from it.
func moments(x []uint8) (mean, spread float64) {
	sum, squares := 0, 0
	for _, v := range x {
		sum += int(v)
		squares += int(v) * int(v)
	}
	mean = float64(sum) / float64(len(x))
	return mean, float64(squares) - mean*float64(sum)
}

// Likeness measures how similar two rasters of equal size are: the correlation of their colour
// values, 1 if they differ only in brightness and contrast. It is 0 if one of them has a single
// colour.
func Likeness(a, b *Raster) float64 {
	if a.C != b.C || a.H != b.H || a.W != b.W {
		return 0
	}
	n := a.colours() * a.H * a.W
	x, y := a.Pix[:n], b.Pix[:n]
	mx, sx := moments(x)
	my, sy := moments(y)
	products := 0
	for i, v := range x {
		products += int(v) * int(y[i])
	}
	if sx == 0 || sy == 0 {
		return 0
	}
	return (float64(products) - float64(n)*mx*my) / math.Sqrt(sx*sy)
}
