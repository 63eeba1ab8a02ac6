package data

import (
	"fmt"
	"math"

	"github.com/chiasm-ml/chiasm/rng"
)

// A sampler picks a share of a sequence by chance. Whether it picks the i-th
// depends on the key and on i alone, so a sequence that grows keeps what was
// picked.
//
// The sequence is cut into blocks, of each of which a fixed number of places is
// picked, by chance which. The blocks grow with the sequence: short ones at the
// beginning hold the share in small tables, long ones further on keep the picks
// free of any period that the table itself may have.
type sampler struct {
	share uint64 // in units of 2⁻³²
	phase uint64 // of rounding, in the same units: each place is picked with probability share
	key   rng.Key
}

const (
	wholeShare   = 1 << 32
	longestBlock = 1024
)

func newSampler(share float64, key rng.Key) sampler {
	units := uint64(math.Round(share * wholeShare))
	return sampler{share: min(max(units, 1), wholeShare), phase: key.Uint64(0) >> 32, key: key}
}

// upTo is how many of the first n are picked, where a block ends at n. Whole
// numbers: a fused multiplication would round otherwise on some machines.
func (s sampler) upTo(n int) int { return int((s.share*uint64(n) + s.phase) >> 32) }

// first is the length of the shortest beginning of which one is always picked.
func (s sampler) first() int { return ceilShare(s.share) }

func ceilShare(share uint64) int {
	if share == 0 {
		return longestBlock
	}
	return int(min((wholeShare+share-1)/share, longestBlock))
}

// pick says which of the first n are picked.
func (s sampler) pick(n int) []bool {
	picked := make([]bool, n)
	unit := max(s.first(), ceilShare(wholeShare-s.share))
	from, to := 0, s.first()
	for from < n {
		for _, i := range s.key.Int(from).Perm(to - from)[:s.upTo(to)-s.upTo(from)] {
			if from+i < n {
				picked[from+i] = true
			}
		}
		from = to
		if to < unit {
			to = unit
		} else {
			to += min(to, longestBlock)
		}
	}
	return picked
}

// cutByChance gives the places of a sequence the index of their split.
func cutByChance(n int, fractions [3]float64, key rng.Key) []int {
	of := make([]int, n)
	var rest []int
	for i, trains := range newSampler(fractions[0], key.Name("train")).pick(n) {
		if !trains {
			rest = append(rest, i)
		}
	}
	held := fractions[1] + fractions[2]
	if held == 0 {
		return make([]int, n)
	}
	judges := restOf(fractions, key).pick(len(rest))
	for i, row := range rest {
		switch {
		case fractions[1] == 0 || fractions[2] > 0 && !judges[i]:
			of[row] = 2
		default:
			of[row] = 1
		}
	}
	return of
}

// restOf samples validation from what is not trained on.
func restOf(fractions [3]float64, key rng.Key) sampler {
	return newSampler(fractions[1]/(fractions[1]+fractions[2]), key.Name("validation"))
}

// Bounds for saying that fractions were missed.
const (
	farOff    = 0.05 // of the rows
	fewRows   = 2    // off by no more, nothing is said
	mostSeeds = 1000 // that are tried for a better cut
	mostDraws = 4_000_000
)

// missed says how far the splits are from the fractions, if they are far, and
// which seed brings them nearer; "" if they are not.
func (c SplitConfig) missed(of []int, draw func(seed uint64) []int) string {
	got := count(of)
	far := false
	for s, f := range c.fractions() {
		off := math.Abs(float64(got[s]) - f*float64(len(of)))
		far = far || f > 0 && got[s] == 0 ||
			off > fewRows && (off > farOff*float64(len(of)) || float64(got[s]) < f*float64(len(of))/2)
	}
	if !far {
		return ""
	}
	what := plural(len(of), "row")
	if c.Group != "" {
		what = fmt.Sprintf("the groups of column %s", show(c.Group))
	}
	w := fmt.Sprintf("chance cut %s into %d rows for training, %d for validation and %d for test, where %s were asked for", what, got[0], got[1], got[2], c.asked(len(of)))
	if seed, n, ok := c.nearer(of, draw); ok {
		return w + fmt.Sprintf("; data.split.seed: %d gives %d, %d and %d", seed, n[0], n[1], n[2])
	}
	if c.Group != "" {
		return w + "; groups are too few or too unlike in size to do better by another seed: write the splits into a column (data.split.column)"
	}
	return w + "; give more rows, or write the splits into a column (data.split.column)"
}

func (c SplitConfig) asked(n int) string {
	f := c.fractions()
	return fmt.Sprintf("%.4g, %.4g and %.4g", f[0]*float64(n), f[1]*float64(n), f[2]*float64(n))
}

func count(of []int) (n [3]int) {
	for _, s := range of {
		n[s]++
	}
	return n
}

// nearer looks for a seed whose cut is less than half as far from the fractions.
// It looks at numbers of rows alone, so that choosing by it favours no model.
func (c SplitConfig) nearer(of []int, draw func(seed uint64) []int) (seed uint64, n [3]int, ok bool) {
	distance := func(n [3]int) (d float64) {
		for s, f := range c.fractions() {
			want := f * float64(len(of))
			if f > 0 && n[s] == 0 {
				return math.Inf(1)
			}
			d = max(d, math.Abs(float64(n[s])-want))
		}
		return d
	}
	least := distance(count(of)) / 2
	if math.IsInf(least, 1) {
		least = math.MaxFloat64
	}
	for s := range uint64(min(mostSeeds, mostDraws/max(1, len(of)))) {
		m := count(draw(s + 1))
		if d := distance(m); d < least {
			seed, n, ok, least = s+1, m, true, d
		}
	}
	return seed, n, ok
}
