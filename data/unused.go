package data

import (
	"fmt"
	"slices"
	"strings"
)

// lost are the reasons that leave nothing of a cell; of all others a part is used.
var lost = []string{Masked, Filled, NoFile, Unknown, NoTokens, Unusable}

// outputName stands for the target in a report, whose cells are no input's.
const outputName = "output"

// because says what a reason means of a cell.
var because = map[string]string{
	Masked:      "is empty",
	Filled:      "is empty, and the mean of the training rows takes its place",
	Unusable:    "cannot be used, and counts as empty",
	NoFile:      "names a file that is not there",
	Unknown:     "is no category that the model knows",
	Truncated:   "is longer than is read of it",
	NoTokens:    "has nothing that is read",
	UnknownText: "is unknown to the vocabulary in part",
	NotUTF8:     "is not UTF-8, and the bytes that are not are ignored",
}

// Because says what a reason means, as in "is empty".
func Because(reason string) string {
	if s, ok := because[reason]; ok {
		return s
	}
	return "cannot be used as it stands (" + reason + ")"
}

// strict is the error for a cell that is not used as it stands, where that is not
// allowed. No number of bad rows takes it.
func (t *Table) strict(row int, c CellNote) error {
	what := "the cell "
	if column, err := t.Column(c.Column); err == nil && !column.Cell(row).Missing() {
		what += show(column.Cell(row).Text) + " "
	}
	e := t.Errorf(row, c.Column, "%s%s", what, Because(c.Reason)).WithHint("correct it, or do not ask for every cell to be used (--strict)")
	e.lost = true
	return e
}

// Unused are the cells of inputs that were not used as they stand, by input, column
// and reason.
func (r *Report) Unused() []CellCount {
	return slices.DeleteFunc(r.Cells(), func(c CellCount) bool { return c.Input == outputName })
}

// unusedColumn is a column of an input, with what was not used of it.
type unusedColumn struct {
	input, column string
	cells         int // of which nothing was used
	reasons       []string
}

// unusedColumns joins the reasons of each column.
func (r *Report) unusedColumns() []unusedColumn {
	var all []unusedColumn
	for _, c := range r.Unused() {
		if n := len(all); n == 0 || all[n-1].input != c.Input || all[n-1].column != c.Column {
			all = append(all, unusedColumn{input: c.Input, column: c.Column})
		}
		u := &all[len(all)-1]
		if slices.Contains(lost, c.Reason) {
			u.cells += c.Cells
		}
		u.reasons = append(u.reasons, fmt.Sprintf("%d %s", c.Cells, c.Reason))
	}
	return all
}

// rowsOf is how many rows an input was loaded of.
func (r *Report) rowsOf(input string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[input]
}

// Mostly are warnings of columns of which nothing could be used in more than half of
// the rows.
func (r *Report) Mostly() []string {
	var all []string
	for _, u := range r.unusedColumns() {
		if rows := r.rowsOf(u.input); 2*u.cells > rows {
			all = append(all, fmt.Sprintf("%s: %d of %s of column %s cannot be used: %s", u.input, u.cells, plural(rows, "cell"), show(u.column), strings.Join(u.reasons, ", ")))
		}
	}
	return all
}

// mostColumns is how many columns UnusedLine names.
const mostColumns = 6

// UnusedLine is one line of all cells of inputs that were not used as they stand; ""
// where there are none.
func (r *Report) UnusedLine() string {
	columns := r.unusedColumns()
	cells := 0
	for _, c := range r.Unused() {
		cells += c.Cells
	}
	if cells == 0 {
		return ""
	}
	var names []string
	for _, u := range columns[:min(mostColumns, len(columns))] {
		names = append(names, fmt.Sprintf("column %s of %s (%s)", show(u.column), u.input, strings.Join(u.reasons, ", ")))
	}
	if more := len(columns) - len(names); more > 0 {
		names = append(names, "and "+plural(more, "more column"))
	}
	verb := "were not used as they stand"
	if cells == 1 {
		verb = "was not used as it stands"
	}
	return fmt.Sprintf("%s %s: %s", plural(cells, "cell"), verb, strings.Join(names, "; "))
}
