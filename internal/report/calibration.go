package report

import (
	"fmt"
	"math"

	"github.com/chiasm-ml/chiasm/metrics"
)

// The frame of the reliability diagram.
const (
	relWidth, relHeight = 360, 330
	relLeft, relRight   = 46, 346
	relTop, relBottom   = 14, 218
	relRows, relFoot    = 240, 286 // the strip that counts rows
)

// A reliability diagram puts how often the model is right over how sure it says
// to be, and below it how many rows there are of each.
type reliability struct {
	X, Y     axis
	Path     string
	Points   []relPoint
	Bars     []rect
	Desc     string
	Sentence string
	Fitted   *fittedTable
}

type relPoint struct {
	X, Y, R px
	Title   string
}

type rect struct {
	X, Y, Width, Height px
	Title               string
}

// newReliability draws what is counted in bins, called thing or things.
func newReliability(bins []metrics.Bin, thing, things string) *reliability {
	rows, largest := 0, 0
	stated, right := 0.0, 0.0
	for _, b := range bins {
		rows += b.Rows
		largest = max(largest, b.Rows)
		if b.Rows > 0 {
			stated += float64(b.Confidence) * float64(b.Rows)
			right += float64(b.Accuracy) * float64(b.Rows)
		}
	}
	if rows == 0 || !finite(stated) || !finite(right) {
		return nil
	}
	r := &reliability{X: shares(relLeft, relRight), Y: shares(relBottom, relTop)}
	for _, b := range bins {
		if b.Rows <= 0 {
			continue
		}
		x, y := r.X.at(float64(b.Confidence)), r.Y.at(float64(b.Accuracy))
		if !finite(x) || !finite(y) {
			continue
		}
		command := "L"
		if r.Path == "" {
			command = "M"
		}
		r.Path += fmt.Sprintf("%s%v %v", command, px(x), px(y))
		title := fmt.Sprintf("%s said %s: %s right", counted(b.Rows, thing, things), percent(float64(b.Confidence)), percent(float64(b.Accuracy)))
		// The area goes with the rows.
		size := math.Sqrt(float64(b.Rows) / float64(largest))
		r.Points = append(r.Points, relPoint{px(x), px(y), px(2.5 + 5.5*size), title})
		high := float64(relFoot-relRows) * float64(b.Rows) / float64(largest)
		left, width := r.X.at(b.Low), r.X.at(b.High)-r.X.at(b.Low)
		r.Bars = append(r.Bars, rect{px(left + 1), px(relFoot - high), px(width - 2), px(high), title})
	}
	r.Desc = fmt.Sprintf("Share of right predictions over the stated probability, in %d steps.", len(bins))
	r.Sentence = calibrationSentence(stated/float64(rows), right/float64(rows), things)
	return r
}

func shares(from, to float64) axis {
	a := axis{low: 0, high: 1, from: from, to: to}
	for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
		a.Ticks = append(a.Ticks, tick{px(a.at(v)), percent(v)})
	}
	return a
}

func calibrationSentence(stated, right float64, things string) string {
	s := fmt.Sprintf("On average the model is %s sure of what it predicts, and right for %s of the %s", percent(stated), percent(right), things)
	// Three points are about the standard error of a share over 250 rows.
	switch d := stated - right; {
	case d > 0.03:
		return s + ": it is surer than it should be. Points below the dashed line are too sure."
	case d < -0.03:
		return s + ": it is less sure than it could be. Points above the dashed line are too cautious."
	}
	return s + ": its probabilities can be taken at their word on the whole. Points below the dashed line are too sure, above it too cautious."
}
