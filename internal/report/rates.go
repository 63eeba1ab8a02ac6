package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/ablation"
)

// newRateChart draws the metric over the rate at which inputs are missing: a
// line an input and one for all; nil if there is nothing to draw. Of many inputs
// those are drawn that cost most.
func newRateChart(m *ablation.Missing) *chart {
	var curves []ablation.Curve
	for _, c := range m.Curves {
		if slices.ContainsFunc(c.Points, func(p ablation.Point) bool { return finite(float64(p.Mean)) }) {
			curves = append(curves, c)
		}
	}
	if len(curves) == 0 {
		return nil
	}
	curves = steepest(curves, maxLines)
	c := &chart{ID: "curve-missing", Title: metricName(m.Metric) + ", as inputs are missing", Over: "missing"}
	var all []float64
	for _, curve := range curves {
		for _, p := range curve.Points {
			all = append(all, float64(p.Mean))
		}
	}
	c.Y = valueAxis(all, "curve-metric")
	c.X = axis{low: 0, high: 0.9, from: curveLeft, to: curveRight}
	for _, rate := range []float64{0, 0.3, 0.6, 0.9} {
		c.X.Ticks = append(c.X.Ticks, tick{px(c.X.place(rate)), percent(rate)})
	}
	inputs := 0
	for _, curve := range m.Curves {
		inputs = max(inputs, len(curve.Dropped))
	}
	var parts []string
	for i, curve := range curves {
		name, class := "any input", "any"
		if len(curve.Dropped) < max(inputs, 2) {
			name, class = strings.Join(curve.Dropped, " + "), fmt.Sprintf("c%d", i%maxLines)
		}
		c.Lines = append(c.Lines, c.rateLine(curve, shorten(label(name), 12), class))
		first, last := curve.Points[0], curve.Points[len(curve.Points)-1]
		parts = append(parts, fmt.Sprintf("%s missing: from %s to %s at %s", inline(name), figure(float64(first.Mean)), figure(float64(last.Mean)), percent(last.Rate)))
	}
	c.Desc = strings.Join(parts, "; ") + "."
	c.nameLines()
	c.rateHits(curves)
	return c
}

// steepest are the n curves that fall or rise most, in their order.
func steepest(curves []ablation.Curve, n int) []ablation.Curve {
	if len(curves) <= n {
		return curves
	}
	change := func(c ablation.Curve) float64 {
		v := math.Abs(float64(c.Points[len(c.Points)-1].Mean - c.Points[0].Mean))
		if !finite(v) {
			return 0
		}
		return v
	}
	order := slices.Clone(curves)
	slices.SortStableFunc(order, func(a, b ablation.Curve) int {
		switch {
		case change(a) > change(b):
			return -1
		case change(a) < change(b):
			return 1
		}
		return 0
	})
	least := change(order[n-1])
	var kept []ablation.Curve
	for _, c := range curves {
		if len(kept) < n && change(c) >= least {
			kept = append(kept, c)
		}
	}
	return kept
}

func (c *chart) rateLine(curve ablation.Curve, name, class string) line {
	l := line{Name: name, Class: class}
	pen := "M"
	for _, p := range curve.Points {
		x, y := c.X.at(p.Rate), c.Y.at(float64(p.Mean))
		if !finite(x) || !finite(y) {
			pen = "M"
			continue
		}
		l.Path += fmt.Sprintf("%s%v %v", pen, px(x), px(y))
		pen = "L"
		l.LabelX, l.LabelY = px(x+7), px(y)
		l.Dots = append(l.Dots, point{px(x), px(y)})
	}
	return l
}

// rateHits are strips that show the values at each rate.
func (c *chart) rateHits(curves []ablation.Curve) {
	var at []float64
	points := curves[0].Points[:min(len(curves[0].Points), MaxEpochs)]
	for _, p := range points {
		at = append(at, c.X.at(p.Rate))
	}
	for k, p := range points {
		h := strip(at, k)
		h.Lines = []tipLine{{px(curveTop + 18), "missing", percent(p.Rate)}}
		for i, curve := range curves {
			if k >= len(curve.Points) {
				continue
			}
			v := float64(curve.Points[k].Mean)
			if y := c.Y.at(v); finite(y) {
				h.Dots = append(h.Dots, classed{point{px(at[k]), px(y)}, c.Lines[i].Class})
			}
			h.Lines = append(h.Lines, tipLine{px(curveTop + 19 + 15*len(h.Lines)), c.Lines[i].Name, figure(v)})
		}
		c.Hits = append(c.Hits, h)
	}
}
