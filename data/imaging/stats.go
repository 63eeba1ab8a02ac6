package imaging

import "math"

// Stats gathers the mean and standard deviation of each channel over many
// rasters. Sums are whole numbers, so the order of the rasters, and how they
// were shared among goroutines, changes nothing.
type Stats struct {
	n    [4]uint64
	sum  [4]uint64
	sum2 [4]uint64
}

// Add counts every pixel of r.
func (s *Stats) Add(r *Raster) {
	for c := range r.C {
		var sum, sum2 uint64
		for _, v := range r.plane(c) {
			sum += uint64(v)
			sum2 += uint64(v) * uint64(v)
		}
		s.n[c] += uint64(r.H * r.W)
		s.sum[c] += sum
		s.sum2[c] += sum2
	}
}

// Merge adds what other has counted.
func (s *Stats) Merge(other *Stats) {
	for c := range s.n {
		s.n[c] += other.n[c]
		s.sum[c] += other.sum[c]
		s.sum2[c] += other.sum2[c]
	}
}

// MeanStd returns mean and (population) standard deviation of each channel
// seen, in units of value/255, as Normalize takes them. The deviation of a
// constant channel is given as 1.
func (s *Stats) MeanStd() (mean, std []float32) {
	for c := range s.n {
		if s.n[c] == 0 {
			break
		}
		n := float64(s.n[c])
		m := float64(s.sum[c]) / n
		d := math.Sqrt(max(0, float64(s.sum2[c])/n-m*m)) / 255
		if d < 1e-4 { // far below one level in one pixel of a thousand
			d = 1
		}
		mean = append(mean, float32(m/255))
		std = append(std, float32(d))
	}
	return mean, std
}
