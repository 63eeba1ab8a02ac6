package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/stats"
	"github.com/chiasm-ml/chiasm/metrics"
)

// Kinds of candidates.
const (
	Modality = "modality" // one input alone
	Subset   = "subset"   // some of the inputs
	Fusion   = "fusion"   // all inputs
)

// A Study is the input of a comparison.
type Study struct {
	// Metric is one of Answers.Metrics; empty means the first.
	Metric  string
	Answers Answers
	// Groups holds a group number from 0 for each test row: rows of one group, such as a patient, vary
	// together. nil: every row is its own group.
	Groups []int
	// Contenders in the order of the table. The first fusion is the simplest one, which the others
	// have to beat.
	Contenders []Contender
	// Resamples of the test rows; 0 means 10,000.
	Resamples int
	// Seed of the resampling; nothing else is random.
	Seed uint64
	// Asked is the total number of runs requested, if not all were executed.
	Asked int
}

// A Contender is one candidate model.
type Contender struct {
	Kind   string
	Name   string // such as caption, or concat
	Inputs []string
	Runs   []Run
	// Its cost.
	Parameters      int
	TrainingSeconds float64 // mean over its runs
	InferenceMicros float64 // per row
}

// A Run is one training run.
type Run struct {
	Seed uint64
	// Predictions of the test rows, (N, Size): probabilities, or numbers in the target's own units.
	Predictions []float32
	// Read reads them instead, so that those of one run alone are in memory at a time.
	Read func() ([]float32, error)
	// Thresholds above which labels are predicted, for a binary or multilabel task; nil: a half.
	Thresholds metrics.Thresholds
	Validation float64 // the metric on the validation rows
	// Without is the metric on the test rows with an input removed from all of them.
	Without map[string]float64
}

func (r Run) predictions() ([]float32, error) {
	if r.Read != nil {
		return r.Read()
	}
	return r.Predictions, nil
}

// resamples is enough for p-values that survive the correction for a table of any readable length.
const resamples = 10_000

// level of intervals, and of significance.
const level = 0.95

// Result computes the table, the tests and the verdict. A metric that is undefined for the targets
// is an *UndefinedError.
func (s *Study) Result() (*Result, error) {
	metric, err := s.metric()
	if err != nil {
		return nil, err
	}
	if err := s.Answers.Defined(metric, "test rows"); err != nil {
		return nil, err
	}
	var all []stats.Statistic
	place := make([][]int, len(s.Contenders)) // of the runs of each candidate
	for k, c := range s.Contenders {
		for _, r := range c.Runs {
			predictions, err := r.predictions()
			var st stats.Statistic
			if err == nil {
				st, err = s.Answers.statistic(metric, predictions, r.Thresholds)
			}
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", c.Name, r.Seed, err)
			}
			place[k] = append(place[k], len(all))
			all = append(all, st)
		}
	}
	o := stats.Options{Resamples: s.Resamples, Level: level, Seed: s.Seed, Groups: s.Groups}
	if o.Resamples == 0 {
		o.Resamples = resamples
	}
	b := stats.New(s.Answers.rows(), all, o)
	r := &Result{
		Metric: metric, Lower: lower(metric), Rows: s.Answers.rows(), Resamples: o.Resamples, Level: level,
		Missing: max(0, s.Asked-len(all)),
	}
	for k, c := range s.Contenders {
		row := c.row(metric)
		e := b.Mean(place[k])
		low, high := bounds(metric)
		row.Mean, row.Low, row.High = number(e.Value), number(max(e.Low, low)), number(min(e.High, high))
		r.Runs = append(r.Runs, row)
	}
	r.BestModality, r.SimplestFusion, r.BestFusion = s.chosen(metric)
	r.Tests = s.tests(b, place, metric, r.BestModality, r.SimplestFusion)
	r.Verdict = r.verdict()
	return r, nil
}

func (s *Study) metric() (string, error) {
	known := s.Answers.Metrics()
	switch {
	case s.Metric == "":
		return known[0], nil
	case slices.Contains(known, s.Metric):
		return s.Metric, nil
	}
	return "", &MetricError{s.Metric, known}
}

