package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/ablation"
	"github.com/chiasm-ml/chiasm/metrics"
)

// Limits of what is said of inputs.
const (
	maxInputs  = 64 // rows of the table of inputs, and of shares
	maxSubsets = 64 // rows of the table of subsets
	maxLines   = 8  // of the chart over the missing rate
)

// inputs is what each input adds to the metric.
type inputs struct {
	Metric, Rows, Score, Prior string
	Repeats                    string
	Sentence                   string
	Exact                      bool // there are Shapley values
	Inputs                     []inputRow
	Shares                     []share
	unit                       bool // the metric is a share of 1
}

type inputRow struct {
	Name                     axisLabel
	Rows                     string
	Alone, Dropped, Permuted string
	Spread                   string // of Permuted
	Shapley                  string
	Bar                      string // of the Shapley value, or of what is lost without it
}

// studied says on how many rows of the measured split a study was made.
func (p *Page) studied(n int) string {
	if s := p.split(p.measured()); s != nil && n < s.Rows {
		return count(n) + " of the " + counted(s.Rows, "row", "rows")
	}
	return counted(n, "row", "rows")
}

func (p *Page) inputs() *inputs {
	m := p.Importance
	if m == nil || len(m.Inputs) == 0 {
		return nil
	}
	v := &inputs{
		Metric: lowerFirst(metricName(m.Metric)), Rows: p.studied(m.Rows), Score: figure(float64(m.Score)), Prior: figure(float64(m.Prior)),
		Repeats: count(m.Repeats), Exact: m.Inputs[0].Shapley != nil,
		unit: math.Abs(float64(m.Score)) <= 1 && math.Abs(float64(m.Prior)) <= 1,
	}
	most, first := 0.0, 0
	for i, in := range m.Inputs {
		if w := worth(in); w > most {
			most, first = w, i
		}
	}
	if most > 0 {
		v.Sentence = "Most comes from " + quoted(m.Inputs[first].Name) + "."
	}
	for _, in := range m.Inputs[:min(len(m.Inputs), maxInputs)] {
		row := inputRow{
			Name: axisLabel{label(in.Name), whole(in.Name)}, Rows: count(in.Rows),
			Alone: v.gain(in.Alone), Dropped: v.gain(in.Dropped),
			Permuted: v.gain(in.Permuted), Spread: strings.TrimPrefix(v.gain(in.PermutedStd), "+"), Bar: bar(0),
		}
		if in.Shapley != nil {
			row.Shapley = v.gain(*in.Shapley)
		}
		if w := worth(in); w > 0 && most > 0 {
			row.Bar = bar(w / most)
		}
		v.Inputs = append(v.Inputs, row)
	}
	for _, s := range m.Shares[:min(len(m.Shares), maxInputs)] {
		v.Shares = append(v.Shares, share{axisLabel{label(s.Name), whole(s.Name)}, "", percent(float64(s.Mean)), bar(float64(s.Mean))})
	}
	return v
}

// gain is a difference of the metric with its sign; of shares always to a
// thousandth, so that they compare at a glance.
func (v *inputs) gain(n metrics.Number) string {
	x := float64(n)
	switch {
	case !v.unit || !finite(x):
		return signed(x)
	case math.Abs(x) < 0.0005:
		return "0.000"
	case x > 0:
		return "+" + strconv.FormatFloat(x, 'f', 3, 64)
	}
	return minus(strconv.FormatFloat(x, 'f', 3, 64))
}

// worth is the one number of an input that its bar shows.
func worth(in ablation.Input) float64 {
	if in.Shapley != nil {
		return float64(*in.Shapley)
	}
	return float64(in.Dropped)
}

// missing is how the model does where inputs are missing.
type missing struct {
	Sentence string
	Chart    *chart
	Metric   string
	Head     []string // of the other figures
	Subsets  []subsetRow
	Left     string
	Rows     string
}

type subsetRow struct {
	Present string
	Rows    string
	Value   string
	Others  []string
}

func (p *Page) missing() *missing {
	m := p.Missing
	if m == nil || len(m.Subsets) == 0 {
		return nil
	}
	v := &missing{Metric: metricName(m.Metric), Rows: p.studied(m.Rows), Sentence: missingSentence(m), Chart: newRateChart(m)}
	var others []string
	for _, name := range []string{"accuracy", "macro_f1", "r2", "loss"} { // in little room
		if _, ok := m.Subsets[0].Values.Get(name); ok && name != m.Metric {
			others = append(others, name)
			v.Head = append(v.Head, metricName(name))
		}
	}
	for _, s := range m.Subsets[:min(len(m.Subsets), maxSubsets)] {
		value, _ := s.Values.Get(m.Metric)
		row := subsetRow{Present: list(s.Present), Rows: count(s.Rows), Value: figure(value)}
		for _, name := range others {
			x, _ := s.Values.Get(name)
			row.Others = append(row.Others, figure(x))
		}
		v.Subsets = append(v.Subsets, row)
	}
	if n := len(m.Subsets) - len(v.Subsets); n > 0 {
		v.Left = counted(n, "more subset is", "more subsets are") + " left out."
	}
	return v
}

// missingSentence says what one missing input costs at most, and what one alone
// reaches.
func missingSentence(m *ablation.Missing) string {
	all := m.Subsets[0]
	best, worst := -1, -1
	value := func(i int) float64 { v, _ := m.Subsets[i].Values.Get(m.Metric); return v }
	lower := lowerIsBetter(m.Metric)
	better := func(a, b float64) bool { return a != b && (a < b) == lower }
	for i, s := range m.Subsets {
		if len(s.Present) == 1 && (best < 0 || better(value(i), value(best))) {
			best = i
		}
		if len(s.Present) == len(all.Present)-1 && (worst < 0 || better(value(worst), value(i))) {
			worst = i
		}
	}
	if best < 0 || worst < 0 || !finite(value(0)) {
		return ""
	}
	var gone []string
	for _, name := range all.Present {
		if !slices.Contains(m.Subsets[worst].Present, name) {
			gone = append(gone, quoted(name))
		}
	}
	return "With all inputs " + lowerFirst(metricName(m.Metric)) + " is " + figure(value(0)) + ". To lose " + strings.Join(gone, " and ") +
		" costs most and leaves " + figure(value(worst)) + "; " + quoted(m.Subsets[best].Present[0]) + " alone reaches " + figure(value(best)) + "."
}
