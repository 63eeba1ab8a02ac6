package data

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// A Table holds columns of a file in memory. Rows count from 0 in code and
// from 1 in messages.
type Table struct {
	File    string
	Columns []*Column
	All     []string     // the names of all columns of the file, those that were not kept too
	Bad     *BadRows     // rows that are left out; nil: each is an error
	Numbers NumberFormat // how its texts write numbers
	// BlankLines and CommentLines were stepped over while reading.
	BlankLines, CommentLines int
	Flaws                    []Flaw // of columns that nobody uses
	lines                    lineTable
	rows                     int
	index                    map[string]int
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
	w.BlankLines, w.CommentLines, w.Flaws = t.BlankLines, t.CommentLines, t.Flaws
	w.Bad, w.Numbers, w.lines = t.Bad, t.Numbers, t.lines
	return w, nil
}

// ReadTable reads the named columns of a file into memory, or all of them if
// none is named. A name that the file lacks is an *Error with the nearest one
// that it has. It reads tables of the zero Dialect; Open those of another.
func ReadTable(ctx context.Context, path string, columns ...string) (*Table, error) {
	r, err := Open(path, Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return ReadAll(ctx, r, columns...)
}

// ReadAll reads the rest of a reader into a table, as ReadTable does. Columns
// that are named are the only ones that are used, unless the reader's options
// say so already.
func ReadAll(ctx context.Context, r *Reader, columns ...string) (*Table, error) {
	if r == nil || r.src == nil {
		return nil, errNoReader
	}
	if len(columns) > 0 {
		r.only = true
		r.used = setOf(columns)
	}
	t := &Table{File: r.name, Bad: r.bad, Numbers: r.dialect.Numbers()}
	if _, grows := r.src.(*jsonSource); !grows { // before the rows are read
		if err := r.require(t, columns); err != nil {
			return nil, err
		}
	}
	var kept []*Column // by the reader's column; nil for one that is not kept
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
		for i := len(kept); i < len(r.columns); i++ { // columns may appear late
			kept = append(kept, r.column(i, t.lines.rows))
		}
		for i, cell := range cells {
			if kept[i] != nil {
				kept[i].Append(cell)
			}
		}
		t.lines.add(r.Line())
	}
	if err := r.require(t, columns); err != nil {
		return nil, err
	}
	t.rows, t.BlankLines, t.CommentLines, t.Flaws = t.lines.rows, r.blank, r.comments, r.flaws
	t.finish(r, kept)
	return t, nil
}

// column begins a column behind some rows; nil if it is not to be kept.
func (r *Reader) column(i, rows int) *Column {
	if !r.keeps(i) {
		return nil
	}
	from := r.columns[i]
	c := &Column{Name: from.name, header: from.header, unlike: from.name != from.header}
	c.appendNulls(rows)
	return c
}

func (t *Table) finish(r *Reader, kept []*Column) {
	t.All, t.index = r.Columns(), map[string]int{}
	for i, c := range kept {
		if c == nil {
			continue
		}
		c.seal()
		if r.columns[i].named {
			t.index[c.Name] = len(t.Columns)
		}
		t.Columns = append(t.Columns, c)
	}
}

// require checks names, and that the table has every column of a list.
func (r *Reader) require(t *Table, want []string) error {
	if err := r.begin(); err != nil {
		return err
	}
	have := make(map[string]bool, len(r.columns))
	for _, c := range r.columns {
		if c.named {
			have[c.name] = true
		}
	}
	for _, name := range want {
		if !have[name] {
			return t.noColumn(name, r.Columns())
		}
	}
	return nil
}

// What a caller in Go forgot.
var (
	errNoTable  = errors.New("data: a Table is missing: ReadTable makes one, or NewTable")
	errNoReader = errors.New("data: a Reader is missing: NewReader and Open make one")
)

func (t *Table) noColumn(name string, have []string) error {
	return &Error{File: t.File, Message: "the table has no column " + show(name), Hint: suggest(name, have)}
}

// Len is the number of rows.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	return t.rows
}

// Column finds a column by name. One that is not there is an *Error that names
// the nearest.
func (t *Table) Column(name string) (*Column, error) {
	if t == nil {
		return nil, errNoTable
	}
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
	file := ""
	if t != nil {
		file = t.File
	}
	return &Error{File: file, Row: row + 1, Line: t.Line(row), Column: column, Message: fmt.Sprintf(format, args...)}
}

// Line is the line of the file on which a row begins; 0 of a table that was not
// read from a file.
func (t *Table) Line(row int) int {
	if t == nil {
		return 0
	}
	return t.lines.of(row)
}

// SetLines notes the line on which each row begins, for messages.
func (t *Table) SetLines(lines []int) {
	t.lines = lineTable{}
	for _, line := range lines {
		t.lines.add(line)
	}
}
