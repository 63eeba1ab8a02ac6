package data

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// printed is a dataset of one column of numbers, every row loaded.
func printed(t *testing.T, values []string, s *Splits) *Dataset {
	t.Helper()
	table, err := NewTable("x.csv", Strings("x", values...))
	if err != nil {
		t.Fatal(err)
	}
	p := &measured{}
	if err := p.Fit(context.Background(), table, s.Train, &Notes{}); err != nil {
		t.Fatal(err)
	}
	d, err := NewDataset(table, []Input{{Name: "facts", Preprocessor: p}}, nil, DatasetOptions{WithoutTarget: true, Prints: true, MissingAll: true})
	if err != nil {
		t.Fatal(err)
	}
	all := make([]int, len(values))
	for i := range all {
		all[i] = i
	}
	if err := d.Prepare(context.Background(), all); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestF1b_SetOfRows(t *testing.T) {
	values := []string{"1", "2", "3", "4", "1.0", "5", "6", "", "7", "2e0"}
	s := &Splits{Train: []int{0, 1, 2, 3, 7}, Validation: []int{5}, Test: []int{6, 8}}
	d := printed(t, values, s)
	rows := NewTrainedRows(d, s, 7)
	if len(rows.hashes) != 4 || rows.rows != 4 {
		t.Errorf("%d hashes of %d rows, want 4: a row without inputs is none", len(rows.hashes), rows.rows)
	}
	got := rows.Seen(d, []int{0, 4, 5, 7, 9})
	if want := (Seen{Rows: 3, Of: 4}); got != want || !got.Surprising() {
		t.Errorf("%+v, want %+v", got, want)
	}
	if NewTrainedRows(d, s, 8).hashes[0] == rows.hashes[0] {
		t.Error("the salt changes nothing")
	}
}

// Where rows are alike, new ones are like training rows too, and that is no surprise.
func TestF1b_RowsThatAreAlike(t *testing.T) {
	values := make([]string, 400)
	s := &Splits{}
	for i := range values {
		values[i] = fmt.Sprint(i * i % 40)
		if i < 200 {
			s.Train = append(s.Train, i)
		} else {
			s.Test = append(s.Test, i)
		}
	}
	d := printed(t, values, s)
	rows := NewTrainedRows(d, s, 1)
	if got := rows.Seen(d, s.Test); got.Rows != 200 || got.ByChance != 200 || got.Surprising() {
		t.Errorf("%+v", got)
	}
	s.Test = nil // then the training rows say how alike rows are
	if got := NewTrainedRows(d, s, 1).Seen(d, s.Train); got.Rows != 200 || got.ByChance != 200 {
		t.Errorf("%+v", got)
	}
}

// Beyond a number of rows a sample of them is kept, and the same sample compared.
func TestF1b_ManyRowsAreSampled(t *testing.T) {
	const n = 8000
	values := make([]string, n)
	s := &Splits{}
	for i := range values {
		values[i] = fmt.Sprint(i)
		if i%2 == 0 {
			s.Train = append(s.Train, i)
		} else {
			s.Test = append(s.Test, i)
		}
	}
	d := printed(t, values, s)
	rows := NewTrainedRows(d, s, 3)
	rows.shorten(1100)
	if len(rows.hashes) > 1100 || len(rows.hashes) < 800 || rows.zeros != 2 {
		t.Errorf("%d hashes with %d zeros", len(rows.hashes), rows.zeros)
	}
	if got := rows.Seen(d, s.Train); got.Of != len(rows.hashes) || got.Rows != got.Of {
		t.Errorf("of training rows: %+v", got)
	}
	if got := rows.Seen(d, s.Test); got.Rows != 0 || got.Of < 800 {
		t.Errorf("of test rows: %+v", got)
	}
	again, err := DecodeTrained(encodeTrained(t, rows))
	if err != nil || again.SplitRule != 2 || again.Rows.Seen(d, s.Train) != rows.Seen(d, s.Train) {
		t.Errorf("%+v, %v", again, err)
	}
}

func encodeTrained(t *testing.T, rows *TrainedRows) []byte {
	t.Helper()
	b, err := (&Trained{SplitRule: 2, Rows: rows}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestF1b_DamagedSetsAreRefused(t *testing.T) {
	s := &Splits{Train: []int{0, 1, 2}, Test: []int{3}}
	good := encodeTrained(t, NewTrainedRows(printed(t, []string{"1", "2", "3", "4"}, s), s, 7))
	if _, err := DecodeTrained(good); err != nil {
		t.Fatal(err)
	}
	hashes := good[bytes.Index(good, []byte(`"hashes": "`))+11:]
	swapped := NewTrainedRows(printed(t, []string{"1", "2", "3", "4"}, s), s, 7)
	slices.Reverse(swapped.hashes)
	for name, file := range map[string]string{
		"version":    strings.Replace(string(good), `"version": 1`, `"version": 2`, 1),
		"key":        strings.Replace(string(good), `"version": 1`, `"version": 1, "x": 1`, 1),
		"more":       string(good) + "{}",
		"salt":       strings.Replace(string(good), `"salt": "`, `"salt": "x`, 1),
		"fewer rows": strings.Replace(string(good), `"trained": 3`, `"trained": 2`, 1),
		"alike":      strings.Replace(string(good), `"others_alike": 0`, `"others_alike": 2`, 1),
		"zeros":      strings.Replace(string(good), `"others": 1`, `"leading_zeros": 60, "others": 1`, 1),
		"order":      string(encodeTrained(t, swapped)),
		"length":     strings.Replace(string(good), string(hashes[:4]), "", 1),
		"empty":      "",
	} {
		_, err := DecodeTrained([]byte(file))
		if err == nil || exitCode(err) != 4 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// measured is an input of the column x of numbers.
type measured struct{ Preprocessor }

// one is what measured makes of a row.
type one float64

func (one) Bytes() int { return 8 }

func (*measured) Columns() []string { return []string{"x"} }
func (*measured) MayMiss() bool     { return true }
func (*measured) Features() []Feature {
	return []Feature{{Name: "x", Shape: []int{1}}}
}
func (*measured) Fit(context.Context, *Table, []int, *Notes) error { return nil }
func (*measured) Load(t *Table, row int, _ *Notes) (Item, error) {
	v, err := t.ReadCell(CellRule{Column: "x", As: AsNumber, Missing: MissingMask}, row)
	if err != nil || v.Missing {
		return nil, err
	}
	return one(v.Number), nil
}
func (*measured) Write(item Item, dst []Slot, _ Augment) {
	v, _ := item.(one)
	dst[0].F32[0] = float32(v)
}
