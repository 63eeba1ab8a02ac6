package report

import (
	"fmt"
	"strings"
)

// A fittedTable is what calibration changed.
type fittedTable struct {
	Sentence string
	Figures  []string
	Rows     []fittedRow
}

// fittedRow has two values a figure: before and after.
type fittedRow struct {
	Split  string
	Values []string
}

func newFittedTable(f *Fitted) *fittedTable {
	if f == nil {
		return nil
	}
	t := &fittedTable{Sentence: f.sentence()}
	for _, s := range f.Splits[:min(len(f.Splits), maxSplits)] {
		if t.Figures == nil {
			for _, v := range s.Before[:min(len(s.Before), maxMetrics)] {
				t.Figures = append(t.Figures, metricName(v.Name))
			}
		}
		row := fittedRow{Split: label(s.Name)}
		for _, v := range s.Before[:min(len(s.Before), len(t.Figures))] {
			after, _ := s.After.Get(v.Name)
			row.Values = append(row.Values, figure(v.Value), figure(after))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// sentence says what was fitted.
func (f *Fitted) sentence() string {
	var parts []string
	for _, m := range f.Modalities[:min(len(f.Modalities), maxColumns)] {
		var of []string
		if m.Temperature > 0 {
			of = append(of, "temperature "+figure(m.Temperature))
		}
		if m.Weight > 0 {
			of = append(of, "weight "+figure(m.Weight))
		}
		parts = append(parts, inline(m.Name)+" "+strings.Join(of, ", "))
	}
	if f.Temperature > 0 {
		parts = append(parts, "temperature of all "+figure(f.Temperature))
	}
	s := fmt.Sprintf("Fitted on %s after training: %s. A temperature above 1 makes decisions less sure.", counted(f.Rows, "validation row", "validation rows"), strings.Join(parts, "; "))
	for _, why := range f.Unused[:min(len(f.Unused), maxColumns)] {
		s += " Not used: " + isolate + whole(why) + endIsolate + "."
	}
	return s
}
