package data

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// A Column is one named column of a table, a cell a row.
type Column struct {
	Name  string
	Cells []Cell
}

// A Table holds columns of a file in memory. Rows count from 0 in code and
// from 1 in messages.
type Table struct {
	File       string
	Columns    []*Column
	Lines      []int // by row, the line on which it begins; nil for a table that was not read from a file
	BlankLines int   // stepped over while reading
	All        []string
	Bad        *BadRows // rows that are left out; nil: each is an error
	rows       int
	index      map[string]int
}

// NewTable makes a table of columns of one length. The name stands for it in
// messages.
func NewTable(name string, columns ...*Column) (*Table, error) {
	t := &Table{File: name, Columns: columns, index: make(map[string]int, len(columns))}
	for i, c := range columns {
		if i == 0 {
			t.rows = len(c.Cells)
		}
		if len(c.Cells) != t.rows {
			return nil, &Error{File: name, Column: c.Name, Message: fmt.Sprintf("the column has %s, the first one %d", plural(len(c.Cells), "row"), t.rows)}
		}
		if _, ok := t.index[c.Name]; ok {
			return nil, &Error{File: name, Column: c.Name, Message: "there are two columns of this name"}
		}
		t.index[c.Name] = i
		t.All = append(t.All, c.Name)
	}
	return t, nil
}

// Strings makes a column of texts; an empty one is a missing value.
func Strings(name string, values ...string) *Column {
	c := &Column{Name: name, Cells: make([]Cell, len(values))}
	for i, v := range values {
		if v != "" {
			c.Cells[i] = Cell{v, String}
		}
	}
	return c
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
		if len(t.Lines)%1024 == 0 {
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
		b.add(r.columns, cells, len(t.Lines))
		t.Lines = append(t.Lines, r.Line())
	}
	if err := t.require(r.columns, columns); err != nil {
		return nil, err
	}
	t.rows, t.BlankLines, t.All = len(t.Lines), r.blank, r.columns
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
			c = &Column{Name: names[i], Cells: make([]Cell, row)}
		}
		b.keep = append(b.keep, c)
	}
	kept, total := 0, 0
	for i, cell := range cells {
		total += len(cell.Text)
		if b.keep[i] != nil {
			kept += len(cell.Text)
		}
	}
	for i, cell := range cells {
		if c := b.keep[i]; c != nil {
			if 2*kept < total { // the texts of a row share memory, most of which would be kept for nothing
				cell.Text = strings.Clone(cell.Text)
			}
			c.Cells = append(c.Cells, cell)
		}
	}
}

func (b *tableBuilder) finish(rows int) ([]*Column, map[string]int) {
	var columns []*Column
	index := map[string]int{}
	for _, c := range b.keep {
		if c != nil {
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
	e := &Error{File: t.File, Row: row + 1, Column: column, Message: fmt.Sprintf(format, args...)}
	if row >= 0 && row < len(t.Lines) {
		e.Line = t.Lines[row]
	}
	return e
}
