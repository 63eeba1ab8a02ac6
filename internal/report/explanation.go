package report

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/head"
)

// An ExplainedRow is why a model answers a row as it does, with what the row
// holds.
type ExplainedRow struct {
	*explain.Explanation
	Task   string // the name of a head.Form
	Target string // the column that is predicted
	Page   string // the file of its page, for links
	Views  []View // pictures, of the inputs that have one
	Cells  []Cell // all others
}

// A View is a picture as a model is given it.
type View struct {
	Input         string
	File          []byte // of a format that package imaging reads
	Height, Width int    // that the model resizes it to
	Fit           string // as of imaging.Options
	Background    string // #rrggbb
}

// A Cell is a value of the row.
type Cell struct {
	Input, Column, Text string
	Curve               [][]float32 // to draw instead of Text
}

// An ExplanationPage is the page of one row.
type ExplanationPage struct {
	Name string // of the model
	ExplainedRow
	About []Field
}

// An ExplanationIndex lists the pages of rows.
type ExplanationIndex struct {
	Name  string
	Rows  []ExplainedRow
	Worst bool   // they are the worst mistakes
	Split string // they are of; empty: of all rows
	About []Field
}

// Limits of a page of a row.
const (
	maxBars     = 8   // probabilities
	maxMaps     = 48  // of attention
	maxHeads    = 16  // of one
	maxTokens   = 64  // of a text
	maxLooks    = 24  // tokens of a text whose maps are drawn one by one
	maxCellText = 400 // characters
)

// WriteExplanation writes the page of a row, as Write does that of a run.
func WriteExplanation(w io.Writer, p ExplanationPage) error {
	if p.Explanation == nil {
		return errors.New("report: an Explanation is missing: explain makes one")
	}
	return execute(w, "explanation.html", newExplanationView(&p))
}

// WriteExplanationIndex writes the page that lists those of rows.
func WriteExplanationIndex(w io.Writer, p ExplanationIndex) error {
	return execute(w, "explanations.html", newIndexView(&p))
}

// writeAll writes a page that is whole.
func writeAll(w io.Writer, page []byte) error {
	if w == nil {
		return errors.New("report: there is nothing to write to")
	}
	_, err := w.Write(page)
	return err
}

func execute(w io.Writer, name string, v any) error {
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, name, v); err != nil {
		return err
	}
	return writeAll(w, b.Bytes())
}

// style is what all pages look like.
func style() template.CSS {
	css, err := files.ReadFile("templates/style.css")
	if err != nil {
		panic(err) // it is part of the program
	}
	return template.CSS(css)
}

// explanationView is the page of a row as its template reads it.
type explanationView struct {
	Style         template.CSS
	Name          string
	Title         string
	Headline      string
	Tiles         []tile
	Probabilities []probability
	More          string // labels that are left out
	Contributions *contributions
	Attributions  *attributions
	Attention     []attentionMap
	AttentionLeft string
	Shares        []operatorShares
	Pictures      []viewed
	Curves        []drawn
	Texts         []Field
	Values        []Field
	About         []Field
}

type probability struct {
	Name       axisLabel
	Value, Bar string
	Class      string // said, is or both
}

func newExplanationView(p *ExplanationPage) *explanationView {
	v := &explanationView{
		Style: style(), Name: label(p.Name), Title: p.title(), Headline: p.headline(), Tiles: p.tiles(),
		About: fields(p.About, maxFields),
	}
	v.Probabilities, v.More = p.probabilities()
	v.Contributions = newContributions(p.Contributions)
	v.Pictures = newViewed(p.Views)
	for _, c := range p.Cells {
		if c.Curve != nil {
			v.Curves = append(v.Curves, Curve{c.Column, c.Curve}.draw(c.Input))
		}
	}
	v.Attributions = newAttributions(p, v.Pictures, v.Curves)
	v.Attention, v.AttentionLeft = newAttention(p.Attention, v.Pictures)
	v.Shares = newOperatorShares(p.Shares)
	for _, c := range p.Cells {
		if c.Curve != nil {
			continue
		}
		f := Field{label(c.Column), label(c.Text)}
		if len(c.Text) > maxLabelRunes {
			v.Texts = append(v.Texts, Field{f.Name, text(shorten(c.Text, maxCellText))})
		} else {
			v.Values = append(v.Values, f)
		}
	}
	v.Values = v.Values[:min(len(v.Values), maxValues)]
	return v
}

