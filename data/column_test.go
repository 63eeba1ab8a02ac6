package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A column gives back the cells it was made of, whatever their kinds, and at
// every length around that of a block.
func TestColumnKeepsCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 2, blockRows - 1, blockRows, blockRows + 1, 3 * blockRows}).Draw(t, "cells")
		every := rapid.IntRange(1, 700).Draw(t, "every")
		nulls := rapid.Bool().Draw(t, "nulls")
		var want []Cell
		for i := range n {
			cell := Cell{fmt.Sprint(i), Kind(i % 4)}
			switch {
			case nulls && i < blockRows:
				cell = Cell{}
			case i%every == 0:
				cell = Cell{strings.Repeat(fmt.Sprint(i%10), longText+i%3-1), String}
			case i%7 == 0:
				cell.Text = ""
			}
			want = append(want, cell)
		}
		c := NewColumn("c", want...)
		if got := c.Cells(); !slices.Equal(got, want) {
			t.Fatalf("%d cells came back as others", n)
		}
		for row, cell := range c.All() {
			if cell != want[row] {
				t.Fatalf("row %d is another by All", row)
			}
		}
	})
}

// Lines are kept by their jumps, and every row has its own.
func TestLineTable(t *testing.T) {
	want := []int{2, 3, 4, 7, 8, 8 + 5, 14, 20}
	var l lineTable
	for _, line := range want {
		l.add(line)
	}
	for row, line := range want {
		if got := l.of(row); got != line {
			t.Errorf("row %d is on line %d, want %d", row, got, line)
		}
	}
	if l.of(-1) != 0 || l.of(len(want)) != 0 || len(l.jumps) != 4 {
		t.Errorf("%+v", l)
	}
}
