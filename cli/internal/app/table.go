package app

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/chiasm-ml/chiasm/metrics"
)

// split is one column of the final table.
type split struct {
	name   string
	values metrics.Values
}

// writeMetrics prints figures by split, aligned, without colour.
func writeMetrics(w io.Writer, splits []split) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	head := table.Row{""}
	var names []string
	for _, s := range splits {
		head = append(head, s.name)
		for _, v := range s.values {
			if !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
		}
	}
	t.AppendHeader(head)
	for _, name := range names {
		row := table.Row{strings.ReplaceAll(name, "_", " ")}
		for _, s := range splits {
			cell := ""
			if v, ok := s.values.Get(name); ok {
				cell = number(v)
			}
			row = append(row, cell)
		}
		t.AppendRow(row)
	}
	var right []table.ColumnConfig
	for i := range splits {
		right = append(right, table.ColumnConfig{Number: i + 2, Align: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	t.Render()
}

// number shows a figure with four digits that matter; a dash where it is not
// defined.
func number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a != 0 && (a < 1e-3 || a >= 1e6):
		return fmt.Sprintf("%.3e", v)
	case a >= 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.4f", v)
}
