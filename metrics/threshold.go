package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/threshold"
)

// Threshold is the probability above which a label of a binary or multilabel task
// is predicted, unless another one was chosen.
const Threshold = threshold.Half

// Thresholds are those of the labels of a multilabel task, or that of the positive
// label of a binary one. Of none each is Threshold.
type Thresholds = threshold.Set

// An Aim is what a threshold is best at.
type Aim struct {
	// Kind is f1, precision (the highest recall with at least this precision), recall
	// (the highest precision with at least this recall) or cost (the least cost).
	Kind string
	// Least is the precision or recall that is asked for.
	Least float64
	// Costs of a wrong yes and of a wrong no.
	FalsePositive, FalseNegative float64
}

// String says what is aimed at, as "recall at a precision of 0.9".
func (a Aim) String() string {
	switch a.Kind {
	case "precision":
		return fmt.Sprintf("recall at a precision of %g", a.Least)
	case "recall":
		return fmt.Sprintf("precision at a recall of %g", a.Least)
	case "cost":
		return fmt.Sprintf("least cost, %g a false positive and %g a false negative", a.FalsePositive, a.FalseNegative)
	}
	return "F1"
}

// An OperatingPoint is what a threshold does to the rows of one yes-or-no question.
type OperatingPoint struct {
	Threshold float64
	Hits      int // yes, and true
	Predicted int // yes
}

// OperatingPoints are all ways to part the rows of one question by a threshold,
// from the highest threshold, above which no row is, down: scores (N) are
// probabilities, truth (N) what is. Each threshold lies half-way between two scores
// that rows have, is a float32, and parts them the same in float32 and float64.
func OperatingPoints(scores []float32, truth []bool) []OperatingPoint {
	points := []OperatingPoint{{Threshold: 1}}
	r := ranking(nil).rank(scores, 0, 1, func(row int) bool { return truth[row] })
	hits, predicted, at := 0, 0, len(r)
	r.ties(func(p, n int) {
		at -= p + n
		hits, predicted = hits+p, predicted+p+n
		score, below := math.Float32frombits(uint32(r[at]>>1)), float32(0)
		if at > 0 {
			below = math.Float32frombits(uint32(r[at-1] >> 1))
		}
		if score == 0 {
			return // nothing is below
		}
		t := below + (score-below)/2
		if t >= score {
			t = below
		}
		points = append(points, OperatingPoint{float64(t), hits, predicted})
	})
	return points
}

// A Choice is a threshold, and what it did to the rows that it was chosen on. The
// figures are NaN where they are undefined.
type Choice struct {
	Label     string `json:"label"`
	Threshold Number `json:"threshold"`
	Precision Number `json:"precision"`
	Recall    Number `json:"recall"`
	F1        Number `json:"f1"`
	Positives int    `json:"positives"` // rows that are so
	// Unchosen says why the threshold is still that of before: no threshold does what
	// is asked for, or there are no rows to tell by.
	Unchosen string `json:"unchosen,omitempty"`
}

// Choose is the threshold of one question that serves an aim best on rows that the
// model was not trained on. Of equally good ones it is the nearest to a half.
func (a Aim) Choose(scores []float32, truth []bool) Choice {
	positives := 0
	for _, t := range truth {
		if t {
			positives++
		}
	}
	switch {
	case positives == 0:
		return unchosen(scores, truth, positives, "no row has the label")
	case positives == len(truth):
		return unchosen(scores, truth, positives, "every row has the label")
	}
	best, worth := OperatingPoint{}, [2]float64{math.Inf(-1)}
	for _, p := range OperatingPoints(scores, truth) {
		w, ok := a.worth(p, positives)
		if !ok {
			continue
		}
		order := slices.Compare(w[:], worth[:])
		if order > 0 || order == 0 && math.Abs(p.Threshold-Threshold) < math.Abs(best.Threshold-Threshold) {
			best, worth = p, w
		}
	}
	if math.IsInf(worth[0], -1) {
		return unchosen(scores, truth, positives, fmt.Sprintf("no threshold has a %s of %g on these rows", a.Kind, a.Least))
	}
	return best.choice(positives)
}

// worth is how well a point serves the aim, more is better, the second number where
// the first is equal; false where it does not.
func (a Aim) worth(p OperatingPoint, positives int) ([2]float64, bool) {
	c := counts{p.Hits, p.Predicted, positives}
	switch a.Kind {
	case "precision":
		return [2]float64{c.recall(), c.precision()}, p.Predicted > 0 && c.precision() >= a.Least
	case "recall":
		return [2]float64{c.precision(), c.recall()}, p.Predicted > 0 && c.recall() >= a.Least
	case "cost":
		wrong := a.FalsePositive*float64(p.Predicted-p.Hits) + a.FalseNegative*float64(positives-p.Hits)
		return [2]float64{-wrong}, true
	}
	return [2]float64{c.f1()}, true
}

func (p OperatingPoint) choice(positives int) Choice {
	c := counts{p.Hits, p.Predicted, positives}
	return Choice{Threshold: Number(p.Threshold), Precision: Number(c.precision()), Recall: Number(c.recall()), F1: Number(c.f1()), Positives: positives}
}

// OperatingAt is what one threshold does.
func OperatingAt(at float64, scores []float32, truth []bool) OperatingPoint {
	p := OperatingPoint{Threshold: at}
	for i, score := range scores {
		if float64(score) > at {
			p.Predicted++
			if truth[i] {
				p.Hits++
			}
		}
	}
	return p
}

// unchosen is Threshold, with what it does.
func unchosen(scores []float32, truth []bool, positives int, why string) Choice {
	c := OperatingAt(Threshold, scores, truth).choice(positives)
	c.Unchosen = why
	return c
}
