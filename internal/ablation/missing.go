package ablation

import (
	"context"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/rng"
)

// Missing describes how a model performs with inputs missing.
type Missing struct {
	Metric string `json:"metric"` // of the curves
	Rows   int    `json:"rows"`   // number of rows measured
	// Subsets of the inputs, the full set first; with more than MostInputs inputs, only all, all
	// but one, and each alone.
	Subsets []Subset `json:"subsets"`
	// Curves has one for each input and one for all inputs together.
	Curves []Curve `json:"curves"`
}

// Subset describes how a model performs with only some of the inputs.
type Subset struct {
	Present []string `json:"present"`
	Rows    int      `json:"rows"` // rows that have any of them; the prior predicts the others
	// Values are the metrics over all rows.
	Values metrics.Values `json:"metrics"`
}

// Curve describes how a model performs as more rows lack some inputs.
type Curve struct {
	Dropped []string `json:"dropped"` // the inputs that are removed
	Points  []Point  `json:"points"`
}

// Point is a point of a curve: the metric over several draws of the rows.
type Point struct {
	Rate float64 `json:"rate"` // nominal share of the rows with an input that lose it
	// Lost is the actual share: a row keeps its last input.
	Lost metrics.Number `json:"lost"`
	Mean metrics.Number `json:"mean"`
	Low  metrics.Number `json:"low"`
	High metrics.Number `json:"high"`
}

// rates are the missing rates of a curve.
var rates = [...]float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}

// Missing measures the model with every subset of its inputs, and over the missing rate.
func (s *Study) Missing(ctx context.Context) (*Missing, error) {
	if s.model == nil {
		return nil, errMissing
	}
	m := &Missing{Metric: s.options.Metric, Rows: len(s.rows)}
	for _, with := range s.subsets() {
		values, err := s.measure(ctx, s.everyone(with))
		if err != nil {
			return nil, err
		}
		m.Subsets = append(m.Subsets, Subset{Present: s.members(with), Rows: s.having(with), Values: values})
	}
	for k := range s.names {
		c, err := s.curve(ctx, 1<<k, draws)
		if err != nil {
			return nil, err
		}
		m.Curves = append(m.Curves, c)
	}
	n := draws
	if len(s.names) > MostInputs {
		n = 1 // every draw needs a pass of its own
	}
	c, err := s.curve(ctx, s.all(), n)
	m.Curves = append(m.Curves, c)
	return m, err
}

// subsets lists those that are measured, larger ones first, and among equal sizes those of earlier
// inputs.
func (s *Study) subsets() []subset {
	if len(s.names) > MostInputs {
		return s.few()
	}
	var sets []subset
	for with := s.all(); with > 0; with-- {
		sets = append(sets, with)
	}
	slices.SortFunc(sets, func(a, b subset) int {
		if d := b.size() - a.size(); d != 0 || a == b {
			return d
		}
		if differ := a ^ b; a&(differ&-differ) != 0 {
			return -1
		}
		return 1
	})
	return sets
}

// few lists all inputs, all but one, and each alone.
func (s *Study) few() []subset {
	sets := []subset{s.all()}
	for k := range s.names {
		sets = append(sets, s.all()&^(1<<k))
	}
	for k := range s.names {
		sets = append(sets, 1<<k)
	}
	return sets
}

func (s *Study) members(with subset) []string {
	names := []string{}
	for k, name := range s.names {
		if with.has(k) {
			names = append(names, name)
		}
	}
	return names
}

// having counts the rows that have any of some inputs.
func (s *Study) having(with subset) int {
	n := 0
	for _, p := range s.present {
		if p&with != 0 {
			n++
		}
	}
	return n
}

// curve removes some inputs from an increasing share of rows, with the given number of draws.
func (s *Study) curve(ctx context.Context, dropped subset, times int) (Curve, error) {
	c := Curve{Dropped: s.members(dropped)}
	for _, rate := range rates {
		n := times
		if rate == 0 {
			n = 1 // nothing is random
		}
		p := Point{Rate: rate}
		var values []float64
		lost := 0.0
		for draw := range n {
			with, share := s.draw(dropped, rate, draw)
			vs, err := s.measure(ctx, with)
			if err != nil {
				return c, err
			}
			v, _ := vs.Get(s.options.Metric)
			values = append(values, v)
			lost += share / float64(n)
		}
		p.Lost = metrics.Number(lost)
		mean, _ := meanStd(values)
		p.Mean, p.Low, p.High = metrics.Number(mean), metrics.Number(slices.Min(values)), metrics.Number(slices.Max(values))
		c.Points = append(c.Points, p)
	}
	return c, nil
}

// draw removes each of some inputs from a share of the rows that have it, but never all inputs of a
// row: the one with the highest draw stays. A higher rate removes everything that a lower one does,
// and more. It returns the share that was lost.
func (s *Study) draw(dropped subset, rate float64, draw int) (with []subset, lost float64) {
	with = s.everyone(s.all())
	var owners, gone int
	drawn := make([][]float64, len(s.names))
	for k, name := range s.names {
		if !dropped.has(k) {
			continue
		}
		key := rng.New(s.options.Seed).Name("missing").Name(name).Int(draw)
		drawn[k] = make([]float64, len(s.rows))
		var have []int
		for i, row := range s.rows {
			drawn[k][i] = key.Int(row).Float64(0)
			if s.present[i].has(k) {
				have = append(have, i)
			}
		}
		slices.SortFunc(have, func(a, b int) int {
			switch {
			case drawn[k][a] < drawn[k][b]:
				return -1
			case drawn[k][a] > drawn[k][b]:
				return 1
			}
			return a - b
		})
		owners += len(have)
		for _, i := range have[:int(math.Round(rate*float64(len(have))))] {
			with[i] &^= 1 << k
			gone++
		}
	}
	for i, p := range s.present {
		if p == 0 || with[i]&p != 0 {
			continue
		}
		best := -1
		for k := range s.names {
			if dropped.has(k) && p.has(k) && (best < 0 || drawn[k][i] > drawn[best][i]) {
				best = k
			}
		}
		with[i] |= 1 << best
		gone--
	}
	return with, float64(gone) / float64(max(owners, 1))
}

// meanStd returns the mean and standard deviation of some values; equal values have exactly zero
// deviation, free of rounding.
func meanStd(values []float64) (mean, std float64) {
	if len(values) > 0 && slices.Min(values) == slices.Max(values) {
		return values[0], 0
	}
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		std += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(std / float64(max(len(values)-1, 1)))
}
