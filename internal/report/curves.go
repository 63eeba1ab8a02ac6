package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// The frame of a learning curve, in the units of its drawing.
const (
	curveWidth, curveHeight = 360, 230
	curveLeft, curveRight   = 46, 286 // the rest names the lines
	curveTop, curveBottom   = 26, 198
	tipWidth                = 132
)

// A chart is lines over epochs, or over how much is missing.
type chart struct {
	ID, Title, Desc string
	Over            string // what the horizontal axis counts
	Log             bool
	X, Y            axis
	Lines           []line
	Best            *mark
	Hits            []hit
}

type line struct {
	Name, Class    string
	Path           string
	LabelX, LabelY px
	Dots           []point
}

type point struct{ X, Y px }

type mark struct {
	X, LabelX px
	Anchor    string
	Label     string
	Dots      []classed
}

type classed struct {
	point
	Class string
}

// A hit is a strip of a chart that shows the values of an epoch while a pointer
// is on it.
type hit struct {
	X, Width, At px
	TipX         px
	Dots         []classed
	Lines        []tipLine
}

type tipLine struct {
	Y     px
	Label string
	Value string
}

// A series is one figure of every epoch.
type series struct {
	name, class string
	values      []float64
}

// charts draws what there is to draw of a run.
func (p *Page) charts() []chart {
	history := p.Training.History
	if len(history) == 0 {
		return nil
	}
	var all []chart
	add := func(id, title string, ss ...series) {
		ss = slices.DeleteFunc(ss, func(s series) bool { return !slices.ContainsFunc(s.values, finite) })
		if len(ss) > 0 {
			all = append(all, newChart(id, title, history, p.Training.BestEpoch, ss))
		}
	}
	both := func(id, metric string) {
		add(id, metricName(metric),
			series{"train", "train", column(history, metric, func(e trainer.Epoch) metrics.Values { return e.Train })},
			series{"validation", "validation", column(history, metric, func(e trainer.Epoch) metrics.Values { return e.Validation })})
	}
	both("curve-loss", "loss")
	for i := range p.Outputs {
		both(fmt.Sprintf("curve-metric-%d", i), p.Outputs[i].Name+"."+p.Outputs[i].mainMetric())
	}
	if m := p.curveMetric(); m != "loss" && len(p.Outputs) == 0 {
		both("curve-metric", m)
	}
	for i, v := range history[0].Train { // the last epoch has the same
		if name, ok := strings.CutPrefix(v.Name, metrics.LossPrefix); ok {
			add(fmt.Sprintf("curve-loss-%d", i), "Loss of "+name, series{"train", "train", column(history, v.Name, func(e trainer.Epoch) metrics.Values { return e.Train })})
		}
	}
	rates := make([]float64, len(history))
	for i, e := range history {
		rates[i] = e.LearningRate
	}
	add("curve-rate", "Learning rate", series{"", "rate", rates})
	return all
}

// curveMetric is the main metric, or the first of what was measured at all.
func (p *Page) curveMetric() string {
	m := p.mainMetric()
	var first string
	for _, e := range p.Training.History {
		for _, vs := range []metrics.Values{e.Validation, e.Train} {
			if _, ok := vs.Get(m); ok {
				return m
			}
			for _, v := range vs {
				if first == "" && v.Name != "loss" && !strings.HasPrefix(v.Name, metrics.LossPrefix) {
					first = v.Name
				}
			}
		}
	}
	if first == "" {
		return m
	}
	return first
}

func column(history []trainer.Epoch, name string, of func(trainer.Epoch) metrics.Values) []float64 {
	values := make([]float64, len(history))
	for i, e := range history {
		values[i], _ = of(e).Get(name)
	}
	return values
}

func newChart(id, title string, history []trainer.Epoch, best int, ss []series) chart {
	var all []float64
	for _, s := range ss {
		all = append(all, s.values...)
	}
	c := chart{ID: id, Title: title, Over: "epoch", Desc: describe(history, ss)}
	c.X = wholeAxis(history[0].Epoch, history[len(history)-1].Epoch, curveLeft, curveRight, 5)
	c.Y = valueAxis(all, id)
	c.Log = c.Y.log
	for _, s := range ss {
		c.Lines = append(c.Lines, c.line(history, s))
	}
	c.nameLines()
	c.markBest(history, best, ss)
	c.hits(history, best, ss)
	return c
}

// valueAxis is the axis of the values of a chart. It does not go on to where
// values cannot be, such as beyond 1 where all are shares.
func valueAxis(values []float64, id string) axis {
	low, high := span(values)
	if id == "curve-loss" && low > 0 && high/low > 50 {
		// A linear scale would show only the first epochs.
		return logAxis(low, high, curveBottom, curveTop, 4)
	}
	a := newAxis(low, high, curveBottom, curveTop, 4)
	exceeds := func(limit float64) bool {
		return slices.ContainsFunc(values, func(v float64) bool { return v > limit })
	}
	switch {
	case slices.ContainsFunc(values, func(v float64) bool { return v < 0 }):
	case id == "curve-metric" && exceeds(0) && !exceeds(1):
		return a.within(0, 1)
	case exceeds(0):
		return a.within(0, math.Inf(1))
	}
	return a
}

