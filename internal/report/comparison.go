package report

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/compare"
)

// A Comparison is what a page about several models on the same rows tells.
type Comparison struct {
	Name   string // of the config
	Target string // the column that is predicted
	Seeds  int    // that were asked for
	compare.Result
	Skipped []Field  // fusions that could not be used, with the reason
	Absent  []string // runs that were not made
	About   []Field  // such as the version
}

// Limits of a comparison's page.
const (
	maxContenders = 60
	maxTests      = 120
	maxPassage    = 3000 // characters
)

// A compareView is a comparison as its template reads it.
type compareView struct {
	Style   template.CSS
	Name    string
	Target  string
	Metric  string
	Lower   bool
	Rows    string
	Level   string
	Samples string
	Verdict string
	Tiles   []tile
	Forest  *forest
	Table   []contenderRow
	Inputs  []string // that a contender was measured without
	Left    string
	Tests   []testRow
	Without *forest
	Skipped []Field
	Absent  []string
	About   []Field
}

type contenderRow struct {
	Name, Kind               string
	Best                     bool
	Mean, Interval, Seeds    string
	Parameters, Time, Micros string
	Validation               string
	Without                  []string
	Measured                 bool // without some input
}

type testRow struct {
	Contender, Against string
	Difference         string
	Interval           string
	P                  string
	Seeds              string
	Certain            bool
	Sign               string // better, worse, or neither
}

// WriteComparison writes the page of a comparison, as Write does that of a run.
func WriteComparison(w io.Writer, c Comparison) error {
	css, err := files.ReadFile("templates/style.css")
	if err != nil {
		return err
	}
	v := newCompareView(&c)
	v.Style = template.CSS(css)
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "compare.html", v); err != nil {
		return err
	}
	return writeAll(w, b.Bytes())
}

func newCompareView(c *Comparison) *compareView {
	v := &compareView{
		Name: label(c.Name), Target: inline(c.Target), Metric: metricName(c.Metric), Lower: c.Lower,
		Rows: counted(c.Rows, "test row", "test rows"), Level: percent(c.Level), Samples: count(c.Resamples),
		Verdict: passage(c.Verdict), About: fields(c.About, maxFields),
	}
	if c.Name == "" {
		v.Name = "Comparison"
	}
	for _, s := range c.Skipped[:min(len(c.Skipped), maxContenders)] {
		v.Skipped = append(v.Skipped, Field{label(s.Name), passage(s.Value)})
	}
	for _, a := range c.Absent[:min(len(c.Absent), maxContenders)] {
		v.Absent = append(v.Absent, passage(a))
	}
	v.Inputs = c.inputsWithout()
	shown := c.Runs[:min(len(c.Runs), maxContenders)]
	if n := len(c.Runs) - len(shown); n > 0 {
		v.Left = counted(n, "more contender is", "more contenders are") + " in compare.json."
	}
	for i := range shown {
		v.Table = append(v.Table, c.contenderRow(i, v.Inputs))
	}
	for i := range c.Tests[:min(len(c.Tests), maxTests)] {
		v.Tests = append(v.Tests, c.testRow(&c.Tests[i]))
	}
	v.Forest, v.Without = c.forest(shown), c.without(shown)
	v.Tiles = c.tiles()
	return v
}

// passage is a few sentences on one line.
func passage(s string) string { return visible(shorten(s, maxPassage), false) }

// inputsWithout are the inputs that a contender was measured without.
func (c *Comparison) inputsWithout() []string {
	var names []string
	seen := map[string]bool{}
	for _, r := range c.Runs {
		for _, w := range r.Without {
			if !seen[w.Input] && len(names) < maxColumns {
				seen[w.Input] = true
				names = append(names, w.Input)
			}
		}
	}
	return names
}

// contender names a row: an input alone is said to be.
func (c *Comparison) contender(i int) string {
	if c.Runs[i].Kind == compare.Modality {
		return inline(c.Runs[i].Name) + " alone"
	}
	return inline(c.Runs[i].Name)
}

func (c *Comparison) contenderRow(i int, inputs []string) contenderRow {
	r := c.Runs[i]
	row := contenderRow{
		Name: c.contender(i), Kind: r.Kind, Best: i == c.BestFusion || i == c.BestModality, Seeds: count(r.Seeds), Parameters: count(r.Parameters),
		Mean: figure(float64(r.Mean)), Interval: figure(float64(r.Low)) + " to " + figure(float64(r.High)), Validation: figure(float64(r.Validation)),
		Time: undefined, Micros: undefined, Measured: len(r.Without) > 0,
	}
	if r.TrainingSeconds > 0 {
		row.Time = duration(float64(r.TrainingSeconds))
	}
	if r.InferenceMicros > 0 {
		row.Micros = figure(float64(r.InferenceMicros)) + thin + "µs"
	}
	for _, name := range inputs {
		cell := ""
		for _, w := range r.Without {
			if w.Input == name {
				cell = figure(float64(w.Mean))
			}
		}
		row.Without = append(row.Without, cell)
	}
	return row
}

func (c *Comparison) testRow(t *compare.Test) testRow {
	row := testRow{
		Contender: label(t.Contender), Against: label(t.Against), Difference: signed(float64(t.Difference)),
		Interval: signed(float64(t.Low)) + " to " + signed(float64(t.High)), P: pValue(float64(t.Holm)), Seeds: count(t.Seeds),
		Certain: t.Certain(),
	}
	switch better := (t.Difference > 0) != c.Lower; {
	case !row.Certain:
		row.Sign = "no significant difference"
	case better:
		row.Sign = "better"
	default:
		row.Sign = "worse"
	}
	return row
}

// pValue is a probability that is not said to be none.
func pValue(p float64) string {
	switch {
	case !finite(p):
		return undefined
	case p < 0.001:
		return "< 0.001"
	case p > 0.999:
		return "1"
	}
	return fmt.Sprintf("%.3f", p)
}

// tiles are the figures that a reader looks for first.
func (c *Comparison) tiles() []tile {
	var all []tile
	add := func(i int, what string) {
		if i >= 0 && i < len(c.Runs) {
			all = append(all, tile{figure(float64(c.Runs[i].Mean)), strings.TrimSpace(c.contender(i) + what)})
		}
	}
	add(c.BestFusion, ", the best fusion on validation")
	add(c.BestModality, ", the best input")
	if c.SimplestFusion != c.BestFusion {
		add(c.SimplestFusion, ", the simplest fusion")
	}
	runs := 0
	for _, r := range c.Runs {
		runs += r.Seeds
	}
	return append(all, tile{count(runs), "runs, with up to " + counted(c.Seeds, "seed", "seeds") + " each"})
}
