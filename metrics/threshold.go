package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/threshold"
)

// Threshold is the probability above which a label of a binary or multilabel task is predicted by
// default.
const Threshold = threshold.Half

// Thresholds are the thresholds of the labels of a multilabel task, or that of the positive label
// of a binary one. If empty, each is Threshold.
type Thresholds = threshold.Set

// An Aim is the objective for choosing a threshold.
type Aim struct {
	// Kind is f1, precision (the highest recall with at least this precision), recall (the highest
	// precision with at least this recall) or cost (the lowest cost).
	Kind string
	// Least is the required precision or recall.
	Least float64
	// Costs of a false positive and of a false negative.
	FalsePositive, FalseNegative float64
}

// String describes the objective, as in "recall at a precision of 0.9".
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

// An OperatingPoint is the effect of a threshold on the rows of one binary decision.
type OperatingPoint struct {
	Threshold float64
	Hits      int // true positives
	Predicted int // predicted positives
}

// OperatingPoints yields all ways to separate the rows of one decision by a threshold, in
// descending order, starting with the threshold that no row exceeds: scores (N) are probabilities,
// truth (N) the actual values. Each threshold is half-way between two scores of rows, is a float32,
// and separates them identically in float32 and float64.
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
			return // no row is below
		}
		t := below + (score-below)/2
		if t >= score {
			t = below
		}
		points = append(points, OperatingPoint{float64(t), hits, predicted})
	})
	return points
}

// A Choice is a threshold with its effect on the rows it was chosen on. Undefined figures are NaN.
type Choice struct {
	Label     string `json:"label"`
	Threshold Number `json:"threshold"`
	Precision Number `json:"precision"`
	Recall    Number `json:"recall"`
	F1        Number `json:"f1"`
	Positives int    `json:"positives"` // rows with the label
	// Unchosen states why the threshold was not changed: no threshold meets the requirement, or
	// there are no rows to decide by.
	Unchosen string `json:"unchosen,omitempty"`
}

// Choose returns the threshold that best serves the aim for one decision, on rows that the model
// was not trained on. Among equally good ones it is the closest to a half.
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

// worth measures how well a point serves the aim, with higher values better and the second one
// breaking ties; false if it does not meet the requirement.
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

// OperatingAt returns the effect of one threshold.
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

// unchosen returns Threshold with its effect.
func unchosen(scores []float32, truth []bool, positives int, why string) Choice {
	c := OperatingAt(Threshold, scores, truth).choice(positives)
	c.Unchosen = why
	return c
}
