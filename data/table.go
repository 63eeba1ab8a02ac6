package data

import (
	"context"
	"fmt"
	"io"
)

// A Table holds columns of a file in memory. Rows count from 0 in code and
// from 1 in messages.
type Table struct {
	File       string
	Columns    []*Column
	BlankLines int // stepped over while reading
	All        []string
	Bad        *BadRows // rows that are left out; nil: each is an error
	lines      lineTable
	rows       int
	index      map[string]int
}

// NewTable makes a table of columns of one length. The name stands for it in
// messages.
func NewTable(name string, columns ...*Column) (*Table, error) {
	t := &Table{File: name, Columns: columns, index: make(map[string]int, len(columns))}
	for i, c := range columns {
		if i == 0 {
			t.rows = c.Len()
		}
		if c.Len() != t.rows {
			return nil, &Error{File: name, Column: c.Name, Message: fmt.Sprintf("the column has %s, the first one %d", plural(c.Len(), "row"), t.rows)}
		}
		if _, ok := t.index[c.Name]; ok {
			return nil, &Error{File: name, Column: c.Name, Message: "there are two columns of this name"}
		}
		t.index[c.Name] = i
		t.All = append(t.All, c.Name)
	}
	return t, nil
}

// With is the table with other columns, of the same rows.
func (t *Table) With(columns ...*Column) (*Table, error) {
	w, err := NewTable(t.File, columns...)
	if err != nil {
		return nil, err
	}
	w.BlankLines, w.Bad, w.lines = t.BlankLines, t.Bad, t.lines
	return w, nil
}

// ReadTable reads the named columns of a file into memory, or all of them if
// none is named. A name that the file lacks is an *Error with the nearest one
// that it has.
func ReadTable(ctx context.Context, path string, columns ...string) (*Table, error) {
	r, err := Open(path, Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return ReadAll(ctx, r, columns...)
}

// ReadAll reads the rest of a reader into a table, as ReadTable does.
func ReadAll(ctx context.Context, r *Reader, columns ...string) (*Table, error) {
	t := &Table{File: r.name, Bad: r.bad}
	if _, grows := r.src.(*jsonlSource); !grows {
		if err := t.require(r.columns, columns); err != nil { // before the rows are read
			return nil, err
		}
	}
	want := make(map[string]bool, len(columns))
	for _, name := range columns {
		want[name] = true
	}
	b := tableBuilder{all: len(columns) == 0, want: want}
	for {
		if t.lines.rows%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		cells, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		b.add(r.columns, cells, t.lines.rows)
		t.lines.add(r.Line())
	}
	if err := t.require(r.columns, columns); err != nil {
		return nil, err
	}
	t.rows, t.BlankLines, t.All = t.lines.rows, r.blank, r.columns
	t.Columns, t.index = b.finish(t.rows)
	return t, nil
}

// tableBuilder gathers rows into columns. Columns may appear late.
type tableBuilder struct {
	all  bool
	want map[string]bool
	keep []*Column // by the reader's column; nil for one that is not wanted
}

func (b *tableBuilder) add(names []string, cells []Cell, row int) {
	for i := len(b.keep); i < len(names); i++ {
		var c *Column
		if b.all || b.want[names[i]] {
			c = &Column{Name: names[i]}
			c.appendNulls(row)
		}
		b.keep = append(b.keep, c)
	}
	for i, cell := range cells {
		if c := b.keep[i]; c != nil {
			c.Append(cell)
		}
	}
}

func (b *tableBuilder) finish(rows int) ([]*Column, map[string]int) {
	var columns []*Column
	index := map[string]int{}
	for _, c := range b.keep {
		if c != nil {
			c.seal()
			index[c.Name] = len(columns)
			columns = append(columns, c)
		}
	}
	return columns, index
}

// require checks that the table has every column of a list.
func (t *Table) require(have, want []string) error {
	set := make(map[string]bool, len(have))
	for _, name := range have {
		set[name] = true
	}
	for _, name := range want {
		if !set[name] {
			return t.noColumn(name, have)
		}
	}
	return nil
}

func (t *Table) noColumn(name string, have []string) error {
	return &Error{File: t.File, Message: "the table has no column " + show(name), Hint: suggest(name, have)}
}

// Len is the number of rows.
func (t *Table) Len() int { return t.rows }

// Column finds a column by name. One that is not there is an *Error that names
// the nearest.
func (t *Table) Column(name string) (*Column, error) {
	if i, ok := t.index[name]; ok {
		return t.Columns[i], nil
	}
	return nil, t.noColumn(name, t.All)
}

// Has reports whether the table holds a column.
func (t *Table) Has(name string) bool {
	_, ok := t.index[name]
	return ok
}

// Errorf is an error about a cell; the row counts from 0, and -1 stands for
// the whole column.
func (t *Table) Errorf(row int, column, format string, args ...any) *Error {
	return &Error{File: t.File, Row: row + 1, Line: t.Line(row), Column: column, Message: fmt.Sprintf(format, args...)}
}

// Line is the line of the file on which a row begins; 0 of a table that was not
// read from a file.
func (t *Table) Line(row int) int { return t.lines.of(row) }

// SetLines notes the line on which each row begins, for messages.
func (t *Table) SetLines(lines []int) {
	t.lines = lineTable{}
	for _, line := range lines {
		t.lines.add(line)
	}
}
