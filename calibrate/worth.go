package calibrate

import (
	"fmt"
	"math"

	"github.com/chiasm-ml/chiasm/rng"
)

// folds is the number of folds for measuring what a fit to some rows is worth on others.
const folds = 5

// fold is the fold of a row. It depends only on the row's index, and has no period that could
// coincide with one in the table.
func fold(row int) int { return int(folds * rng.New(1).Name("fold").Int(row).Float64(0)) }

// Enough is the recommended minimum number of rows for a fit; with fewer, a few rows dominate.
const Enough = 100

// TemperatureFails explains why a temperature fitted to logits should not be used: it is at the
// boundary of the search range or, fitted to some of the rows, does not lower the loss of the
// others. Empty: use it.
func TemperatureFails(logits []float32, size int, a Answers) string {
	rows := len(logits) / max(size, 1)
	if rows == 0 {
		return "there are no rows to fit it to"
	}
	if why := atEnd(1/factor(logits, size, a), rows); why != "" {
		return why
	}
	var gained paired
	scaled := make([]float64, size)
	for f := range folds {
		var some []float32
		var own Answers
		for row := range rows {
			if fold(row) != f {
				some, own = append(some, logits[row*size:(row+1)*size]...), own.with(a, row, size)
			}
		}
		if len(some) == 0 {
			continue
		}
		by := factor(some, size, own)
		for row := range rows {
			if fold(row) != f {
				continue
			}
			var losses [2]float64
			for i, by := range []float64{1, by} {
				for j, l := range logits[row*size : (row+1)*size] {
					scaled[j] = by * float64(l)
				}
				losses[i] = a.loss(scaled, row)
			}
			gained.add(losses)
		}
	}
	return gained.fails()
}

// WeightsFail is TemperatureFails for Weights, compared with equal ones.
func WeightsFail(p Pool, ms []Decisions, size int, a Answers, tempered bool) string {
	if len(ms) < 2 {
		return ""
	}
	d := newPooled(p, ms, size, a)
	w := Weights(p, ms, size, a, tempered)
	least := 0
	for _, v := range w {
		if v <= leastWeight*(1+1e-6) {
			least++
		}
	}
	if least == len(ms)-1 {
		return few("all weight would lie on one modality", d.rows)
	}
	equal := make([]float64, len(ms))
	for m := range equal {
		equal[m] = 1 / float64(len(ms))
	}
	var gained paired
	for f := range folds {
		some, own := without(ms, size, a, f)
		fitted := newPooled(p, some, size, own)
		if fitted.rows == 0 {
			continue
		}
		fit := Weights(p, some, size, own, tempered)
		for row := range d.rows {
			if fold(row) != f {
				continue
			}
			var losses [2]float64
			known := true
			for i, w := range [][]float64{equal, fit} {
				d.factor = 1
				if tempered {
					fitted.temper(w)
					d.factor = fitted.factor
				}
				if known = d.join(row, w); !known {
					break
				}
				for j := range d.scores {
					d.scores[j] *= d.factor
				}
				losses[i] = a.loss(d.scores, row)
			}
			if known {
				gained.add(losses)
			}
		}
	}
	if gained.rows == 0 {
		return "there are no rows to fit them to"
	}
	return gained.fails()
}

// without returns the decisions and answers of the rows outside a fold.
func without(ms []Decisions, size int, a Answers, part int) ([]Decisions, Answers) {
	some := make([]Decisions, len(ms))
	var own Answers
	for row := range ms[0].Present {
		if fold(row) == part {
			continue
		}
		for m, d := range ms {
			some[m].Logits = append(some[m].Logits, d.Logits[row*size:(row+1)*size]...)
			some[m].Present = append(some[m].Present, d.Present[row])
		}
		own = own.with(a, row, size)
	}
	return some, own
}

// with returns the answers with that of one more row.
func (a Answers) with(of Answers, row, size int) Answers {
	if of.Labels != nil {
		a.Labels = append(a.Labels, of.Labels[row])
	} else {
		a.Marks = append(a.Marks, of.Marks[row*size:(row+1)*size]...)
	}
	return a
}

func atEnd(temperature float64, rows int) string {
	const near = 1 + 1e-9
	if temperature > Lowest*near && temperature < Highest/near {
		return ""
	}
	return few(fmt.Sprintf("the best temperature is at the boundary of the search range, %.3g, as if every row were correct, or none", temperature), rows)
}

// paired holds the losses of rows without a fit and with one.
type paired struct {
	rows                       int
	before, after, sum, square float64
}

func (p *paired) add(losses [2]float64) {
	gain := losses[0] - losses[1]
	p.rows++
	p.before, p.after = p.before+losses[0], p.after+losses[1]
	p.sum, p.square = p.sum+gain, p.square+gain*gain
}

// fails explains why the fit is no better: the loss is not lower or, with few rows, lowered by no
// more than chance explains.
func (p *paired) fails() string {
	n := float64(p.rows)
	before, after := p.before/n, p.after/n
	if after >= before {
		return few(fmt.Sprintf("by cross-validation the loss is %.4g with it and %.4g without", after, before), p.rows)
	}
	if p.rows >= Enough {
		return ""
	}
	mean := p.sum / n
	deviation := math.Sqrt(max(0, p.square/n-mean*mean) / max(n-1, 1))
	if p.rows < 2 || mean <= deviation {
		return few(fmt.Sprintf("by cross-validation the loss is %.4g with it and %.4g without, which is within chance", after, before), p.rows)
	}
	return ""
}

// few appends the recommended number of rows if there are fewer.
func few(why string, rows int) string {
	if rows < Enough {
		unit := "rows"
		if rows == 1 {
			unit = "row"
		}
		why += fmt.Sprintf("; it had %d %s, and needs about %d", rows, unit, Enough)
	}
	return why
}
