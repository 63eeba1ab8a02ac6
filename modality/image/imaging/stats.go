package imaging

import "math"

// Stats accumulates the mean and standard deviation of each channel over many rasters. Sums are
// integers, so the order of the rasters, and how they were divided among goroutines, has no effect.
type Stats struct {
	n    [4]uint64
	sum  [4]uint64
	sum2 [4]uint64
}

// Add adds every pixel of r.
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

// Merge adds the counts of other.
func (s *Stats) Merge(other *Stats) {
	for c := range s.n {
		s.n[c] += other.n[c]
		s.sum[c] += other.sum[c]
		s.sum2[c] += other.sum2[c]
	}
}

// MeanStd returns the mean and (population) standard deviation of each channel seen, in units of
// value/255, as Normalize expects. For a constant channel, the deviation is 1.
func (s *Stats) MeanStd() (mean, std []float32) {
	for c := range s.n {
		if s.n[c] == 0 {
			break
		}
		n := float64(s.n[c])
		m := float64(s.sum[c]) / n
		d := math.Sqrt(max(0, float64(s.sum2[c])/n-m*m)) / 255
		if d < 1e-4 { // far below one level in one pixel out of a thousand
			d = 1
		}
		mean = append(mean, float32(m/255))
		std = append(std, float32(d))
	}
	return mean, std
}
