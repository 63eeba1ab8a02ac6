package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/chiasm-ml/chiasm/explain"
)

// A Curve is numbers of a row in their order: a series, or a vector.
type Curve struct {
	Name  string      // of the column
	Lines [][]float32 // one a channel
}

// The frame of a drawn curve, and how much of it is drawn.
const (
	drawingWidth, drawingHeight = 360, 72
	maxDrawn                    = 8    // lines
	maxPoints                   = 1440 // of a line; of more, every so many are drawn
)

// drawn is a curve as the templates read it.
type drawn struct {
	Input         string
	Name          axisLabel
	Paths         []string
	Width, Height px
	Alt           string
}

// draw fits all lines of a curve into one frame.
func (c Curve) draw(input string) drawn {
	d := drawn{Input: input, Name: axisLabel{label(c.Name), whole(c.Name)}, Width: drawingWidth, Height: drawingHeight}
	low, high, n := math.Inf(1), math.Inf(-1), 0
	lines := c.Lines[:min(len(c.Lines), maxDrawn)]
	for _, line := range lines {
		n = max(n, len(line))
		for _, v := range line {
			if v := float64(v); finite(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		d.Alt = fmt.Sprintf("%s is empty.", inline(c.Name))
		return d
	}
	for _, line := range lines {
		d.Paths = append(d.Paths, path(line, low, high))
	}
	d.Alt = fmt.Sprintf("%s: %s between %s and %s.", inline(c.Name), counted(n, "number", "numbers"), figure(low), figure(high))
	return d
}

// path is a line through the frame. It breaks where a number is not finite.
func path(line []float32, low, high float64) string {
	var b strings.Builder
	step := (len(line) + maxPoints - 1) / maxPoints
	pen := "M"
	for i := 0; i < len(line); i += max(step, 1) {
		v := float64(line[i])
		if !finite(v) {
			pen = "M"
			continue
		}
		x, y := (float64(i)+0.5)*drawingWidth/float64(len(line)), drawingHeight/2.0
		if high > low {
			y = drawingHeight - 4 - (v-low)/(high-low)*(drawingHeight-8)
		}
		fmt.Fprintf(&b, "%s%s %s", pen, px(x), px(y))
		pen = "L"
	}
	return b.String()
}

// newPlaces colours the places of a series that speak for and against, behind its
// curve where the row has one.
func newPlaces(a explain.Attribution, values []float64, of *drawn) *heat {
	grid := [2]int{1, len(values)}
	a.Grid = &grid
	h := newSpeaking(a, [][]float64{values}, nil)
	scale := px(drawingWidth) / max(h.Width, 1)
	for i := range h.Places {
		p := &h.Places[i]
		p.X, p.Width, p.Height = p.X*scale, p.Width*scale, drawingHeight
		if column := int(math.Round(float64(p.X / max(p.Width, 1e-9)))); column < len(a.Columns) {
			p.Title = label(a.Columns[column]) + ": " + signed(values[column])
		}
	}
	h.Width, h.Height = drawingWidth, drawingHeight
	h.Alt = fmt.Sprintf("%s of %s that speak for and against the answer.", counted(len(values), "place", "places"), inline(a.Input))
	if best := heaviest(values); best >= 0 && best < len(a.Columns) {
		h.Alt += fmt.Sprintf(" Most weighs %s, with %s.", inline(a.Columns[best]), signed(values[best]))
	}
	if of != nil {
		h.Curve = of.Paths
	}
	return h
}

// heaviest is the place of the number that is farthest from 0; -1 of none.
func heaviest(values []float64) int {
	at := -1
	for i, v := range values {
		if at < 0 || math.Abs(v) > math.Abs(values[at]) {
			at = i
		}
	}
	return at
}

func curveOf(curves []drawn, input string) *drawn {
	for i, c := range curves {
		if c.Input == input {
			return &curves[i]
		}
	}
	return nil
}
