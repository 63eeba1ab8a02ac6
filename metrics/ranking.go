package metrics

import (
	"math"
	"slices"
)

// A ranking holds the scores of one binary decision in ascending order. Each element is a score's
// bits, which sort like non-negative scores, followed by one bit for whether the row is positive.
type ranking []uint64

// rank sorts column c of rows of width w, which are probabilities; positive reports the truth for a
// row. It reuses the ranking's memory.
func (r ranking) rank(scores []float32, c, w int, positive func(row int) bool) ranking {
	r = r[:0]
	for row, i := 0, c; i < len(scores); row, i = row+1, i+w {
		key := uint64(math.Float32bits(scores[i]+0)) << 1 // + 0: makes −0 equal to 0
		if positive(row) {
			key |= 1
		}
		r = append(r, key)
	}
	slices.Sort(r)
	return r
}

// ties yields the groups of equal scores in descending order, with the number of positives and
// negatives in each.
func (r ranking) ties(yield func(positives, negatives int)) {
	for hi := len(r); hi > 0; {
		lo, positives := hi, 0
		for lo > 0 && r[lo-1]>>1 == r[hi-1]>>1 {
			lo--
			positives += int(r[lo] & 1)
		}
		yield(positives, hi-lo-positives)
		hi = lo
	}
}

// rocAUC is the probability that a positive scores higher than a negative, with ties counting half
// (Mann and Whitney 1947). It is NaN unless there are both.
func (r ranking) rocAUC() float64 {
	// Counted in halves: an integer, so the sum is exact.
	halves, positives, negatives := 0, 0, 0
	r.ties(func(p, n int) {
		halves += n * (2*positives + p)
		positives += p
		negatives += n
	})
	return ratio(float64(halves)/2, float64(positives)*float64(negatives))
}

// averagePrecision is Σ (R_i − R_{i−1})·P_i over the distinct scores in descending order, without
// interpolation. It is NaN if there are no positives.
func (r ranking) averagePrecision() float64 {
	sum := 0.0
	positives, taken := 0, 0
	r.ties(func(p, n int) {
		positives += p
		taken += p + n
		sum += float64(p) * ratio(positives, taken)
	})
	return ratio(sum, float64(positives))
}
