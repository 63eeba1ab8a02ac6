package compare

import (
	"cmp"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/rounding"
	"github.com/chiasm-ml/chiasm/internal/stats"
	"github.com/chiasm-ml/chiasm/metrics"
)

// meanOf is the mean of one number per row.
type meanOf []float64

func (m meanOf) Of(weights []float64, total float64) float64 {
	sum := 0.0
	for i, w := range weights {
		sum += w * m[i]
	}
	return sum / total
}

// root is the square root of a mean.
type root struct{ meanOf }

func (r root) Of(weights []float64, total float64) float64 {
	return math.Sqrt(r.meanOf.Of(weights, total))
}

// explained is r2: one minus the ratio of squared errors to the variance of y.
type explained struct{ squared, y []float64 }

func (e explained) Of(weights []float64, total float64) float64 {
	mean := meanOf(e.y).Of(weights, total)
	left, all := 0.0, 0.0
	for i, w := range weights {
		d := e.y[i] - mean
		left += w * e.squared[i]
		all += w * d * d
	}
	if rounding.Constant(len(weights), mean, all/total) {
		return math.NaN()
	}
	return 1 - left/all
}

// f1 is an F1 score of decisions: for one class in one row, each is predicted, true, or both.
type f1 struct {
	row         []int32
	class       []int32
	said, truth []bool
	classes     int
	micro       bool
}

func (f *f1) add(row, class int, said, truth bool) {
	if said || truth {
		f.row, f.class = append(f.row, int32(row)), append(f.class, int32(class))
		f.said, f.truth = append(f.said, said), append(f.truth, truth)
	}
}

func (f *f1) Of(weights []float64, _ float64) float64 {
	hits, all := make([]float64, f.classes), make([]float64, f.classes) // all: predicted plus true
	for i, row := range f.row {
		w, c := weights[row], f.class[i]
		switch {
		case f.said[i] && f.truth[i]:
			hits[c] += w
			all[c] += 2 * w
		default:
			all[c] += w
		}
	}
	sum, over, n := 0.0, 0.0, 0
	for c := range hits {
		switch {
		case all[c] == 0:
		case f.micro:
			sum, over = sum+2*hits[c], over+all[c]
		default:
			sum, n = sum+2*hits[c]/all[c], n+1
		}
	}
	if f.micro {
		return sum / over // NaN if nothing was predicted or true
	}
	return sum / float64(n)
}

// ranked is the mean over the binary decisions for which it is defined of how well positives rank
// above negatives.
type ranked struct {
	questions []question
	of        func(q question, weights []float64) float64
}

// rankings are the ranking metrics of a decision, by name.
var rankings = map[string]func(q question, weights []float64) float64{
	"roc_auc": question.rocAUC, "average_precision": question.averagePrecision,
}

// question holds the rows of a binary decision by descending score; ties[i] means that the score at
// i equals that at i-1.
type question struct {
	rows []int32
	yes  []bool
	ties []bool
}

func newQuestion(n int, score func(row int) float32, yes func(row int) bool) question {
	q := question{rows: make([]int32, n), yes: make([]bool, n), ties: make([]bool, n)}
	for i := range q.rows {
		q.rows[i] = int32(i)
	}
	slices.SortStableFunc(q.rows, func(a, b int32) int { return cmp.Compare(score(int(b)), score(int(a))) })
	for i, row := range q.rows {
		q.yes[i] = yes(int(row))
		q.ties[i] = i > 0 && score(int(row)) == score(int(q.rows[i-1]))
	}
	return q
}

func (r ranked) Of(weights []float64, _ float64) float64 {
	var m metrics.Mean
	for _, q := range r.questions {
		if v := r.of(q, weights); !math.IsNaN(v) {
			m.Add(v, 1)
		}
	}
	return m.Value()
}

