package report

import (
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/metrics"
)

// A Decision is a label that is predicted above a threshold, and what every
// threshold would do to the rows of the measured split.
type Decision struct {
	Label string
	Now   metrics.OperatingPoint // at the model's threshold
	// Chosen says by what aim it was chosen, as "F1"; empty: it was not.
	Chosen          string
	Points          []metrics.OperatingPoint // from the highest threshold down
	Rows, Positives int
}

// tradeOff is the curves of a decision.
type tradeOff struct {
	Name, Sentence string
	Plots          []linePlot
}

// A linePlot has lines over two shares, from 0 to 1.
type linePlot struct {
	ID, Title, Small, Desc string
	XName, YName           string
	X, Y                   axis
	Lines                  []plainLine
	Diagonal               bool
	Marked                 bool
	Mark                   point // where the threshold is
	Upright                bool  // it is a line, not a dot
}

type plainLine struct {
	Class, Name, Path string
	NameX, NameY      px
}

func (p *Page) tradeOffs() (out []tradeOff, left string) {
	all := slices.DeleteFunc(slices.Clone(p.Decisions), func(d Decision) bool {
		return d.Positives <= 0 || d.Positives >= d.Rows || len(d.Points) < 2
	})
	for i, d := range all[:min(len(all), MaxDecisions)] {
		out = append(out, d.curves(i))
	}
	if n := len(all) - len(out) + p.Undrawn; n > 0 {
		left = fmt.Sprintf("Curves of %s are not drawn.", counted(n, "label of fewer rows", "labels of fewer rows"))
	}
	return out, left
}

func (d *Decision) curves(i int) tradeOff {
	t := tradeOff{Name: label(d.Label), Sentence: d.sentence()}
	negatives, positives := float64(d.Rows-d.Positives), float64(d.Positives)
	now := d.Now
	recall := func(p metrics.OperatingPoint) float64 { return float64(p.Hits) / positives }
	wrong := func(p metrics.OperatingPoint) float64 { return float64(p.Predicted-p.Hits) / negatives }
	precision := func(p metrics.OperatingPoint) float64 { return float64(p.Hits) / float64(p.Predicted) }
	f1 := func(p metrics.OperatingPoint) float64 {
		return 2 * float64(p.Hits) / (float64(p.Predicted) + positives)
	}
	plot := func(id, title, small, x, y string) linePlot {
		return linePlot{
			ID: fmt.Sprintf("%s-%d", id, i), Title: title, Small: small, XName: x, YName: y, X: shares(plotLeft, plotRight), Y: shares(plotBottom, plotTop),
			Desc: fmt.Sprintf("%s of %s over every threshold, for %s.", title, counted(d.Rows, "row", "rows"), inline(d.Label)), Marked: true,
		}
	}

	roc := plot("roc", "ROC curve", "dot: the threshold", "false positive rate", "recall")
	roc.Diagonal, roc.Mark = true, point{px(roc.X.at(wrong(now))), px(roc.Y.at(recall(now)))}
	roc.Lines = []plainLine{{Class: "c0", Path: trace(d.Points, func(p metrics.OperatingPoint) (px, px) { return px(roc.X.at(wrong(p))), px(roc.Y.at(recall(p))) }, false)}}

	pr := plot("pr", "Precision–recall curve", "dot: the threshold", "recall", "precision")
	pr.Marked = now.Predicted > 0
	if pr.Marked {
		pr.Mark = point{px(pr.X.at(recall(now))), px(pr.Y.at(precision(now)))}
	}
	some := d.Points[1:] // above the highest threshold there is no precision
	pr.Lines = []plainLine{{Class: "c0", Path: trace(some, func(p metrics.OperatingPoint) (px, px) { return px(pr.X.at(recall(p))), px(pr.Y.at(precision(p))) }, true)}}

	trade := plot("trade", "What a threshold trades", "dashed: now", "threshold", "")
	trade.Upright, trade.Mark = true, point{px(trade.X.at(d.Now.Threshold)), 0}
	for k, l := range []struct {
		name   string
		of     func(metrics.OperatingPoint) float64
		points []metrics.OperatingPoint
	}{{"precision", precision, some}, {"recall", recall, d.Points}, {"F1", f1, d.Points}} {
		line := plainLine{Class: fmt.Sprintf("c%d", k), Name: l.name, NameX: px(plotLeft + 20 + 90*float64(k)), NameY: plotTop - 4}
		line.Path = trace(l.points, func(p metrics.OperatingPoint) (px, px) { return px(trade.X.at(p.Threshold)), px(trade.Y.at(l.of(p))) }, true)
		trade.Lines = append(trade.Lines, line)
	}
	t.Plots = []linePlot{roc, pr, trade}
	return t
}

// trace joins points, by steps or straight, and leaves out those on which nothing
// moves in the drawing.
func trace(points []metrics.OperatingPoint, at func(metrics.OperatingPoint) (x, y px), steps bool) string {
	path := ""
	var x0, y0 string
	for _, p := range points {
		px, py := at(p)
		x, y := px.String(), py.String()
		switch {
		case path == "":
			path = "M" + x + " " + y
		case x == x0 && y == y0:
			continue
		case !steps:
			path += "L" + x + " " + y
		default:
			path += "V" + y + "H" + x
		}
		x0, y0 = x, y
	}
	return path
}

// sentence says what the threshold does, and what the likelier answer would.
func (d *Decision) sentence() string {
	p := d.Now
	s := fmt.Sprintf("%s is predicted above %s", quoted(d.Label), figure(d.Now.Threshold))
	if d.Chosen != "" {
		s += ", chosen on the validation rows for " + inline(d.Chosen)
	}
	s += fmt.Sprintf(": of the %s that are so it finds %s", counted(d.Positives, "row", "rows"), count(p.Hits))
	if p.Predicted > 0 {
		s += fmt.Sprintf(", and of the %s that it says are so %s are (precision %s, recall %s)", count(p.Predicted), count(p.Hits), percent(ratio(p.Hits, p.Predicted)), percent(ratio(p.Hits, d.Positives)))
	} else {
		s += ", and says so of none"
	}
	return s + "."
}
