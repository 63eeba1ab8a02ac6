package data

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Flaw is what is wrong with a column that nobody uses, and therefore no
// reason to refuse the table.
type Flaw struct {
	Column string `json:"column"` // as the table names it, or where it stands
	Reason string `json:"reason"`
	Cells  int    `json:"cells,omitempty"` // 0: it is the column as a whole
	Row    int    `json:"row,omitempty"`   // the first one; 0 of the column as a whole
}

// readColumn is a column of a table that is being read.
type readColumn struct {
	header string // as the file has it
	name   string // one that no other column has; "" before it is admitted
	line   int    // on which the header stands
	named  bool   // name is the header, and only this column's
}

// readerColumns are the columns of a Reader, and what is wrong with those that
// nobody uses.
type readerColumns struct {
	columns  []readColumn
	admitted int             // how many were checked
	used     map[string]bool // nil: all are
	lists    map[string]bool // whose cells may be arrays of JSON
	only     bool            // others are not kept
	flaws    []Flaw
	byName   map[string]int
}

func setOf(names []string) map[string]bool {
	if names == nil {
		return nil
	}
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

func (c *readerColumns) uses(i int) bool { return c.used == nil || c.used[c.columns[i].header] }
func (c *readerColumns) keeps(i int) bool {
	return !c.only || c.uses(i)
}

// flaw counts what is wrong in a row of a column, or, where the row is 0, with
// the column itself. A column behind the last stands for those of no header.
func (c *readerColumns) flaw(column int, reason string, row int) {
	name := fmt.Sprintf("column %d", column+1)
	if column < len(c.columns) {
		name = c.columns[column].name
	}
	i := slices.IndexFunc(c.flaws, func(f Flaw) bool { return f.Column == name && f.Reason == reason })
	if i < 0 {
		i = len(c.flaws)
		c.flaws = append(c.flaws, Flaw{Column: name, Reason: reason, Row: row})
	}
	if row > 0 {
		c.flaws[i].Cells++
	}
}

// countFault counts a cell that is not kept, if its text is not sound.
func (r *Reader) countFault(column int, text string) {
	if fault := r.encoding.fault(text); fault != nil {
		r.flaw(column, fault.counted, r.row+1)
	}
}

// begin checks the names of columns that were not checked yet.
func (r *Reader) begin() error {
	for ; r.admitted < len(r.columns); r.admitted++ {
		if err := r.admit(r.admitted); err != nil {
			return err
		}
	}
	return nil
}

// admit checks the name of a column. One that nobody uses gets a name of its own
// where it has none.
func (r *Reader) admit(i int) error {
	c := &r.columns[i]
	if r.byName == nil {
		r.byName = map[string]int{}
	}
	first, taken := r.byName[c.header]
	problem := r.nameProblem(i, first, taken)
	if problem == nil {
		c.name, c.named = c.header, true
		r.byName[c.name] = i
		return nil
	}
	if r.uses(i) {
		return problem
	}
	if taken { // neither can be asked for
		r.columns[first].named = false
	}
	c.name = r.freeName(i)
	r.byName[c.name] = i
	problem.File, problem.Line, problem.Hint = "", 0, ""
	r.flaw(i, problem.Message, 0)
	return nil
}

// freeName is a name for a column whose own cannot be used.
func (r *Reader) freeName(i int) string {
	name := fmt.Sprintf("column %d", i+1)
	if header := r.columns[i].header; header != "" && utf8.ValidString(header) && !strings.ContainsAny(header, "\x00\ufeff") {
		name = fmt.Sprintf("%s (column %d)", header, i+1)
	}
	for r.hasHeader(name) {
		name += "'"
	}
	return name
}

func (r *Reader) hasHeader(name string) bool {
	return slices.ContainsFunc(r.columns, func(c readColumn) bool { return c.header == name || c.name == name })
}

// nameProblem says why a column name cannot be told from others or written in a
// config; nil if it can.
func (r *Reader) nameProblem(i, first int, taken bool) *Error {
	name := r.columns[i].header
	e := &Error{File: r.name, Line: r.columns[i].line}
	switch {
	case name == "":
		e.Message = fmt.Sprintf("column %d has no name", i+1)
		e.Hint = "does the first line hold the names of the columns?"
	case strings.IndexByte(name, 0) >= 0:
		e.Message, e.Hint = "a column name holds a NUL byte", "is the file UTF-16, or not a table?"
	case strings.ContainsRune(name, byteOrderMark):
		e.Message, e.Hint = fmt.Sprintf("the name of column %d holds a byte order mark, which nobody sees", i+1), "take it out; only the file may begin with one"
	case !utf8.ValidString(name) && r.encoding.isUTF8():
		e.Message, e.Hint = fmt.Sprintf("the column name %s is not UTF-8", show(name)), r.encoding.inWhat()
	case !utf8.ValidString(name):
		e.Message, e.Hint = fmt.Sprintf("the column name %s is not %s", show(name), r.encoding.name), r.encoding.other()
	case taken:
		e.Message, e.Hint = fmt.Sprintf("columns %d and %d are both named %s", first+1, i+1, show(name)), "rename one of them"
	default:
		return nil
	}
	return e
}
