// Package modalitytest holds a data.Preprocessor to what all of them promise, and has
// what the tests of one need: a table out of a text, and one row as arrays.
package modalitytest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
)

// Rows are 0 to n-1.
func Rows(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// Read reads a table out of a text.
func Read(t testing.TB, o data.Options, text string, columns ...string) (*data.Table, error) {
	t.Helper()
	r, err := data.NewReader(strings.NewReader(text), "data."+string(o.Format), o)
	if err != nil {
		return nil, err
	}
	return data.ReadAll(context.Background(), r, columns...)
}

// Table is Read of a text that is a table.
func Table(t testing.TB, format data.Format, text string) *data.Table {
	t.Helper()
	table, err := Read(t, data.Options{Format: format}, text)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// Slots are memory for the features of a preprocessor, of one row, filled with what an
// earlier row could have left there.
func Slots(p data.Preprocessor) []data.Slot {
	slots := data.NewSlots(p.Features(), 1)
	for _, s := range slots {
		for i := range s.F32 {
			s.F32[i] = 99
		}
		for i := range s.Int {
			s.Int[i] = 99
		}
	}
	return slots
}

// Row loads and writes a row of a table, and says whether it has the input.
func Row(t testing.TB, p data.Preprocessor, table *data.Table, row int, a data.Augment) (slots []data.Slot, notes *data.Notes, present bool) {
	t.Helper()
	notes = &data.Notes{}
	item, err := p.Load(table, row, notes)
	if err != nil {
		t.Fatal(err)
	}
	slots = Slots(p)
	p.Write(item, slots, a)
	return slots, notes, item != nil
}

// ExitCode is the exit code that an error asks for, 1 if it asks for none.
func ExitCode(err error) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 1
}
