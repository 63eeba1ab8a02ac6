package compare

import (
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/rng"
)

// drawn are answers of every type with predictions that know something of them.
func drawn(n int) map[string]struct {
	answers     Answers
	predictions []float32
} {
	key := rng.New(5)
	type both = struct {
		answers     Answers
		predictions []float32
	}
	coarse := func(v float64) float32 { return float32(math.Round(v*20) / 20) } // for ties
	out := map[string]both{}
	var multi, binary, flags, numbers both
	multi.answers.Labels, binary.answers.Labels, flags.answers.Labels = 4, 2, 3
	for i := range n {
		y := key.Name("class").IntN(i, 3) // the fourth class never occurs
		multi.answers.Classes = append(multi.answers.Classes, y)
		p := make([]float64, 4)
		sum := 0.0
		for c := range p {
			p[c] = key.Name("p").Int(i).Float64(c)
			if c == y {
				p[c] += 0.4
			}
			sum += p[c]
		}
		for _, v := range p {
			multi.predictions = append(multi.predictions, coarse(v/sum))
		}
		yes := key.Name("yes").IntN(i, 2)
		binary.answers.Classes = append(binary.answers.Classes, yes)
		binary.predictions = append(binary.predictions, coarse(0.5*key.Name("b").Float64(i)+0.4*float64(yes)))
		for c := range 3 {
			f := float32(key.Name("flag").Int(i).IntN(c, 2))
			flags.answers.Flags = append(flags.answers.Flags, f)
			flags.predictions = append(flags.predictions, coarse(0.6*key.Name("f").Int(i).Float64(c)+0.3*float64(f)))
		}
		x := key.Name("x").Normal(i)
		numbers.answers.Numbers = append(numbers.answers.Numbers, 10*x)
		numbers.predictions = append(numbers.predictions, float32(10*x+3*key.Name("e").Normal(i)))
	}
	out["multiclass"], out["binary"], out["multilabel"], out["regression"] = multi, binary, flags, numbers
	return out
}

// measured are the figures of package metrics of rows, each as often as counts
// says.
func measured(t *testing.T, a Answers, p []float32, counts []float64) metrics.Values {
	t.Helper()
	var rows []int
	for i, n := range counts {
		for range int(n) {
			rows = append(rows, i)
		}
	}
	labels := []string{"a", "b", "c", "d"}[:a.Labels]
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case a.Classes != nil:
		m, err := metrics.NewClassification(labels, 0)
		check(err)
		for _, r := range rows {
			if a.Labels == 2 {
				check(m.AddPositive(p[r:r+1], a.Classes[r:r+1]))
			} else {
				check(m.Add(p[r*a.Labels:(r+1)*a.Labels], a.Classes[r:r+1]))
			}
		}
		return m.Values()
	case a.Flags != nil:
		m, err := metrics.NewMultilabel(labels)
		check(err)
		for _, r := range rows {
			check(m.Add(p[r*a.Labels:(r+1)*a.Labels], a.Flags[r*a.Labels:(r+1)*a.Labels]))
		}
		return m.Values()
	}
	m := &metrics.Regression{}
	for _, r := range rows {
		check(m.Add([]float64{float64(p[r])}, a.Numbers[r:r+1]))
	}
	return m.Values()
}

// A statistic of weighted rows is what package metrics measures of rows that
// stand there so often.
func TestStatisticsAreThoseOfMetrics(t *testing.T) {
	const n = 40
	for name, d := range drawn(n) {
		for _, metric := range d.answers.Metrics() {
			s, err := d.answers.statistic(metric, d.predictions, nil)
			if err != nil {
				t.Fatal(err)
			}
			for round := range 20 {
				weights, total := make([]float64, n), 0.0
				for i := range weights {
					weights[i] = 1
					if round > 0 {
						weights[i] = float64(rng.New(6).Int(round).IntN(i, 3))
					}
					total += weights[i]
				}
				want, ok := measured(t, d.answers, d.predictions, weights).Get(metric)
				if got := s.Of(weights, total); !ok || math.Abs(got-want) > 1e-9 {
					t.Errorf("%s, %s, round %d: %v, want %v", name, metric, round, got, want)
				}
			}
		}
	}
}

// What is not defined is no number: the area under the curve of one class, the
// variance explained of answers that do not vary.
func TestUndefinedStatistics(t *testing.T) {
	for _, c := range []struct {
		answers Answers
		metric  string
		p       []float32
	}{
		{Answers{Labels: 2, Classes: []int{1, 1}}, "roc_auc", []float32{0.2, 0.9}},
		{Answers{Numbers: []float64{3, 3}}, "r2", []float32{3, 4}},
		{Answers{Labels: 1, Flags: []float32{0, 0}}, "micro_f1", []float32{0.2, 0.3}},
		{Answers{Labels: 1, Flags: []float32{0, 0}}, "macro_f1", []float32{0.2, 0.3}},
	} {
		s, err := c.answers.statistic(c.metric, c.p, nil)
		if err != nil {
			t.Fatal(err)
		}
		if v := s.Of([]float64{1, 1}, 2); !math.IsNaN(v) {
			t.Errorf("%s: %v", c.metric, v)
		}
	}
}

func TestWrongSizes(t *testing.T) {
	for _, c := range []struct {
		answers Answers
		n       int
	}{{Answers{Labels: 2, Classes: []int{0, 1}}, 4}, {Answers{Labels: 3, Classes: []int{0, 1}}, 2}, {Answers{Numbers: []float64{1}}, 2}} {
		if _, err := c.answers.statistic(c.answers.Metrics()[0], make([]float32, c.n), nil); err == nil {
			t.Errorf("%d predictions are taken for %+v", c.n, c.answers)
		}
	}
}
