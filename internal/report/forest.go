package report

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/compare"
)

// The frame of a forest plot, in the units of its drawing.
const (
	forestLeft, forestRight = 230, 640 // of 760: names before, figures behind
	forestTop, forestRow    = 12, 26
	forestGap, forestBelow  = 12, 34 // between kinds; for the axis
)

// A forest is a drawing of a line a row: a figure with its interval, or two
// figures and the way from one to the other.
type forest struct {
	Height int
	Bottom px
	X      axis
	Lines  []forestLine
	Mark   px     // a line through all rows
	Marked string // what it marks; empty for none
	Desc   string
}

type forestLine struct {
	Y, TextY      px
	Name, Value   string
	Class         string
	Low, High, At px // or, of two figures, High and At
	Title         string
	Drawn         bool // there is something to draw
}

// forest draws what each contender reaches, with its interval.
func (c *Comparison) forest(rows []compare.Row) *forest {
	var values []float64
	for _, r := range rows {
		values = append(values, float64(r.Mean), float64(r.Low), float64(r.High))
	}
	f := newForest(values)
	kind := ""
	y := float64(forestTop)
	for i, r := range rows {
		if kind != "" && r.Kind != kind {
			y += forestGap
		}
		kind = r.Kind
		l := forestLine{Name: c.contender(i), Value: figure(float64(r.Mean)), Class: r.Kind}
		l.place(y)
		if finite(float64(r.Mean)) {
			l.Drawn, l.At = true, px(f.X.at(float64(r.Mean)))
			l.Low, l.High = l.At, l.At
			l.Title = l.Value
			if finite(float64(r.Low)) && finite(float64(r.High)) {
				l.Low, l.High = px(f.X.at(float64(r.Low))), px(f.X.at(float64(r.High)))
				l.Title = fmt.Sprintf("%s, %s to %s", l.Value, figure(float64(r.Low)), figure(float64(r.High)))
			}
		}
		f.Lines = append(f.Lines, l)
		y += forestRow
	}
	if b := c.BestModality; b >= 0 && b < len(rows) && f.Lines[b].Drawn {
		f.Mark, f.Marked = f.Lines[b].At, f.Lines[b].Name
	}
	f.Desc = fmt.Sprintf("%s of %s with its interval.", metricName(c.Metric), counted(len(rows), "contender", "contenders"))
	return f.end(y)
}

// without draws what contenders lose when an input is taken from all test rows;
// nil if nothing was measured.
func (c *Comparison) without(rows []compare.Row) *forest {
	var values []float64
	for _, r := range rows {
		for _, w := range r.Without {
			values = append(values, float64(r.Mean), float64(w.Mean))
		}
	}
	if values == nil {
		return nil
	}
	f := newForest(values)
	y := float64(forestTop)
	n := 0
	for i, r := range rows {
		if len(r.Without) == 0 {
			continue
		}
		if n++; n > 1 {
			y += forestGap
		}
		for _, w := range r.Without {
			l := forestLine{Name: c.contender(i) + " without " + inline(w.Input), Value: figure(float64(w.Mean)), Class: r.Kind}
			l.place(y)
			if finite(float64(w.Mean)) && finite(float64(r.Mean)) {
				l.Drawn, l.At, l.High = true, px(f.X.at(float64(w.Mean))), px(f.X.at(float64(r.Mean)))
				l.Title = fmt.Sprintf("%s with all its inputs, %s without %s", figure(float64(r.Mean)), l.Value, inline(w.Input))
			}
			f.Lines = append(f.Lines, l)
			y += forestRow
		}
	}
	f.Desc = fmt.Sprintf("%s of %s with all inputs and without each.", metricName(c.Metric), counted(n, "contender", "contenders"))
	return f.end(y)
}

func newForest(values []float64) *forest {
	low, high := span(values)
	return &forest{X: newAxis(low, high, forestLeft, forestRight, 6)}
}

func (l *forestLine) place(y float64) {
	l.Y, l.TextY = px(y+forestRow/2), px(y+forestRow/2+4)
}

// end sets what depends on the number of rows.
func (f *forest) end(y float64) *forest {
	f.Bottom, f.Height = px(y+4), int(y)+forestBelow
	return f
}
