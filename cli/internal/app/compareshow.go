package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/internal/version"
)

// comparisonFile is compare.json.
type comparisonFile struct {
	Name string `json:"name"`
	*compare.Result
	Seeds   int      `json:"seeds"`
	Skipped []skip   `json:"skipped"`
	Absent  []string `json:"absent"` // contenders with the seeds that were not made
	Version string   `json:"version"`
}

// show writes and prints what was found.
func (c *comparison) show(r *compare.Result) error {
	b, err := json.MarshalIndent(comparisonFile{c.config.Name, r, c.options.Seeds, append([]skip{}, c.skipped...), append([]string{}, c.absent()...), version.String()}, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if err := c.home.Write(compareFile, checkpoints.Bytes(b)); err != nil {
		return err
	}
	if err := c.page(r); err != nil {
		return err
	}
	if c.streams.JSON {
		_, err := c.streams.Out.Write(b)
		return err
	}
	writeComparison(c.streams.Out, r)
	for _, s := range c.skipped {
		fmt.Fprintf(c.streams.Out, "Skipped %s: %s\n", s.Name, s.Reason)
	}
	if absent := c.absent(); len(absent) > 0 {
		fmt.Fprintf(c.streams.Out, "Not made: %s\n", strings.Join(absent, "; "))
	}
	fmt.Fprintf(c.streams.Out, "\n%s\n", r.Verdict)
	fmt.Fprintf(c.streams.Err, "the table, the tests and the page are in %s\n", c.dir)
	return nil
}

// page writes compare.html.
func (c *comparison) page(r *compare.Result) error {
	p := report.Comparison{Name: c.config.Name, Target: c.data.Target.Config().Column, Result: *r, Seeds: c.options.Seeds, Absent: c.absent()}
	for _, s := range c.skipped {
		p.Skipped = append(p.Skipped, report.Field{Name: s.Name, Value: s.Reason})
	}
	p.About = []report.Field{{Name: "version", Value: version.String()}}
	var page bytes.Buffer
	if err := report.WriteComparison(&page, p); err != nil {
		return err
	}
	return c.home.Write(comparePageFile, checkpoints.Bytes(page.Bytes()))
}

// writeComparison prints the table, aligned, without colour.
func writeComparison(w io.Writer, r *compare.Result) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	var inputs []string // that some contender was measured without
	for _, row := range r.Runs {
		for _, o := range row.Without {
			if !slices.Contains(inputs, o.Input) {
				inputs = append(inputs, o.Input)
			}
		}
	}
	head := table.Row{"", strings.ReplaceAll(r.Metric, "_", " "), fmt.Sprintf("%.0f %% interval", 100*r.Level), "seeds", "parameters", "training", "a row"}
	for _, in := range inputs {
		head = append(head, "without "+in)
	}
	t.AppendHeader(head)
	kind := ""
	for i, row := range r.Runs {
		if row.Kind != kind && kind != "" {
			t.AppendSeparator()
		}
		kind = row.Kind
		cells := table.Row{contenderName(r, i), number(float64(row.Mean)), number(float64(row.Low)) + " to " + number(float64(row.High)), row.Seeds,
			strconv.Itoa(row.Parameters), seconds(float64(row.TrainingSeconds)), micros(float64(row.InferenceMicros))}
		for _, in := range inputs {
			cell := ""
			for _, o := range row.Without {
				if o.Input == in {
					cell = number(float64(o.Mean))
				}
			}
			cells = append(cells, cell)
		}
		t.AppendRow(cells)
	}
	var right []table.ColumnConfig
	for i := range len(head) - 1 {
		right = append(right, table.ColumnConfig{Number: i + 2, Align: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	t.Render()
}

// contenderName is a name as the table has it.
func contenderName(r *compare.Result, i int) string {
	if row := r.Runs[i]; row.Kind == compare.Modality {
		return row.Name + " alone"
	}
	return r.Runs[i].Name
}

func seconds(v float64) string {
	switch {
	case v == 0 || math.IsNaN(v):
		return "–"
	case v >= 100:
		return fmt.Sprintf("%.0f s", v)
	}
	return fmt.Sprintf("%.1f s", v)
}

func micros(v float64) string {
	switch {
	case v == 0 || math.IsNaN(v):
		return "–"
	case v >= 100:
		return fmt.Sprintf("%.0f µs", v)
	}
	return fmt.Sprintf("%.1f µs", v)
}