// describe says in words what a chart shows.
func describe(history []trainer.Epoch, ss []series) string {
	var parts []string
	for _, s := range ss {
		first := slices.IndexFunc(s.values, finite)
		last := len(s.values) - 1
		for !finite(s.values[last]) {
			last--
		}
		name := s.name + " "
		if s.name == "" {
			name = ""
		}
		parts = append(parts, fmt.Sprintf("%sfrom %s in epoch %d to %s in epoch %d",
			name, short(s.values[first]), history[first].Epoch, short(s.values[last]), history[last].Epoch))
	}
	return strings.Join(parts, "; ") + "."
}

// line draws a series, with gaps where it is not a number.
func (c *chart) line(history []trainer.Epoch, s series) line {
	l := line{Name: s.name, Class: s.class}
	var path strings.Builder
	pen := false
	for _, i := range outline(s.values, 240) {
		x, y := c.X.at(float64(history[i].Epoch)), c.Y.at(s.values[i])
		if !finite(y) {
			pen = false
			continue
		}
		if pen {
			fmt.Fprintf(&path, "L%v %v", px(x), px(y))
		} else {
			// The line of no length makes a point that stands alone visible.
			fmt.Fprintf(&path, "M%v %vh0", px(x), px(y))
		}
		pen = true
		l.LabelX, l.LabelY = px(x+7), px(y)
		if len(history) <= 25 {
			l.Dots = append(l.Dots, point{px(x), px(y)})
		}
	}
	l.Path = path.String()
	return l
}

// outline picks at most about n indices such that a line through them looks as
// one through all: of every stretch the first, lowest and highest.
func outline(values []float64, n int) []int {
	if len(values) <= n {
		n = len(values)
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	var picked []int
	stretch := (3*len(values) + n - 1) / n
	for from := 0; from < len(values); from += stretch {
		to := min(from+stretch, len(values))
		low, high := from, from
		for i := from; i < to; i++ {
			if values[i] < values[low] {
				low = i
			}
			if values[i] > values[high] {
				high = i
			}
		}
		picked = append(picked, from, low, high)
	}
	picked = append(picked, len(values)-1)
	slices.Sort(picked)
	return slices.Compact(picked)
}

// nameLines puts the names at the ends of lines, apart from each other.
func (c *chart) nameLines() {
	at := make([]float64, len(c.Lines))
	for i, l := range c.Lines {
		at[i] = float64(l.LabelY)
	}
	for i, y := range spaced(at, 14, curveTop+4, curveBottom-2) {
		c.Lines[i].LabelY = px(y)
	}
}

func (c *chart) markBest(history []trainer.Epoch, best int, ss []series) {
	i := slices.IndexFunc(history, func(e trainer.Epoch) bool { return e.Epoch == best })
	if i < 0 {
		return
	}
	x := c.X.at(float64(best))
	c.Best = &mark{X: px(x), LabelX: px(x), Anchor: "middle", Label: fmt.Sprintf("best: epoch %s", count(best))}
	if x > curveRight-40 {
		c.Best.Anchor, c.Best.LabelX = "end", px(min(x+14, curveRight+14))
	} else if x < curveLeft+40 {
		c.Best.Anchor, c.Best.LabelX = "start", px(x-14)
	}
	for _, s := range ss {
		if y := c.Y.at(s.values[i]); finite(y) {
			c.Best.Dots = append(c.Best.Dots, classed{point{px(x), px(y)}, s.class})
		}
	}
}

// hits cuts the chart into strips, one an epoch while there are not too many.
func (c *chart) hits(history []trainer.Epoch, best int, ss []series) {
	picked := everyNth(len(history), MaxEpochs, func(i int) bool { return history[i].Epoch == best })
	at := make([]float64, len(picked))
	for k, i := range picked {
		at[k] = c.X.at(float64(history[i].Epoch))
	}
	for k, i := range picked {
		h := strip(at, k)
		for _, s := range ss {
			name := s.name
			if name == "" {
				name = "rate"
			}
			if y := c.Y.at(s.values[i]); finite(y) {
				h.Dots = append(h.Dots, classed{point{px(at[k]), px(y)}, s.class})
			}
			h.Lines = append(h.Lines, tipLine{px(curveTop + 34 + 15*len(h.Lines)), name, figure(s.values[i])})
		}
		h.Lines = append([]tipLine{{px(curveTop + 18), "epoch", count(history[i].Epoch)}}, h.Lines...)
		c.Hits = append(c.Hits, h)
	}
}

// strip is the k-th of the strips around some places, halfway to its neighbours.
func strip(at []float64, k int) hit {
	from, to := float64(curveLeft-8), float64(curveRight+8)
	if k > 0 {
		from = (at[k-1] + at[k]) / 2
	}
	if k+1 < len(at) {
		to = (at[k] + at[k+1]) / 2
	}
	h := hit{X: px(from), Width: px(to - from), At: px(at[k]), TipX: px(at[k] + 8)}
	if at[k] > (curveLeft+curveRight)/2 {
		h.TipX = px(at[k] - 8 - tipWidth)
	}
	return h
}

// everyNth picks indices below n, evenly and at most limit of them, and with
// them the last one and those that keep asks for, while these are few.
func everyNth(n, limit int, keep func(int) bool) []int {
	step := (n + limit - 1) / max(limit, 1)
	var picked []int
	kept := 0
	for i := range n {
		switch {
		case i%max(step, 1) == 0 || i == n-1:
			picked = append(picked, i)
		case kept < limit/4 && keep(i):
			picked = append(picked, i)
			kept++
		}
	}
	return picked
}
