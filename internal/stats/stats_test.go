package stats

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

// mean is the weighted mean of a number a row.
type mean []float64

func (m mean) Of(weights []float64, total float64) float64 {
	sum := 0.0
	for i, w := range weights {
		sum += w * m[i]
	}
	return sum / total
}

// Two models were each trained with two seeds, and were right (1) or wrong (0)
// on ten rows.
func Example() {
	runs := []Statistic{
		mean{1, 1, 1, 0, 1, 1, 1, 1, 0, 1}, mean{1, 1, 1, 1, 1, 1, 1, 1, 0, 1}, // one model
		mean{0, 1, 0, 0, 1, 0, 1, 1, 0, 1}, mean{0, 1, 0, 0, 1, 1, 0, 1, 0, 1}, // the other
	}
	b := New(10, runs, Options{Resamples: 10000, Level: 0.95, Seed: 1})
	e := b.Difference([]int{0, 1}, []int{2, 3})
	fmt.Printf("%.2f more, p < 0.05: %v\n", e.Value, e.P < 0.05)
	// Output: 0.35 more, p < 0.05: true
}

// study is a difference of two models that is known: rows, seeds, and rows under
// seeds vary by normal numbers.
type study struct {
	rows, seeds           int
	byRow, bySeed, byBoth float64 // standard deviations
	truth                 float64
	group                 int     // rows that share their row effect; 0: one
	found                 float64 // the least share of tests that have to find it
}

func (s study) once(key rng.Key) (covered, rejected bool) {
	var runs []Statistic
	var first, second []int
	var groups []int
	size := max(1, s.group)
	if s.group > 0 {
		for r := range s.rows {
			groups = append(groups, r/size)
		}
	}
	for seed := range s.seeds {
		a, b := make(mean, s.rows), make(mean, s.rows)
		for r := range s.rows {
			common := key.Name("common").Int(r).Normal(seed)
			b[r] = common
			a[r] = common + s.truth + s.byRow*key.Name("row").Normal(r/size) +
				s.bySeed*key.Name("seed").Normal(seed) + s.byBoth*key.Name("both").Int(seed).Normal(r)
		}
		first, second = append(first, len(runs)), append(second, len(runs)+1)
		runs = append(runs, a, b)
	}
	e := New(s.rows, runs, Options{Resamples: 600, Level: 0.95, Seed: key.Uint64(0), Groups: groups}).Difference(first, second)
	return e.Low <= s.truth && s.truth <= e.High, e.P < 0.05
}

