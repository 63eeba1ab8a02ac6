package report

import (
	"math"

	"github.com/chiasm-ml/chiasm/explain"
)

// contributions are signed bars from a common middle.
type contributions struct {
	Of, Base, Total string
	Inputs          []signedBar
}

// A signedBar speaks for or against: its bar begins in the middle of its cell.
type signedBar struct {
	Name        axisLabel
	Value       string
	Class       string // for or against
	From, Width string // in percent of the cell
}

func newContributions(c *explain.Contributions) *contributions {
	if c == nil {
		return nil
	}
	v := &contributions{Of: label(c.Of), Base: figure(c.Base), Total: figure(c.Total)}
	var names []string
	var values []float64
	for _, in := range c.Inputs {
		names, values = append(names, in.Input), append(values, in.Value)
	}
	v.Inputs = signedBars(names, values)
	return v
}

func signedBars(names []string, values []float64) []signedBar {
	most := largest(values)
	out := make([]signedBar, len(values))
	for i, x := range values {
		out[i] = signedBar{Name: axisLabel{label(names[i]), whole(names[i])}, Value: signed(x), Class: direction(x), From: "50%", Width: share50(x, most)}
		if x < 0 {
			out[i].From = percentOf(50 - 50*math.Abs(x)/most)
		}
	}
	return out
}

// share50 is how wide a value's bar is, where the largest fills half the cell.
func share50(x, most float64) string {
	if most == 0 {
		return "0%"
	}
	return percentOf(50 * math.Abs(x) / most)
}

func percentOf(v float64) string { return short(math.Round(v*10)/10) + "%" }

func direction(x float64) string {
	if x < 0 {
		return "against"
	}
	return "for"
}

func largest(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		if finite(v) {
			most = max(most, math.Abs(v))
		}
	}
	return most
}

// operatorShares are how much a fusion let each modality count.
type operatorShares struct {
	Path, Kind string
	Parts      []share
}

var shareKinds = map[string]string{
	"gate": "weights of its gates", "attention": "attention to whole modalities",
	"mixture": "trust in each decision", "weight": "weights of what is present",
}

func newOperatorShares(all []explain.Shares) []operatorShares {
	var out []operatorShares
	for _, s := range all {
		o := operatorShares{Path: label(s.Path), Kind: shareKinds[s.Kind]}
		for _, name := range sortedNames(s.Inputs) {
			v := s.Inputs[name]
			o.Parts = append(o.Parts, share{axisLabel{label(name), whole(name)}, "", percent(v), bar(v)})
		}
		out = append(out, o)
	}
	return out
}
