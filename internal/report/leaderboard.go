package report

import (
	"bytes"
	"fmt"
	"html/template"
	"io"

	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/metrics"
)

// A Leaderboard is what a page about a search tells: the model that was chosen, and all that it was
// chosen from.
type Leaderboard struct {
	Name, Target   string
	Metric         string
	Lower          bool // lower is better
	ValidationRows int
	TestRows       int
	Resamples      int
	Level          float64
	Verdict        string
	Seconds        float64 // of all trainings
	Chosen         Leader
	Ensemble       bool // Chosen is one
	Candidates     []Leader
	Tests          []compare.Test
	Skipped        []Field // what could not be had, with the reason
	Left           []string
	About          []Field
}

// A Leader is one model of a Leaderboard.
type Leader struct {
	Name, Why         string
	Validation        float64
	Test, Low, High   float64
	Seconds           float64
	BestEpoch, Epochs int
	Parameters        int
	Early             bool    // the time ended before its training did
	Weight            float64 // in the ensemble, or 1 of the one model; 0: it is not in it
}

type leaderboardView struct {
	Style                            template.CSS
	Name, Target, Metric, Verdict    string
	Lower, Ensemble                  bool
	Rows, Validation, Level, Samples string
	Tiles                            []tile
	Forest                           *forest
	Table                            []leaderRow
	More                             string
	Tests                            []testRow
	Skipped                          []Field
	Left                             []string
	About                            []Field
}

type leaderRow struct {
	Name, Why, Validation, Test, Interval, Time, Epoch, Parameters, Weight string
	Best                                                                   bool
}

// WriteLeaderboard writes the page of a search, as Write does that of a run.
func WriteLeaderboard(w io.Writer, l Leaderboard) error {
	css, err := files.ReadFile("templates/style.css")
	if err != nil {
		return err
	}
	v := l.view()
	v.Style = template.CSS(css)
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "leaderboard.html", v); err != nil {
		return err
	}
	return writeAll(w, b.Bytes())
}

func (l *Leaderboard) view() *leaderboardView {
	v := &leaderboardView{
		Name: label(l.Name), Target: inline(l.Target), Metric: metricName(l.Metric), Lower: l.Lower, Ensemble: l.Ensemble, Verdict: passage(l.Verdict),
		Rows: counted(l.TestRows, "test row", "test rows"), Validation: counted(l.ValidationRows, "validation row", "validation rows"),
		Level: percent(l.Level), Samples: count(l.Resamples), About: fields(l.About, maxFields),
	}
	c := Comparison{Result: compare.Result{Metric: l.Metric, Lower: l.Lower, Level: l.Level, BestModality: -1}}
	shown := l.Candidates[:min(len(l.Candidates), maxContenders)]
	if n := len(l.Candidates) - len(shown); n > 0 {
		v.More = counted(n, "more model is", "more models are") + " in auto.json."
	}
	c.Runs = append(c.Runs, l.Chosen.run("chosen: "+l.Chosen.Name, compare.Fusion))
	for i := range shown {
		c.Runs = append(c.Runs, shown[i].run(shown[i].Name, compare.Subset))
		v.Table = append(v.Table, shown[i].row())
	}
	v.Forest = c.forest(c.Runs)
	v.Forest.Desc = fmt.Sprintf("%s of the chosen model and of %s, with their intervals.", v.Metric, counted(len(shown), "candidate", "candidates"))
	for i := range l.Tests[:min(len(l.Tests), maxTests)] {
		v.Tests = append(v.Tests, c.testRow(&l.Tests[i]))
	}
	for _, s := range l.Skipped[:min(len(l.Skipped), maxContenders)] {
		v.Skipped = append(v.Skipped, Field{label(s.Name), passage(s.Value)})
	}
	for _, s := range l.Left[:min(len(l.Left), maxContenders)] {
		v.Left = append(v.Left, label(s))
	}
	v.Tiles = []tile{
		{figure(l.Chosen.Test), inline(l.Chosen.Name) + ", on test rows"}, {figure(l.Chosen.Validation), "on the validation rows, which chose it"},
		{count(len(l.Candidates)), "models trained"}, {duration(l.Seconds), "of training in all"},
	}
	return v
}

// run is a model as the drawing of a comparison has it.
func (l *Leader) run(name, kind string) compare.Row {
	n := compare.Row{Name: name, Kind: kind}
	n.Mean, n.Low, n.High = metrics.Number(l.Test), metrics.Number(l.Low), metrics.Number(l.High)
	return n
}

func (l *Leader) row() leaderRow {
	r := leaderRow{
		Name: inline(l.Name), Why: inline(l.Why), Validation: figure(l.Validation), Test: figure(l.Test), Interval: figure(l.Low) + " to " + figure(l.High),
		Time: duration(l.Seconds), Parameters: count(l.Parameters), Best: l.Weight > 0,
	}
	if l.BestEpoch > 0 {
		r.Epoch = fmt.Sprintf("%d of %d", l.BestEpoch, l.Epochs)
	}
	if l.Early {
		r.Epoch += ", ended early"
	}
	if l.Weight > 0 {
		r.Weight = fmt.Sprintf("%.2f", l.Weight)
	}
	return r
}