// bounds returns the range of a metric.
func bounds(metric string) (low, high float64) {
	switch metric {
	case "mae", "rmse":
		return 0, math.Inf(1)
	case "r2":
		return math.Inf(-1), 1
	}
	return 0, 1
}

// lower reports whether lower values of a metric are better.
func lower(metric string) bool { return metrics.Better(metric, 0, 1) }

func number(v float64) metrics.Number { return metrics.Number(v) }

// row computes what is known about a candidate without resampling.
func (c Contender) row(metric string) Row {
	r := Row{
		Kind: c.Kind, Name: c.Name, Inputs: c.Inputs, Seeds: len(c.Runs), Validation: number(c.validation()),
		Parameters: c.Parameters, TrainingSeconds: number(c.TrainingSeconds), InferenceMicros: number(c.InferenceMicros),
	}
	for _, in := range c.Inputs {
		sum, n := 0.0, 0
		for _, run := range c.Runs {
			if v, ok := run.Without[in]; ok {
				sum, n = sum+v, n+1
			}
		}
		if n > 0 && n == len(c.Runs) {
			r.Without = append(r.Without, Without{Input: in, Mean: number(sum / float64(n))})
		}
	}
	return r
}

func (c Contender) validation() float64 {
	var m metrics.Mean
	for _, r := range c.Runs {
		m.Add(r.Validation, 1)
	}
	return m.Value()
}

// chosen returns, by validation rows, the best single input and the best fusion, and the simplest
// fusion; -1 for none.
func (s *Study) chosen(metric string) (modality, simplest, fusion int) {
	best := map[string]int{Modality: -1, Fusion: -1}
	simplest = -1
	for k, c := range s.Contenders {
		if len(c.Runs) == 0 {
			continue
		}
		if c.Kind == Fusion && simplest < 0 {
			simplest = k
		}
		if at, ok := best[c.Kind]; ok && (at < 0 || metrics.Better(metric, c.validation(), s.Contenders[at].validation())) {
			best[c.Kind] = k
		}
	}
	return best[Modality], simplest, best[Fusion]
}

// BestModality is the index of the candidate that is the best single input on validation rows; -1
// if none has runs, or the metric is unknown.
func (s *Study) BestModality() int {
	metric, err := s.metric()
	if err != nil {
		return -1
	}
	m, _, _ := s.chosen(metric)
	return m
}

// tests compares every candidate with the best single input and with the simplest fusion, once per
// pair.
func (s *Study) tests(b *stats.Bootstrap, place [][]int, metric string, modality, simplest int) []Test {
	var all []Test
	low, high := bounds(metric)
	widest := high - low // upper bound of a difference
	for _, against := range []int{modality, simplest} {
		if against < 0 {
			continue
		}
		for k, c := range s.Contenders {
			if k == against || against == simplest && k == modality {
				continue // this pair exists the other way round
			}
			mine, theirs := s.common(k, against, place)
			if len(mine) == 0 {
				continue
			}
			e := b.Difference(mine, theirs)
			all = append(all, Test{
				Contender: c.Name, Against: s.Contenders[against].Name, contender: k, against: against,
				Seeds: len(mine), Difference: number(e.Value), Low: number(max(e.Low, -widest)), High: number(min(e.High, widest)), P: number(e.P),
			})
		}
	}
	p := make([]float64, len(all))
	for i, t := range all {
		p[i] = float64(t.P)
	}
	for i, v := range stats.Holm(p) {
		all[i].Holm = number(v)
	}
	return all
}

// common lists the runs of two candidates with the same seeds.
func (s *Study) common(a, b int, place [][]int) (as, bs []int) {
	for i, r := range s.Contenders[a].Runs {
		j := slices.IndexFunc(s.Contenders[b].Runs, func(o Run) bool { return o.Seed == r.Seed })
		if j >= 0 {
			as, bs = append(as, place[a][i]), append(bs, place[b][j])
		}
	}
	return as, bs
}