func (p *ExplainedRow) title() string {
	if p.Row == 0 {
		return "One row"
	}
	return "Row " + count(p.Row)
}

// said shows an answer.
func said(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if v == "" {
			return "no label"
		}
		return v
	case float64:
		return figure(v)
	}
	return fmt.Sprint(v)
}

// right says whether the answer is the true one; of numbers there is no saying.
func (p *ExplainedRow) right() bool { return said(p.Prediction) == said(p.Explanation.Target) }

func (p *ExplainedRow) headline() string {
	var b strings.Builder
	fmt.Fprintf(&b, "For %s the model says %s", quoted(p.Target), quoted(said(p.Prediction)))
	if p.Explained != "" && head.FormNamed(p.Task) != head.AnyOf {
		fmt.Fprintf(&b, ", with a probability of %s", percent(p.Probabilities[said(p.Prediction)]))
	}
	switch truth := p.Explanation.Target; {
	case truth == nil:
		b.WriteString(".")
	case head.FormNamed(p.Task) == head.Number:
		fmt.Fprintf(&b, "; it is %s.", quoted(said(truth)))
	case p.right():
		b.WriteString(", and is right.")
	default:
		fmt.Fprintf(&b, "; the truth is %s.", quoted(said(truth)))
	}
	if c := p.Contributions; c != nil && len(c.Inputs) > 1 {
		most := slices.MaxFunc(c.Inputs, func(a, b explain.Contribution) int { return compareSize(a.Value, b.Value) })
		way := "for"
		if most.Value < 0 {
			way = "against"
		}
		fmt.Fprintf(&b, " Most weighs %s, which speaks %s it.", quoted(most.Input), way)
	}
	if p.Explained != "" && p.Explained != said(p.Prediction) {
		fmt.Fprintf(&b, " This page explains %s.", quoted(p.Explained))
	}
	return b.String()
}

func compareSize(a, b float64) int {
	switch d := math.Abs(a) - math.Abs(b); {
	case d < 0:
		return -1
	case d > 0:
		return 1
	}
	return 0
}

func (p *ExplainedRow) tiles() []tile {
	t := []tile{{Name: "predicted", Value: label(said(p.Prediction))}}
	if p.Explanation.Target != nil {
		t = append(t, tile{Name: "true", Value: label(said(p.Explanation.Target))})
	}
	if p.Explained != "" {
		t = append(t, tile{Name: "probability of " + inline(p.Explained), Value: percent(p.Probabilities[p.Explained])})
	}
	return append(t, tile{Name: "inputs that the row has", Value: count(len(p.Present))})
}

// probabilities are the highest ones, and that of the truth.
func (p *ExplainedRow) probabilities() (out []probability, left string) {
	labels := slices.Sorted(maps.Keys(p.Probabilities))
	slices.SortStableFunc(labels, func(a, b string) int {
		switch d := p.Probabilities[b] - p.Probabilities[a]; {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	truth := said(p.Explanation.Target)
	for i, name := range labels {
		if i >= maxBars && name != truth {
			continue
		}
		v := p.Probabilities[name]
		b := probability{Name: axisLabel{label(name), whole(name)}, Value: percent(v), Bar: bar(v)}
		switch {
		case name == truth:
			b.Class = "is"
		case name == said(p.Prediction):
			b.Class = "said"
		}
		out = append(out, b)
	}
	if n := len(labels) - len(out); n > 0 {
		left = counted(n, "less probable label is", "less probable labels are") + " left out."
	}
	return out, left
}
