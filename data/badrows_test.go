package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// readBad reads a table of which some rows may be bad.
func readBad(text string, f Format, most int) (*Table, error) {
	r, err := NewReader(strings.NewReader(text), "t", Options{Format: f, Bad: &BadRows{Most: most}})
	if err != nil {
		return nil, err
	}
	return ReadAll(context.Background(), r)
}

// A row that is not well-formed is left out where the next one can be found; it
// keeps its number, and the rows around it their cells and lines.
func TestBadForms(t *testing.T) {
	for _, c := range []struct {
		format Format
		text   string
		reason string
	}{
		{CSV, "a,b\n1,2\n3\n\n5,6\n", "1 cell"},
		{CSV, "a,b\n1,2\n3,4,\"x\ny\"\n5,6\n", "3 cells"},
		{TSV, "a\tb\n1\t2\n3\t\x00\n\n5\t6\n", "NUL"},
		{JSONL, "{\"a\":1,\"b\":2}\n{\"a\":\n\n{\"a\":5,\"b\":6}\n", "ends inside"},
		{JSONL, "{\"a\":1,\"b\":2}\n[1]\n\n{\"a\":5,\"b\":6}\n", "object"},
		{JSONL, "{\"a\":1,\"b\":2}\n{\"a\":3,\"a\":4}\n\n{\"a\":5,\"b\":6}\n", "twice"},
		{JSONL, "{\"a\":1,\"b\":2}\n{\"b\":4,\"a\":{}}\n\n{\"a\":5,\"b\":6}\n", "an object or an array"},
	} {
		tab, err := readBad(c.text, c.format, 1)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		bad, lines := tab.Bad.Rows(), []int{2, 3, 5}
		if c.format == JSONL { // which has no header
			lines = []int{1, 2, 4}
		}
		if tab.Len() != 3 || len(bad) != 1 || bad[0].Row != 2 || bad[0].Line != lines[1] || !strings.Contains(bad[0].Reason, c.reason) || !slices.Equal(lineNumbers(tab), lines) {
			t.Errorf("%q: %d rows on lines %v, left out are %+v", c.text, tab.Len(), lineNumbers(tab), bad)
			continue
		}
		for row, want := range []string{"1 2", " ", "5 6"} {
			if got := tab.Columns[0].Cell(row).Text + " " + tab.Columns[1].Cell(row).Text; got != want {
				t.Errorf("%q: row %d is %q, want %q", c.text, row+1, got, want)
			}
		}
		var e *Error
		if _, err := readBad(c.text, c.format, 0); !errors.As(err, &e) || e.Row != 2 || !strings.Contains(e.Error(), c.reason) {
			t.Errorf("%q, with none left out: %v", c.text, err)
		}
	}
	// Where the next row begins is not known, or the file is to blame.
	for _, text := range []string{"a,b\n1,2\n\"3,4\n5,6\n", "a,b\n1,2\n3\"x,4\n5,6\n", "a\n1\n\n2\n", "", "a,a\n1,2\n", "a\n"} {
		if tab, err := readBad(text, CSV, 9); err == nil {
			t.Errorf("%q: read as %d rows", text, tab.Len())
		}
	}
}

// The limit counts rows, not mistakes, and a reader goes on failing after it.
func TestBadRowsLimit(t *testing.T) {
	r, err := NewReader(strings.NewReader("a,b\n1\n2\n3\n4,5\n"), "t", Options{Format: CSV, Bad: &BadRows{Most: 2}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if cells, err := r.Next(); err != nil || len(cells) != 2 || !cells[0].Missing() {
			t.Fatalf("%v, %v", cells, err)
		}
	}
	for range 2 {
		if _, err := r.Next(); err == nil || err == io.EOF || !strings.Contains(err.Error(), "row 3 (line 4)") || !strings.Contains(err.Error(), "2 rows that data.max_bad_rows allows") {
			t.Fatalf("%v", err)
		}
	}
	b := &BadRows{Most: 1}
	for range 3 {
		if err := b.skip(&Error{Row: 4, Message: "bad"}); err != nil {
			t.Errorf("a second mistake of a row: %v", err)
		}
	}
	for _, err := range []error{&Error{Row: 5}, &Error{Message: "of no row"}, errors.New("other"), &Error{Row: 4, lost: true}} {
		if b.skip(err) == nil {
			t.Errorf("%v was left out", err)
		}
	}
	if b.Len() != 1 || !b.Has(3) || b.Has(4) || (*BadRows)(nil).Has(0) || (*BadRows)(nil).Len() != 0 {
		t.Errorf("%d rows, %v", b.Len(), b.Rows())
	}
}

// Rows whose cells say how to split and cannot be read are in no split, and a
// row that turns out to be bad later moves no other.
func TestBadRowsOfSplits(t *testing.T) {
	const n = 40
	table := func() *Table {
		groups, times, strata := make([]string, n), make([]string, n), make([]string, n)
		for i := range n {
			groups[i], times[i], strata[i] = fmt.Sprint("g", i/4), fmt.Sprint(i/2), "ab"[i%2:][:1]
		}
		groups[3], times[17], times[39], strata[5] = "", "soon", "", ""
		tab, err := NewTable("t", Strings("g", groups...), Strings("t", times...), Strings("s", strata...))
		if err != nil {
			t.Fatal(err)
		}
		tab.Bad = &BadRows{Most: 4}
		return tab
	}
	for name, c := range map[string]struct {
		config SplitConfig
		bad    []int
	}{
		"group":  {SplitConfig{Group: "g"}, []int{3}},
		"time":   {SplitConfig{Time: "t"}, []int{17, 39}},
		"values": {SplitConfig{Stratify: "s"}, []int{5}},
		"chance": {SplitConfig{}, nil},
	} {
		tab := table()
		first, err := c.config.Split(tab, 1)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := tab.Bad.Len(); n != len(c.bad) {
			t.Errorf("%s: %d rows are bad, want %v", name, n, c.bad)
		}
		if err := tab.Skip(tab.Errorf(20, "x", "an image that is none")); err != nil {
			t.Fatal(err)
		}
		again, err := c.config.Split(tab, 1)
		if err != nil {
			t.Fatal(err)
		}
		all := 0
		for i, rows := range first.rows() {
			want := slices.DeleteFunc(slices.Clone(rows), func(row int) bool { return row == 20 })
			if !slices.Equal(again.rows()[i], want) {
				t.Errorf("%s: split %d is %v, want %v", name, i, again.rows()[i], want)
			}
			all += len(want)
		}
		if all != n-len(c.bad)-1 {
			t.Errorf("%s: %d rows in splits", name, all)
		}
		if last := tab.Bad.Rows(); last[slices.IndexFunc(last, func(r SkippedRow) bool { return r.Row == 21 })].Split == "" {
			t.Errorf("%s: no split of row 21", name)
		}
	}
}
