package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
)

// A column gives back the cells it was made of, whatever their kinds, and at
// every length around that of a block.
func TestColumnKeepsCells(t *testing.T) {
	property.Check(t, func(t *property.T) {
		n := property.SampledFrom([]int{0, 1, 2, blockRows - 1, blockRows, blockRows + 1, 3 * blockRows}).Draw(t, "cells")
		every := property.IntRange(1, 700).Draw(t, "every")
		nulls := property.Bool().Draw(t, "nulls")
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

// bytes is what a column has allocated for its cells.
func (c *Column) bytes() int {
	n := 0
	count := func(text, ends int, long map[int]string) {
		n += text + 4*ends + 48 // of the block itself
		for _, s := range long {
			n += len(s) + 32
		}
	}
	for _, b := range c.sealed {
		count(len(b.text), cap(b.ends), b.long)
	}
	if c.open.text != nil {
		count(c.open.text.Cap(), cap(c.open.ends), c.open.long)
	}
	return n
}

// A table takes at most three times its file in memory, of cells as short as they
// may be, of long ones, and of rows that are cut by line ends.
func TestTableMemory(t *testing.T) {
	for name, row := range map[string]string{
		"digits": "1,2,3,4,5,6,7,8\n", "numbers": "1.25,-3.5,0.125,17,1e5,3,2,1\n", "texts": strings.Repeat("a word, ", 30) + "end\n",
		"empty": ",,,,,,,\n", "quoted": "\"x\ny\",\"\",1,2,3,4,5,6\n", "long": strings.Repeat("x", longText+1) + ",,,,,,,\n", "narrow": "1\n",
	} {
		row := strings.ReplaceAll(row, ", ", " ")
		columns := strings.Count(strings.ReplaceAll(row, "\n", ""), ",") + 1
		var names []string
		for i := range columns {
			names = append(names, fmt.Sprint("c", i))
		}
		text := strings.Join(names, ",") + "\n" + strings.Repeat(row, max(50, 200_000/len(row)))
		table := mustRead(t, CSV, text)
		got := 16 * cap(table.lines.jumps)
		for _, c := range table.Columns {
			got += c.bytes()
		}
		if got > 3*len(text) {
			t.Errorf("%s: %d bytes in memory for %d of the file", name, got, len(text))
		}
	}
}