// Intervals hold the truth as often as they say, whatever varies; and where
// there is nothing to be found, something is found in one test of twenty.
func TestCoverage(t *testing.T) {
	const times = 300
	for name, s := range map[string]study{
		"rows, one seed":      {rows: 80, seeds: 1, byRow: 0.4, truth: 0.3},
		"rows":                {rows: 80, seeds: 5, byRow: 0.4, byBoth: 0.3},
		"noise alone":         {rows: 80, seeds: 5, byBoth: 0.4, truth: -1},
		"rows and seeds":      {rows: 80, seeds: 5, byRow: 0.4, bySeed: 0.1, byBoth: 0.3},
		"seeds above all":     {rows: 80, seeds: 5, byRow: 0.1, bySeed: 0.3, byBoth: 0.2, truth: 0.2},
		"three seeds":         {rows: 80, seeds: 3, byRow: 0.3, bySeed: 0.1, byBoth: 0.3},
		"rows in groups":      {rows: 160, seeds: 2, byRow: 0.5, byBoth: 0.1, group: 4},
		"a certain gain":      {rows: 80, seeds: 5, byRow: 0.4, byBoth: 0.3, truth: 0.5, found: 0.99},
		"a gain of few seeds": {rows: 80, seeds: 2, byRow: 0.4, byBoth: 0.3, truth: 0.5, found: 0.85},
	} {
		covered, rejected := 0, 0
		key := rng.New(1).Name(name)
		for i := range times {
			c, r := s.once(key.Int(i))
			covered, rejected = covered+count(c), rejected+count(r)
		}
		coverage, rejection := float64(covered)/times, float64(rejected)/times
		t.Logf("%s: coverage %.3f, found %.3f", name, coverage, rejection)
		if coverage < 0.92 || coverage > 0.99 { // ± 3 standard errors of 0.95, and more on the safe side
			t.Errorf("%s: intervals of 95 %% hold the truth in %.1f %%", name, 100*coverage)
		}
		if s.truth == 0 && rejection > 0.08 {
			t.Errorf("%s: where there is no difference, %.1f %% of tests find one", name, 100*rejection)
		}
		if rejection < s.found {
			t.Errorf("%s: a difference is found in %.1f %%", name, 100*rejection)
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Rows alone would promise too much where seeds matter: the test above can fail.
func TestRowsAloneDoNotCover(t *testing.T) {
	s := study{rows: 80, seeds: 1, byRow: 0.1, bySeed: 0.3, byBoth: 0.2}
	covered := 0
	for i := range 200 {
		c, _ := s.once(rng.New(1).Name("one seed").Int(i))
		covered += count(c)
	}
	if covered > 120 {
		t.Errorf("one seed's intervals hold the truth in %d of 200: the simulation has no seeds in it", covered)
	}
}

// Equal models differ by nothing, and nothing is claimed.
func TestIdentical(t *testing.T) {
	a := mean{1, 0, 1, 1, 0, 1}
	b := New(6, []Statistic{a, a, a, a}, Options{Resamples: 1000, Level: 0.95})
	for _, seeds := range [][2][]int{{{0}, {1}}, {{0, 1}, {2, 3}}} {
		if e := b.Difference(seeds[0], seeds[1]); e != (Estimate{0, 0, 0, 1}) {
			t.Errorf("%+v", e)
		}
	}
	if e := b.Mean([]int{0, 1}); math.Abs(e.Value-4.0/6) > 1e-12 || e.Low >= e.Value || e.High <= e.Value {
		t.Errorf("%+v", e)
	}
}

// Rows that are drawn together make intervals wider; the order of rows does not.
func TestGroups(t *testing.T) {
	x := make(mean, 60)
	groups := make([]int, 60)
	for i := range x {
		x[i], groups[i] = float64(i/6%2), i/6
	}
	width := func(groups []int) float64 {
		e := New(60, []Statistic{x}, Options{Resamples: 2000, Level: 0.95, Groups: groups}).Mean([]int{0})
		return e.High - e.Low
	}
	if alone, together := width(nil), width(groups); together < 1.8*alone {
		t.Errorf("intervals are %.3f wide by row, %.3f by group of six that are alike", alone, together)
	}
}

// What is not defined on some resamples is left out there; on many, there is no
// interval.
func TestUndefined(t *testing.T) {
	// A row is drawn four times or more in 2 % of resamples, and never in 37 %.
	for name, c := range map[string]struct {
		undefined func(drawn float64) bool
		want      bool
	}{
		"few":  {func(drawn float64) bool { return drawn >= 4 }, true},
		"many": {func(drawn float64) bool { return drawn == 0 }, false},
	} {
		e := New(50, []Statistic{partly(c.undefined)}, Options{Resamples: 2000, Level: 0.9}).Mean([]int{0})
		if got := !math.IsNaN(e.Low); got != c.want || e.Value != 1 || !c.want && e.P != 1 {
			t.Errorf("undefined on %s resamples: %+v", name, e)
		}
	}
	if e := New(3, nil, Options{Resamples: 10}).Mean(nil); !math.IsNaN(e.Value) || e.P != 1 {
		t.Errorf("of nothing: %+v", e)
	}
	always := New(5, []Statistic{mean{1, math.NaN(), 1, 1, 1}}, Options{Resamples: 10, Level: 0.9}).Mean([]int{0})
	if !math.IsNaN(always.Value) || always.P != 1 {
		t.Errorf("of a row that is not a number: %+v", always)
	}
}

// partly is 1, and not defined where the first row was drawn so often.
type partly func(drawn float64) bool

func (undefined partly) Of(weights []float64, _ float64) float64 {
	if undefined(weights[0]) {
		return math.NaN()
	}
	return 1
}

// Holm's own procedure, worked by hand.
func TestHolm(t *testing.T) {
	for _, c := range []struct{ p, want []float64 }{
		{nil, []float64{}},
		{[]float64{0.03}, []float64{0.03}},
		{[]float64{0.01, 0.04}, []float64{0.02, 0.04}},
		{[]float64{0.04, 0.01}, []float64{0.04, 0.02}},
		{[]float64{0.01, 0.02, 0.03, 0.005}, []float64{0.03, 0.04, 0.04, 0.02}}, // 4·0.005, 3·0.01, 2·0.02, then not below
		{[]float64{0.2, 0.3, 0.6}, []float64{0.6, 0.6, 0.6}},
		{[]float64{0.5, 0.5, 0.9}, []float64{1, 1, 1}},
		{[]float64{0, 1}, []float64{0, 1}},
	} {
		got := Holm(c.p)
		if len(got) != len(c.want) {
			t.Fatalf("%v: %v", c.p, got)
		}
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-12 {
				t.Errorf("%v: %v, want %v", c.p, got, c.want)
				break
			}
		}
	}
}

// The seed decides, and nothing else.
func TestSameNumbers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	x := make(mean, 40)
	for i := range x {
		x[i] = rng.New(2).Normal(i)
	}
	y := slices.Clone(x)
	y[3]++
	of := func(seed uint64, procs int) Estimate {
		runtime.GOMAXPROCS(procs)
		return New(40, []Statistic{x, y}, Options{Resamples: 500, Level: 0.95, Seed: seed}).Mean([]int{0, 1})
	}
	if of(1, 1) != of(1, 4) {
		t.Error("cores change the numbers")
	}
	if of(1, 2) == of(2, 2) {
		t.Error("the seed changes nothing")
	}
}

func TestQuantile(t *testing.T) {
	x := []float64{1, 2, 4}
	for q, want := range map[float64]float64{0: 1, 0.25: 1.5, 0.5: 2, 0.75: 3, 1: 4} {
		if got := quantile(x, q); got != want {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
}

// Student's draws have the tails of the distribution: 2.5 % beyond the quantile
// of tables.
func TestStudent(t *testing.T) {
	for freedom, at := range map[int]float64{1: 12.706, 4: 2.776, 9: 2.262} {
		const n = 20000
		beyond := 0
		for i := range n {
			beyond += count(student(rng.New(3).Int(i), freedom) > at)
		}
		if share := float64(beyond) / n; math.Abs(share-0.025) > 0.005 {
			t.Errorf("%d degrees of freedom: %.4f beyond %v", freedom, share, at)
		}
	}
}

func BenchmarkBootstrap(b *testing.B) {
	const rows, runs = 500, 50
	all := make([]Statistic, runs)
	for k := range all {
		x := make(mean, rows)
		for i := range x {
			x[i] = rng.New(uint64(k)).Float64(i)
		}
		all[k] = x
	}
	for b.Loop() {
		New(rows, all, Options{Resamples: 10000, Level: 0.95})
	}
}