// rocAUC is the probability that a positive scores above a negative.
func (q question) rocAUC(weights []float64) float64 {
	area, yes, no := 0.0, 0.0, 0.0 // above the current score
	tiedYes, tiedNo := 0.0, 0.0
	for i, row := range q.rows {
		if !q.ties[i] {
			area += tiedNo * (yes + tiedYes/2)
			yes, no, tiedYes, tiedNo = yes+tiedYes, no+tiedNo, 0, 0
		}
		if q.yes[i] {
			tiedYes += weights[row]
		} else {
			tiedNo += weights[row]
		}
	}
	area += tiedNo * (yes + tiedYes/2)
	return area / ((yes + tiedYes) * (no + tiedNo)) // NaN unless there are both
}

// averagePrecision is the sum over distinct scores, in descending order, of the gained recall times
// the precision.
func (q question) averagePrecision(weights []float64) float64 {
	sum, yes, all := 0.0, 0.0, 0.0
	tiedYes, tied := 0.0, 0.0
	add := func() {
		yes, all = yes+tiedYes, all+tied
		if tiedYes > 0 {
			sum += tiedYes * yes / all
		}
		tiedYes, tied = 0, 0
	}
	for i, row := range q.rows {
		if !q.ties[i] {
			add()
		}
		tied += weights[row]
		if q.yes[i] {
			tiedYes += weights[row]
		}
	}
	add()
	return sum / yes // NaN without positives
}

func (a Answers) classification(metric string, p []float32, thresholds metrics.Thresholds) stats.Statistic {
	n, c := len(a.Classes), a.Labels
	at := func(row, class int) float32 {
		if c > 2 {
			return p[row*c+class]
		}
		if class == 1 {
			return p[row]
		}
		return max(1-p[row], 0)
	}
	if of := rankings[metric]; of != nil {
		first := 0
		if c == 2 {
			first = 1
		}
		all := ranked{of: of}
		for class := first; class < c; class++ {
			all.questions = append(all.questions, newQuestion(n, func(row int) float32 { return at(row, class) }, func(row int) bool { return a.Classes[row] == class }))
		}
		return all
	}
	right := make(meanOf, n)
	f := &f1{classes: c}
	for row, truth := range a.Classes {
		said := 0
		for class := 1; class < c; class++ {
			if at(row, class) > at(row, said) {
				said = class
			}
		}
		if c == 2 && thresholds != nil {
			said = 0
			if thresholds.Yes(0, p[row]) {
				said = 1
			}
		}
		if said == truth {
			right[row] = 1
		}
		f.add(row, said, true, said == truth)
		if said != truth {
			f.add(row, truth, false, true)
		}
	}
	if metric == "accuracy" {
		return right
	}
	return f
}

func (a Answers) multilabel(metric string, p []float32, thresholds metrics.Thresholds) stats.Statistic {
	n, c := a.rows(), a.Labels
	if of := rankings[metric]; of != nil {
		all := ranked{of: of}
		for label := range c {
			all.questions = append(all.questions, newQuestion(n, func(row int) float32 { return p[row*c+label] }, func(row int) bool { return a.Flags[row*c+label] == 1 }))
		}
		return all
	}
	right := make(meanOf, n)
	f := &f1{classes: c, micro: metric == "micro_f1"}
	for row := range n {
		right[row] = 1
		for label := range c {
			said, truth := thresholds.Yes(label, p[row*c+label]), a.Flags[row*c+label] == 1
			if said != truth {
				right[row] = 0
			}
			f.add(row, label, said, truth)
		}
	}
	if metric == "subset_accuracy" {
		return right
	}
	return f
}

func (a Answers) regression(metric string, p []float32) stats.Statistic {
	absolute, squared := make(meanOf, len(p)), make(meanOf, len(p))
	for i, y := range a.Numbers {
		d := float64(p[i]) - y
		absolute[i], squared[i] = math.Abs(d), d*d
	}
	switch metric {
	case "mae":
		return absolute
	case "rmse":
		return root{squared}
	}
	return explained{squared, a.Numbers}
}
