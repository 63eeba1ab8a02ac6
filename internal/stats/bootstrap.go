package stats

import (
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/rng"
)

// A Statistic is a figure of rows. It is used by several goroutines at once.
type Statistic interface {
	// Of is the figure where row i counts weights[i] times; total is the sum of
	// the weights. It is NaN where the figure is not defined.
	Of(weights []float64, total float64) float64
}

// Options say how rows are resampled.
type Options struct {
	Resamples int     // of the rows
	Level     float64 // of intervals, such as 0.95
	Seed      uint64
	// Groups are numbers from 0 on of N rows: those of one number are drawn
	// together. nil: every row for itself.
	Groups []int
}

// A Bootstrap holds figures of the same rows, as observed and resampled.
type Bootstrap struct {
	options  Options
	observed []float64
	draws    [][]float64 // (statistic, resample)
}

// block is how many resamples share their memory; the cut decides nothing.
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

// resample draws as many units as there are, with replacement, and sets how
// often each row was drawn with its unit.
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

// An Estimate is a figure with its interval.
type Estimate struct {
	Value, Low, High float64
	// P is the probability of a figure as far from zero as this one, if zero were
	// the truth (two-sided). 1 where nothing can be said.
	P float64
}

// Mean is the mean of statistics that differ by the seed alone.
func (b *Bootstrap) Mean(seeds []int) Estimate {
	return b.estimate(len(seeds), func(of func(int) float64, s int) float64 { return of(seeds[s]) })
}

// Difference is the mean difference of statistics to others, in pairs of one
// seed each.
func (b *Bootstrap) Difference(seeds, against []int) Estimate {
	return b.estimate(len(seeds), func(of func(int) float64, s int) float64 { return of(seeds[s]) - of(against[s]) })
}

// estimate is the mean over n seeds of what figure makes of the statistics.
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
		// Between seeds, test rows add noise of their own, which resampled rows add
		// once more: what it grows by is what to take away.
		if scale := math.Sqrt(max(0, 2*between-spread) / float64(n)); scale > 0 {
			key := rng.New(b.options.Seed).Name("seeds")
			for r := range draws {
				draws[r] += scale * student(key.Int(r), n-1)
			}
		}
	}
	return b.interval(mean, draws)
}

// moments are the mean of numbers and their variance, 0 for a single one.
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

// student is a draw from Student's distribution.
func student(key rng.Key, freedom int) float64 {
	square := 0.0
	for i := range freedom {
		z := key.Normal(1 + i)
		square += z * z
	}
	return key.Normal(0) / math.Sqrt(square/float64(freedom))
}

// mostUndefined is the share of resamples on which a figure may be undefined,
// such as a score over classes of which one was not drawn.
const mostUndefined = 0.05

// interval is the middle of the draws, and how much of them lies beyond zero.
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
	// One is added, since what was observed is a draw as well (Davison and
	// Hinkley, Bootstrap Methods and their Application, 1997).
	beyond := float64(1+zeros+min(below, above)) / float64(1+len(draws))
	return Estimate{value, quantile(draws, tail), quantile(draws, 1-tail), min(1, 2*beyond)}
}

// quantile of sorted numbers, between two of them by their distances.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}
