package stats

import (
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/rng"
)

// A Statistic is a metric over rows. It is used by several goroutines concurrently.
type Statistic interface {
	// Of returns the metric with row i counted weights[i] times; total is the sum of the weights.
	// It is NaN if the metric is undefined.
	Of(weights []float64, total float64) float64
}

// Options configure the resampling of rows.
type Options struct {
	Resamples int     // number of resamples
	Level     float64 // of intervals, such as 0.95
	Seed      uint64
	// Groups holds a group number from 0 for each of N rows: rows of one group are drawn together.
	// nil: every row is its own group.
	Groups []int
}

// A Bootstrap holds statistics of the same rows, as observed and resampled.
type Bootstrap struct {
	options  Options
	observed []float64
	draws    [][]float64 // (statistic, resample)
}

// block is the number of resamples that share memory; results do not depend on it.
const block = 64

// New resamples n rows and computes every statistic on each resample.
func New(n int, all []Statistic, o Options) *Bootstrap {
	b := &Bootstrap{options: o}
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	for _, s := range all {
		b.observed = append(b.observed, s.Of(ones, float64(n)))
		b.draws = append(b.draws, make([]float64, o.Resamples))
	}
	units := n
	if o.Groups != nil {
		units = slices.Max(o.Groups) + 1
	}
	key := rng.New(o.Seed).Name("rows")
	parallel.Rows(o.Resamples, block, func(lo, hi int) {
		weights, drawn := make([]float64, n), make([]float64, units)
		for r := lo; r < hi; r++ {
			total := resample(weights, drawn, o.Groups, key.Int(r))
			for i, s := range all {
				b.draws[i][r] = s.Of(weights, total)
			}
		}
	})
	return b
}

// resample draws as many groups as there are, with replacement, and sets how often each row was
// drawn with its group.
func resample(weights, drawn []float64, groups []int, key rng.Key) (total float64) {
	clear(drawn)
	for i := range drawn {
		drawn[key.IntN(i, len(drawn))]++
	}
	if groups == nil {
		copy(weights, drawn)
		return float64(len(weights))
	}
	for row, g := range groups {
		weights[row] = drawn[g]
		total += drawn[g]
	}
	return total
}

// An Estimate is a value with its interval.
type Estimate struct {
	Value, Low, High float64
	// P is the two-sided probability of a value at least this far from zero if the true value were
	// zero. 1 if nothing can be said.
	P float64
}

// Mean is the mean of statistics that differ only by seed.
func (b *Bootstrap) Mean(seeds []int) Estimate {
	return b.estimate(len(seeds), func(of func(int) float64, s int) float64 { return of(seeds[s]) })
}

// Difference is the mean difference between statistics and others, paired by seed.
func (b *Bootstrap) Difference(seeds, against []int) Estimate {
	return b.estimate(len(seeds), func(of func(int) float64, s int) float64 { return of(seeds[s]) - of(against[s]) })
}

// estimate is the mean over n seeds of what figure computes from the statistics.
func (b *Bootstrap) estimate(n int, figure func(of func(statistic int) float64, seed int) float64) Estimate {
	if n == 0 {
		return Estimate{math.NaN(), math.NaN(), math.NaN(), 1}
	}
	values := make([]float64, n)
	for s := range values {
		values[s] = figure(func(i int) float64 { return b.observed[i] }, s)
	}
	mean, between := moments(values)
	draws := make([]float64, b.options.Resamples)
	spread := 0.0 // the mean variance between seeds over resamples
	for r := range draws {
		for s := range values {
			values[s] = figure(func(i int) float64 { return b.draws[i][r] }, s)
		}
		var v float64
		draws[r], v = moments(values)
		spread += v / float64(len(draws))
	}
	if n > 1 {
		// Test rows contribute noise of their own to the variance between seeds, and resampling
		// adds the same noise again: the increase is what to subtract.
		if scale := math.Sqrt(max(0, 2*between-spread) / float64(n)); scale > 0 {
			key := rng.New(b.options.Seed).Name("seeds")
			for r := range draws {
				draws[r] += scale * student(key.Int(r), n-1)
			}
		}
	}
	return b.interval(mean, draws)
}

// moments returns the mean of numbers and their variance, 0 for a single one.
func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	if len(x) == 1 {
		return x[0], 0
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, variance
}

// student draws from Student's t-distribution.
func student(key rng.Key, freedom int) float64 {
	square := 0.0
	for i := range freedom {
		z := key.Normal(1 + i)
		square += z * z
	}
	return key.Normal(0) / math.Sqrt(square/float64(freedom))
}

// mostUndefined is the maximum share of resamples in which a metric may be undefined, such as a
// score over classes of which one was not drawn.
const mostUndefined = 0.05

// interval returns the central part of the draws, and the share of them beyond zero.
func (b *Bootstrap) interval(value float64, draws []float64) Estimate {
	n := len(draws)
	draws = slices.DeleteFunc(draws, math.IsNaN)
	if math.IsNaN(value) || float64(n-len(draws)) > mostUndefined*float64(n) {
		return Estimate{value, math.NaN(), math.NaN(), 1}
	}
	slices.Sort(draws)
	tail := (1 - b.options.Level) / 2
	below, _ := slices.BinarySearch(draws, 0)
	above := len(draws) - below
	for above > 0 && draws[len(draws)-above] == 0 {
		above--
	}
	zeros := len(draws) - below - above
	// One is added, since the observation is a draw as well (Davison and Hinkley, Bootstrap Methods
	// and their Application, 1997).
	beyond := float64(1+zeros+min(below, above)) / float64(1+len(draws))
	return Estimate{value, quantile(draws, tail), quantile(draws, 1-tail), min(1, 2*beyond)}
}

// quantile interpolates linearly between sorted numbers.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}
