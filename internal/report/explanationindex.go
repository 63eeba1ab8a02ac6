package report

import (
	"html/template"

	"github.com/chiasm-ml/chiasm/head"
)

// indexView is the list of rows as its template reads it.
type indexView struct {
	Style    template.CSS
	Name     string
	Headline string
	Rows     []indexCard
	About    []Field
}

// An indexCard leads to the page of a row.
type indexCard struct {
	Title, Page      string
	Pictures         []thumbnail
	Predicted, Truth axisLabel
	Known, Right     bool
	Probability      string
	Bar              string
	Texts            []Field
}

func newIndexView(p *ExplanationIndex) *indexView {
	v := &indexView{Style: style(), Name: label(p.Name), About: fields(p.About, maxFields)}
	v.Headline = counted(len(p.Rows), "row", "rows")
	if p.Split != "" {
		v.Headline += " of the split " + quoted(p.Split)
	}
	v.Headline += ", and why the model answers as it does."
	if p.Worst {
		v.Headline += " These are its worst mistakes, worst first."
	}
	for _, r := range p.Rows {
		v.Rows = append(v.Rows, r.card())
	}
	return v
}

func (p *ExplainedRow) card() indexCard {
	c := indexCard{Title: p.title(), Page: p.Page, Predicted: axisLabel{label(said(p.Prediction)), whole(said(p.Prediction))}}
	if t := p.Explanation.Target; t != nil {
		c.Known, c.Right, c.Truth = true, head.FormNamed(p.Task) != head.Number && p.right(), axisLabel{label(said(t)), whole(said(t))}
	}
	if p.Explained != "" && head.FormNamed(p.Task) != head.AnyOf {
		v := p.Probabilities[said(p.Prediction)]
		c.Probability, c.Bar = percent(v), bar(v)
	}
	for _, view := range p.Views[:min(len(p.Views), maxPictures)] {
		c.Pictures = append(c.Pictures, newThumbnail(Picture{Name: view.Input, Data: view.File}, c.Title))
	}
	for _, cell := range p.Cells {
		if len(c.Texts) < maxTexts && len(cell.Text) > 0 {
			c.Texts = append(c.Texts, Field{label(cell.Column), label(cell.Text)})
		}
	}
	return c
}
