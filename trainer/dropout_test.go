package trainer

import (
	"math"
	"slices"
	"testing"
)

// dropped is which inputs modality dropout leaves of rows that have those in
// has: by input and row.
func dropped(p float64, seed uint64, epoch int, names []string, rows []int, has func(input, row int) bool) [][]float32 {
	t := &Trainer{Config: Config{ModalityDropout: p}, dropout: modalityKeys(seed, names), state: state{Epoch: epoch}}
	var left [][]float32
	for m := range names {
		present := make([]float32, len(rows))
		for i, row := range rows {
			if has(m, row) {
				present[i] = 1
			}
		}
		left = append(left, present)
	}
	t.dropModalities(rows, left)
	return left
}

func all(int, int) bool { return true }

func rowsUpTo(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

var three = []string{"picture", "caption", "facts"}

// A row never loses all of its inputs, nor gains one that it lacks.
func TestModalityDropoutKeepsOne(t *testing.T) {
	has := func(input, row int) bool { return row%8&(1<<input) != 0 }
	const n = 800
	left := dropped(0.9, 1, 0, three, rowsUpTo(n), has)
	for row := range n {
		before, after := 0, 0
		for m := range three {
			if has(m, row) {
				before++
			}
			if left[m][row] != 0 {
				after++
				if !has(m, row) {
					t.Errorf("row %d gains %s", row, three[m])
				}
			}
		}
		if before > 0 && after == 0 {
			t.Errorf("row %d loses all of %d inputs", row, before)
		}
	}
}

// Each input goes with the probability asked for, but for rows that would lose
// all: with three inputs, p - p³/3.
func TestModalityDropoutRate(t *testing.T) {
	const n, p = 20000, 0.3
	left := dropped(p, 1, 0, three, rowsUpTo(n), all)
	for m, name := range three {
		gone := 0
		for _, v := range left[m] {
			if v == 0 {
				gone++
			}
		}
		want := p - p*p*p/3
		if got := float64(gone) / n; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/n) {
			t.Errorf("%s is left out of %.3f of the rows, want %.3f", name, got, want)
		}
	}
}

// What is dropped depends on seed, epoch, row and name: not on the place in the
// batch, nor on the order of inputs.
func TestModalityDropoutIsAFunction(t *testing.T) {
	rows := rowsUpTo(50)
	first := dropped(0.4, 1, 2, three, rows, all)
	reversed := slices.Clone(rows)
	slices.Reverse(reversed)
	for m, present := range dropped(0.4, 1, 2, three, reversed, all) {
		slices.Reverse(present)
		if !slices.Equal(present, first[m]) {
			t.Errorf("%s depends on the order of rows", three[m])
		}
	}
	for m, present := range dropped(0.4, 1, 2, []string{"facts", "caption", "picture"}, rows, all) {
		if !slices.Equal(present, first[2-m]) {
			t.Errorf("%s depends on the order of inputs", three[2-m])
		}
	}
	for what, other := range map[string][][]float32{
		"seed": dropped(0.4, 2, 2, three, rows, all), "epoch": dropped(0.4, 1, 3, three, rows, all),
	} {
		if slices.Equal(other[0], first[0]) {
			t.Errorf("another %s drops the same", what)
		}
	}
	for m, present := range dropped(0, 1, 2, three, rows, all) {
		if slices.Contains(present, 0) {
			t.Errorf("without dropout %s is dropped", three[m])
		}
	}
}
