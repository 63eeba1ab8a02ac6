package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/auto"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/trainer"
)

// leaderboardFile is auto.json.
type leaderboardFile struct {
	Name   string `json:"name"`
	Preset string `json:"preset"`
	*auto.Result
	Version string `json:"version"`
}

// show writes and prints the leaderboard.
func (a *search) show(r *auto.Result) error {
	b, err := json.MarshalIndent(leaderboardFile{a.config.Name, a.options.Preset, r, version.String()}, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if err := a.home.Write(autoFile, checkpoints.Bytes(b)); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := report.WriteLeaderboard(&page, a.page(r)); err != nil {
		return err
	}
	if err := a.home.Write(autoPageFile, checkpoints.Bytes(page.Bytes())); err != nil {
		return err
	}
	if a.streams.JSON {
		_, err := a.streams.Out.Write(b)
		return err
	}
	writeLeaderboard(a.streams.Out, r)
	fmt.Fprintf(a.streams.Out, "\n%s\n", r.Verdict)
	fmt.Fprintf(a.streams.Err, "the model, its report, and the leaderboard (%s) are in %s\n", autoPageFile, a.dir)
	return nil
}

// page is the leaderboard as its page tells it.
func (a *search) page(r *auto.Result) report.Leaderboard {
	l := report.Leaderboard{
		Name: a.config.Name, Target: a.data.Target.Config().Column, Metric: r.Metric, Lower: r.Lower, ValidationRows: r.ValidationRows, TestRows: r.TestRows,
		Resamples: r.Resamples, Level: r.Level, Verdict: r.Verdict, Seconds: float64(r.Seconds), Chosen: leader(r.Chosen), Ensemble: r.Chosen.Kind == auto.Ensemble,
		Tests: r.Tests, Left: r.Left,
		About: []report.Field{
			{Name: "version", Value: version.String()}, {Name: "preset", Value: a.options.Preset}, {Name: "seed", Value: fmt.Sprint(a.config.Seed)},
			{Name: "time", Value: fmt.Sprint(a.options.Time)},
		},
	}
	for _, row := range r.Candidates {
		l.Candidates = append(l.Candidates, leader(row))
	}
	for _, s := range r.Skipped {
		l.Skipped = append(l.Skipped, report.Field{Name: s.Name, Value: s.Reason})
	}
	return l
}

func leader(row auto.Row) report.Leader {
	return report.Leader{
		Name: row.Name, Why: row.Why, Validation: float64(row.Validation), Test: float64(row.Test), Low: float64(row.Low), High: float64(row.High),
		Seconds: float64(row.Seconds), BestEpoch: row.BestEpoch, Epochs: row.Epochs, Parameters: row.Parameters, Early: !row.Ended, Weight: float64(row.Weight),
	}
}

// writeLeaderboard prints the table, aligned, without colour.
func writeLeaderboard(w io.Writer, r *auto.Result) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	metric := strings.ReplaceAll(r.Metric, "_", " ")
	t.AppendHeader(table.Row{"", "validation " + metric, "test " + metric, fmt.Sprintf("%.0f %% interval", 100*r.Level), "training", "best epoch", "weight"})
	add := func(row auto.Row, name string) {
		weight, epoch := "", fmt.Sprintf("%d of %d", row.BestEpoch, row.Epochs)
		if row.Votes > 0 && name == row.Name && r.Chosen.Kind == auto.Ensemble {
			weight = fmt.Sprintf("%.2f", float64(row.Weight))
		}
		if row.BestEpoch == 0 {
			epoch = ""
		}
		if !row.Ended {
			epoch += ", ended early"
		}
		t.AppendRow(table.Row{name, number(float64(row.Validation)), number(float64(row.Test)), number(float64(row.Low)) + " to " + number(float64(row.High)), seconds(float64(row.Seconds)), epoch, weight})
	}
	add(r.Chosen, "chosen: "+r.Chosen.Name)
	t.AppendSeparator()
	for _, row := range r.Candidates {
		add(row, row.Name)
	}
	var right []table.ColumnConfig
	for i := range 6 {
		right = append(right, table.ColumnConfig{Number: i + 2, Align: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	t.Render()
	for _, s := range r.Skipped {
		fmt.Fprintf(w, "Skipped %s: %s\n", s.Name, s.Reason)
	}
}

// metricLines are the epochs of what was chosen, one model after the other.
func metricLines(o *auto.Outcome) []byte {
	var b bytes.Buffer
	for _, c := range o.Chosen {
		for _, e := range c.Record.History {
			line, err := json.Marshal(struct {
				Part string `json:"part"`
				trainer.Epoch
			}{c.Name, e})
			if err != nil {
				continue // figures that were read from JSON
			}
			b.Write(append(line, '\n'))
		}
	}
	return b.Bytes()
}

// warningsOnly passes on the lines that are warnings.
type warningsOnly struct{ to *warnings }

func (w *warningsOnly) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "warning: "); ok {
			w.to.tell(text)
		}
	}
	return len(p), nil
}
