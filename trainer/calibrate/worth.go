package calibrate

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/rng"
)

// folds are how many parts the rows are cut into, to see what a fit to some is
// worth on others.
const folds = 5

// fold is the part of a row. It follows from its place alone, and has no period
// that a table's order might have too.
func fold(row int) int { return int(folds * rng.New(1).Name("fold").Int(row).Float64(0)) }

// Enough is how many rows a fit should have at least: of fewer a few decide.
const Enough = 100

// TemperatureFails says why a temperature that was fitted to logits should not be
// used: it lies at the end of what is sought, or, fitted to some of the rows, it
// does not lower the loss of the others. Empty: use it.
func TemperatureFails(logits []float32, size int, a Answers) string {
	rows := len(logits) / max(size, 1)
	if rows == 0 {
		return "there are no rows to fit it to"
	}
	if why := atEnd(1/factor(logits, size, a), rows); why != "" {
		return why
	}
	before, after := 0.0, 0.0
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
			for _, x := range []struct {
				by  float64
				sum *float64
			}{{1, &before}, {by, &after}} {
				for j, l := range logits[row*size : (row+1)*size] {
					scaled[j] = x.by * float64(l)
				}
				*x.sum += a.loss(scaled, row)
			}
		}
	}
	return worse(before/float64(rows), after/float64(rows), rows)
}

// WeightsFail is TemperatureFails for Weights, beside equal ones.
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
	before, after, rows := 0.0, 0.0, 0
	for f := range folds {
		some, own := without(ms, size, a, f)
		fitted := newPooled(p, some, size, own)
		if fitted.rows == 0 {
			continue
		}
		for _, x := range []struct {
			w   []float64
			sum *float64
		}{{equal, &before}, {Weights(p, some, size, own, tempered), &after}} {
			d.factor = 1
			if tempered {
				fitted.temper(x.w)
				d.factor = fitted.factor
			}
			for row := range d.rows {
				if fold(row) == f && d.join(row, x.w) {
					for j := range d.scores {
						d.scores[j] *= d.factor
					}
					*x.sum += a.loss(d.scores, row)
					rows++
				}
			}
		}
	}
	if rows == 0 {
		return "there are no rows to fit them to"
	}
	rows /= 2
	return worse(before/float64(rows), after/float64(rows), rows)
}

// without are the decisions and answers of the rows outside a part.
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

// with are the answers and that of one more row.
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
	return few(fmt.Sprintf("the best temperature lies at the end of what is sought, %.3g, as where every row is right, or none is", temperature), rows)
}

func worse(before, after float64, rows int) string {
	if after < before {
		return ""
	}
	return few(fmt.Sprintf("by cross-validation the loss is %.4g with it and %.4g without", after, before), rows)
}

// few adds how many rows there should be, if there are fewer.
func few(why string, rows int) string {
	if rows < Enough {
		why += fmt.Sprintf("; it had %d rows, and needs about %d", rows, Enough)
	}
	return why
}
