package report

import (
	"fmt"
	"math"
	"slices"
)

// The frame of the scatter plot and of the histogram.
const (
	plotWidth, plotHeight = 360, 320
	plotLeft, plotRight   = 58, 346
	plotTop, plotBottom   = 14, 276
)

// A scatter plot puts predictions over true numbers, on one scale.
type scatter struct {
	X, Y    axis
	Points  []point
	Shown   int
	Rows    int
	Skipped int // pairs that are not numbers
	Beyond  int // pairs that a logarithmic axis has no place for
	Desc    string
}

// A histogram counts the errors.
type histogram struct {
	X, Y axis
	Bars []rect
	Zero px
	Desc string
}

func (r *Regression) pairs() (predicted, truth []float64, skipped int) {
	n := min(len(r.Predicted), len(r.True))
	skipped = max(len(r.Predicted), len(r.True)) - n
	for i := range n {
		if p, t := r.Predicted[i], r.True[i]; math.Abs(p) < far && math.Abs(t) < far {
			predicted, truth = append(predicted, p), append(truth, t)
		} else {
			skipped++
		}
	}
	return predicted, truth, skipped
}

func (r *Regression) plots() (*scatter, *histogram) {
	predicted, truth, skipped := r.pairs()
	if len(predicted) == 0 {
		return nil, nil
	}
	s := newScatter(predicted, truth)
	s.Skipped = skipped
	residuals := make([]float64, len(predicted))
	for i := range residuals {
		residuals[i] = predicted[i] - truth[i]
	}
	return s, newHistogram(residuals)
}

// newScatter draws pairs, on logarithmic axes where the truth has a long tail: a
// linear one shows a few rows, and the others in a corner.
func newScatter(predicted, truth []float64) *scatter {
	s := &scatter{Rows: len(predicted), Shown: min(len(predicted), MaxPoints)}
	low, high := span(predicted, truth)
	if longTailed(truth) {
		low, high = span(positive(predicted), truth)
		s.X, s.Y = logAxis(low, high, plotLeft, plotRight, 4), logAxis(low, high, plotBottom, plotTop, 4)
	} else {
		pad := (high - low) * 0.04
		s.X = newAxis(low, high, plotLeft, plotRight, 4).within(low-pad, high+pad)
		s.Y = newAxis(low, high, plotBottom, plotTop, 4).within(low-pad, high+pad)
	}
	for k := range s.Shown {
		i := k * len(predicted) / s.Shown
		if y := s.Y.at(predicted[i]); finite(y) {
			s.Points = append(s.Points, point{px(s.X.at(truth[i])), px(y)})
		} else {
			s.Beyond++
		}
	}
	s.Desc = fmt.Sprintf("%s of %s; the dashed line is where predictions equal the truth.", count(s.Shown), counted(s.Rows, "row", "rows"))
	if s.X.log {
		s.Desc += " The axes are logarithmic."
	}
	if s.Beyond > 0 {
		s.Desc += fmt.Sprintf(" %s of 0 or less, which they have no place for.", counted(s.Beyond, "prediction is", "predictions are"))
	}
	return s
}

// tail is how many times the median the greatest number is, in a long tail.
const tail = 20

// longTailed says whether numbers are all positive, and their greatest is far
// from most of them.
func longTailed(values []float64) bool {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return len(sorted) > 0 && sorted[0] > 0 && sorted[len(sorted)-1] >= tail*sorted[len(sorted)/2]
}

func positive(values []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return v <= 0 })
}

// newHistogram counts numbers in bins of a round width, about 30 of them, one
// of which begins at 0.
func newHistogram(values []float64) *histogram {
	low, high := span(values, []float64{0})
	step := niceStep((high - low) / 30)
	first, last := math.Floor(low/step), math.Floor(high/step)+1
	bins := make([]int, int(last-first))
	largest := 0
	for _, v := range values {
		i := min(max(int(math.Floor(v/step)-first), 0), len(bins)-1)
		bins[i]++
		largest = max(largest, bins[i])
	}
	h := &histogram{X: newAxis(first*step, last*step, plotLeft, plotRight, 4).within(first*step, last*step)}
	h.Y = newAxis(0, float64(largest), plotBottom, plotTop, min(4, largest))
	for i, n := range bins {
		if n == 0 {
			continue
		}
		from, to := (first+float64(i))*step, (first+float64(i)+1)*step
		x, y := h.X.at(from), h.Y.at(float64(n))
		h.Bars = append(h.Bars, rect{px(x + 0.5), px(y), px(max(h.X.at(to)-x-1, 0.5)), px(plotBottom - y),
			fmt.Sprintf("%s: error from %s to %s", counted(n, "row", "rows"), short(from), short(to))})
	}
	h.Zero = px(h.X.at(0))
	h.Desc = fmt.Sprintf("%s by their error, from %s to %s.", counted(len(values), "row", "rows"), short(low), short(high))
	return h
}
