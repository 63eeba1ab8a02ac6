package data

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
)

// BadRows are the rows of a table that cannot be used for what stands in them,
// and how many of them may be left out. Such a row keeps its number, has no
// cells, and is in no split. What is wrong with the file or with a whole column
// is an error however many rows may be bad.
//
// A nil *BadRows leaves none out. It is safe for use by many goroutines.
type BadRows struct {
	Most int    // rows that may be left out
	By   string // what allows it, for messages; default data.max_bad_rows and its value
	Did  string // what is done with them; default left out

	mu   sync.Mutex
	rows map[int]*SkippedRow // by index
}

// A SkippedRow is a row that was left out. The first row of the table is 1.
type SkippedRow struct {
	Row    int    `json:"row"`
	Line   int    `json:"line,omitempty"`
	Column string `json:"column,omitempty"` // empty where the whole row is to blame
	Split  string `json:"split,omitempty"`  // empty where its cell is what cannot be read
	Reason string `json:"reason"`
}

// Any takes however many rows there are, as asked for by what is named; did is what
// becomes of them.
func Any(by, did string) *BadRows { return &BadRows{Most: math.MaxInt, By: by, Did: did} }

// did says what is done with the rows.
func (b *BadRows) did() string { return cmp.Or(b.Did, "left out") }

// by says what allows rows to be left out.
func (b *BadRows) by() string {
	if b.By != "" {
		return b.By
	}
	return fmt.Sprintf("data.max_bad_rows is %d", b.Most)
}

// Has says whether a row is left out; it counts from 0.
func (b *BadRows) Has(row int) bool {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rows[row] != nil
}

// Clone is a copy, which may leave out as many rows.
func (b *BadRows) Clone() *BadRows {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return &BadRows{Most: b.Most, By: b.By, Did: b.Did, rows: maps.Clone(b.rows)}
}

// Len is how many rows are left out.
func (b *BadRows) Len() int {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.rows)
}

// Rows lists what is left out, in the order of the table.
func (b *BadRows) Rows() []SkippedRow {
	all := []SkippedRow{}
	if b == nil {
		return all
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, row := range sortedRows(b.rows) {
		all = append(all, *b.rows[row])
	}
	return all
}

func sortedRows(m map[int]*SkippedRow) []int {
	rows := make([]int, 0, len(m))
	for row := range m {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	return rows
}

// skip leaves out the row that an error names. It returns the error where it
// names none, or one row more than may be left out.
func (b *BadRows) skip(err error) error {
	var e *Error
	if b == nil || b.Most < 1 || !errors.As(err, &e) || e.Row == 0 || e.lost {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rows[e.Row-1] != nil {
		return nil
	}
	if len(b.rows) == b.Most {
		over := *e
		if over.Hint != "" {
			over.Hint += "; "
		}
		over.Hint += fmt.Sprintf("it is one more than the %s that data.max_bad_rows allows", plural(b.Most, "row"))
		return &over
	}
	if b.rows == nil {
		b.rows = map[int]*SkippedRow{}
	}
	reason := *e
	reason.File, reason.Row, reason.Line, reason.Column, reason.Hint = "", 0, 0, "", ""
	b.rows[e.Row-1] = &SkippedRow{Row: e.Row, Line: e.Line, Column: e.Column, Reason: reason.Error()}
	return nil
}

// place notes the split that a row would be in.
func (b *BadRows) place(row int, split string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows[row].Split = split
}

// Skip is BadRows.skip of the table.
func (t *Table) Skip(err error) error { return t.Bad.skip(err) }

// Usable are those of some rows that are not left out.
func (t *Table) Usable(rows []int) []int {
	return slices.DeleteFunc(slices.Clone(rows), t.Bad.Has)
}
