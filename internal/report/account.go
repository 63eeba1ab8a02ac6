package report

import (
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// An account is what became of the table.
type account struct {
	File     string
	Rows     string
	Blank    string
	Comments string
	Splits   []share
	Labels   []share
	Tall     bool   // so many labels that they scroll
	More     string // labels that are not shown
	Cells    []cellRow
	Left     string
	Warnings []string
	Used     string
	Ignored  string
	Flaws    []flawRow
	Flawed   string // lines of flaws that are not shown
}

// A flawRow is what is wrong with a column that nobody reads.
type flawRow struct{ Column, Reason, Cells, First string }

// A share is a part of all rows, with a bar.
type share struct {
	Name  axisLabel
	Rows  string
	Share string
	Bar   string
}

type cellRow struct {
	Input, Column, Reason string
	Cells                 string
	Splits                string
	First                 string
}

func (p *Page) account() *account {
	d := &p.Data
	if d.File == "" && d.Rows == 0 && len(d.Splits) == 0 && len(d.Cells) == 0 && len(d.Warnings) == 0 {
		return nil
	}
	a := &account{Rows: counted(d.Rows, "row", "rows")}
	if d.File != "" {
		a.File = label(d.File)
	}
	if d.BlankLines > 0 {
		a.Blank = counted(d.BlankLines, "blank line was", "blank lines were")
	}
	if d.Comments > 0 {
		a.Comments = counted(d.Comments, "line of comments was", "lines of comments were")
	}
	all, most := 0, 0
	for _, s := range d.Splits {
		all += s.Rows
	}
	for _, s := range d.Splits[:min(len(d.Splits), maxSplits)] {
		part := ratio(s.Rows, all)
		a.Splits = append(a.Splits, share{axisLabel{label(s.Name), whole(s.Name)}, count(s.Rows), percent(part), bar(part)})
	}
	for _, l := range d.Labels {
		most = max(most, l.Rows)
	}
	for _, l := range d.Labels[:min(len(d.Labels), MaxClasses)] {
		a.Labels = append(a.Labels, share{axisLabel{label(l.Label), whole(l.Label)}, count(l.Rows), "", bar(ratio(l.Rows, most))})
	}
	a.Tall = len(a.Labels) > tall
	if n := len(d.Labels) - len(a.Labels); n > 0 {
		a.More = counted(n, "more label is", "more labels are")
	}
	a.cells(d.Cells)
	a.flaws(d.Flaws)
	for _, w := range d.Warnings[:min(len(d.Warnings), maxWarnings)] {
		a.Warnings = append(a.Warnings, text(w))
	}
	if n := len(d.Warnings) - maxWarnings; n > 0 {
		a.Warnings = append(a.Warnings, counted(n, "more warning", "more warnings")+" in data_report.json.")
	}
	a.Used, a.Ignored = list(d.Used), list(d.Ignored)
	return a
}

func (a *account) cells(cells []data.CellCount) {
	for _, c := range cells[:min(len(cells), maxCells)] {
		row := cellRow{Input: label(c.Input), Column: label(c.Column), Reason: label(c.Reason), Cells: count(c.Cells)}
		var parts, first []string
		for _, s := range c.Splits[:min(len(c.Splits), maxSplits)] {
			parts = append(parts, fmt.Sprintf("%s %s", inline(s.Name), count(s.Rows)))
		}
		for _, r := range c.First[:min(len(c.First), 5)] {
			first = append(first, count(r))
		}
		row.Splits, row.First = strings.Join(parts, " · "), strings.Join(first, ", ")
		a.Cells = append(a.Cells, row)
	}
	if n := len(cells) - len(a.Cells); n > 0 {
		a.Left = counted(n, "more line is", "more lines are")
	}
}

func (a *account) flaws(flaws []data.Flaw) {
	for _, f := range flaws[:min(len(flaws), maxColumns)] {
		row := flawRow{Column: label(f.Column), Reason: label(f.Reason), Cells: "the column"}
		if f.Cells > 0 {
			row.Cells, row.First = count(f.Cells), count(f.Row)
		}
		a.Flaws = append(a.Flaws, row)
	}
	if n := len(flaws) - len(a.Flaws); n > 0 {
		a.Flawed = counted(n, "more line is", "more lines are")
	}
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// list joins names.
func list(names []string) string {
	var all []string
	for _, n := range names[:min(len(names), maxColumns)] {
		all = append(all, inline(n))
	}
	if n := len(names) - len(all); n > 0 {
		all = append(all, count(n)+" more")
	}
	return strings.Join(all, ", ")
}
