package report

import (
	"bytes"
	"embed"
	"html/template"
	"io"
)

//go:embed templates
var files embed.FS

// page is all templates. Sections of one of several outputs have ids of their own; see
// templates.
var page = templates("")

// templates are those of a page, whose ids end with the number of an output, if any.
func templates(output string) *template.Template {
	return template.Must(template.New("page.html").Funcs(functions).Funcs(template.FuncMap{
		"id": func(name string) string {
			if output != "" {
				name += "-" + output
			}
			return name
		},
	}).ParseFS(files, "templates/*.html"))
}

var functions = template.FuncMap{
	"frame": func() frame {
		return frame{curveWidth, curveHeight, curveLeft, curveRight, curveTop, curveBottom, tipWidth}
	},
	"reliabilityFrame": func() frame {
		return frame{relWidth, relHeight, relLeft, relRight, relTop, relBottom, 0}
	},
	"plotFrame": func() frame {
		return frame{plotWidth, plotHeight, plotLeft, plotRight, plotTop, plotBottom, 0}
	},
	"boxWidth":  func() int { return boxWidth },
	"boxHeight": func() int { return boxHeight },
	"tipHeight": func(lines int) int { return 8 + 15*lines },
	"add":       func(a, b any) px { return number(a) + number(b) },
}

// A frame is where a drawing has its axes.
type frame struct{ Width, Height, Left, Right, Top, Bottom, Tip int }

func number(v any) px {
	switch v := v.(type) {
	case int:
		return px(v)
	case float64:
		return px(v)
	case px:
		return v
	}
	return 0
}

// Write writes the page, one self-contained HTML file: it loads nothing, runs
// nothing, and holds nothing of the data but what it shows. Equal pages give
// equal bytes. The only errors are those of w.
func Write(w io.Writer, p Page) error {
	css, err := files.ReadFile("templates/style.css")
	if err != nil {
		return err
	}
	v := newView(&p)
	if v.Outputs, err = p.outputs(); err != nil {
		return err
	}
	v.Style = template.CSS(css)
	var b bytes.Buffer
	if err := page.Execute(&b, v); err != nil {
		return err
	}
	return writeAll(w, b.Bytes())
}

// A view is a page as the templates read it: everything is text that is safe to
// show, or a place in a drawing.
type view struct {
	Style    template.CSS
	Name     string
	Output   string // of several, the one that this is about
	Outputs  []outputSection
	Task     string
	Measured string
	Target   string
	Headline string
	Tiles    []tile

	Results *resultTable
	Charts  []chart
	Trend   string
	Epochs  *epochTable

	Matrix      *matrix
	Confusions  []confusion
	TooMany     string // classes, for a matrix
	Classes     *classTable
	Labels      *classTable // of a multilabel task
	Reliability *reliability
	TradeOffs   []tradeOff
	Undrawn     string // labels without curves
	Scatter     *scatter
	Histogram   *histogram

	Alone   *alone
	Inputs  *inputs
	Missing *missing

	Cards     []card
	CardsLeft string
	Account   *account
	Flow      *flow
	Modules   []moduleRow
	Inside    string // modules that are not shown
	Config    string
	About     []Field
}

// Errors names the section on where the model errs; empty if there is none.
func (v *view) Errors() string {
	switch {
	case v.Scatter != nil:
		return "Predictions"
	case v.Labels != nil:
		return "Labels"
	case v.Classes != nil:
		return "Classes"
	}
	return ""
}

func newView(p *Page) *view {
	v := &view{
		Name: label(p.Name), Task: label(p.Task), Measured: label(p.measured()), Target: p.target(),
		Headline: p.headline(), Tiles: p.tiles(),
		Results: newResultTable(p.Splits), Charts: p.charts(), Trend: p.trend(), Epochs: newEpochTable(p.Training.History, p.Training.BestEpoch),
		Alone: p.alone(), Inputs: p.inputs(), Missing: p.missing(),
		Cards: p.cards(), Account: p.account(), Flow: newFlow(p.Flow),
		Config: code(p.Config), About: fields(p.About, maxFields),
	}
	if p.Name == "" {
		v.Name = "Training run"
	}
	v.Modules, v.Inside = p.moduleRows()
	if n := len(p.Mistakes) - len(v.Cards); n > 0 {
		v.CardsLeft = count(len(v.Cards)) + " of " + count(len(p.Mistakes)) + " are shown."
	}
	if r := p.Classification; r != nil && len(r.Classes) > 0 {
		v.Matrix, v.Confusions, v.Classes = newMatrix(r), confusions(r), newClassTable("class", r.Classes)
		v.Reliability = newReliability(r.Calibration, "row", "rows")
		if v.Matrix == nil {
			v.TooMany = counted(len(r.Classes), "class", "classes")
		}
	}
	if r := p.Multilabel; r != nil && len(r.Classes) > 0 {
		v.Labels = newClassTable("label", r.Classes)
		if v.Reliability == nil {
			v.Reliability = newReliability(r.Calibration, "decision", "decisions")
		}
	}
	v.TradeOffs, v.Undrawn = p.tradeOffs()
	if v.Reliability != nil {
		v.Reliability.Fitted = newFittedTable(p.Calibration)
	}
	if p.Regression != nil {
		v.Scatter, v.Histogram = p.Regression.plots()
	}
	return v
}
