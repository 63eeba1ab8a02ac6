package data

import (
	"iter"
	"strings"
)

// A Column is one named column of a table, a cell a row. It keeps its cells
// compactly: their texts one behind the other, and four bytes a cell to tell
// them apart. Reading is safe from many goroutines, once nobody appends.
type Column struct {
	Name   string  // no other column of the table has it
	header string  // in its file, where that is not Name
	unlike bool    // it is not
	sealed []block // of blockRows cells each
	open   openBlock
}

// blockRows is how many cells share one string. It is a power of two, for Cell
// finds the block of a row by its upper bits.
const blockRows = 1024

// A longer text than longText stands on its own, so that the positions in a
// block fit in 30 bits.
const longText = 1 << 16

// block is cells that share memory.
type block struct {
	text string
	// By cell, where its text ends in text, and below that, in two bits, its kind;
	// nil: every cell is null and without text.
	ends []uint32
	long map[int]string // by cell
}

func (b *block) cell(i int) Cell {
	if b.ends == nil {
		return Cell{}
	}
	kind := Kind(b.ends[i] & 3)
	if s, ok := b.long[i]; ok {
		return Cell{s, kind}
	}
	from := uint32(0)
	if i > 0 {
		from = b.ends[i-1] >> 2
	}
	return Cell{b.text[from : b.ends[i]>>2], kind}
}

// openBlock is a block that still grows.
type openBlock struct {
	text *strings.Builder // nil before the first cell
	ends []uint32
	long map[int]string
	some bool // a cell is more than null without text
}

// NewColumn makes a column of cells.
func NewColumn(name string, cells ...Cell) *Column {
	c := &Column{Name: name}
	for _, cell := range cells {
		c.Append(cell)
	}
	c.seal()
	return c
}

// Strings makes a column of texts; an empty one is a missing value.
func Strings(name string, values ...string) *Column {
	c := &Column{Name: name}
	for _, v := range values {
		c.Append(textCell(v))
	}
	c.seal()
	return c
}

// textCell is the cell of a text: null where it is empty.
func textCell(text string) Cell {
	if text == "" {
		return Cell{}
	}
	return Cell{text, String}
}

// Header is the column's name in the file that it was read from: mostly Name,
// but "" where it has none there, and the one it shares with another.
func (c *Column) Header() string {
	if c.unlike {
		return c.header
	}
	return c.Name
}

// Len is the number of cells.
func (c *Column) Len() int { return len(c.sealed)*blockRows + len(c.open.ends) }

// Cell is the cell of a row; the first row is 0. Its text shares memory with
// those of the rows around it.
func (c *Column) Cell(row int) Cell {
	i := row & (blockRows - 1)
	if b := row / blockRows; b < len(c.sealed) {
		return c.sealed[b].cell(i)
	}
	if row < 0 || row >= c.Len() {
		return Cell{}
	}
	open := block{c.open.text.String(), c.open.ends, c.open.long}
	return open.cell(i)
}

// All are the cells by row.
func (c *Column) All() iter.Seq2[int, Cell] {
	return func(yield func(int, Cell) bool) {
		for row := range c.Len() {
			if !yield(row, c.Cell(row)) {
				return
			}
		}
	}
}

// Cells is a copy of the cells.
func (c *Column) Cells() []Cell {
	cells := make([]Cell, c.Len())
	for row := range cells {
		cells[row] = c.Cell(row)
	}
	return cells
}

// Append adds a cell. A text of up to 64 KiB is copied; a longer one is kept.
func (c *Column) Append(cell Cell) {
	o := &c.open
	if o.text == nil {
		o.text = &strings.Builder{}
		if n := len(c.sealed); n > 0 { // the next block is probably much like the last
			o.text.Grow(len(c.sealed[n-1].text) + len(c.sealed[n-1].text)/8)
			o.ends = make([]uint32, 0, blockRows)
		}
	}
	if len(cell.Text) > longText {
		if o.long == nil {
			o.long = map[int]string{}
		}
		o.long[len(o.ends)] = cell.Text
	} else {
		o.text.WriteString(cell.Text)
	}
	o.some = o.some || cell != Cell{}
	o.ends = append(o.ends, uint32(o.text.Len())<<2|uint32(cell.Kind))
	if len(o.ends) == blockRows {
		c.sealed = append(c.sealed, o.block())
		c.open = openBlock{}
	}
}

// block is the finished block, without what it has allocated in excess.
func (o *openBlock) block() block {
	if !o.some {
		return block{}
	}
	text := o.text.String()
	if o.text.Cap() > len(text)+len(text)/4 {
		text = strings.Clone(text)
	}
	return block{text, o.ends, o.long}
}

// seal gives back what the last block has allocated in excess.
func (c *Column) seal() {
	o := &c.open
	if o.text == nil {
		return
	}
	if text := o.text.String(); o.text.Cap() > len(text)+len(text)/4 {
		o.text = &strings.Builder{}
		o.text.Grow(len(text))
		o.text.WriteString(text)
	}
	if cap(o.ends) > len(o.ends)+len(o.ends)/4 {
		o.ends = append(make([]uint32, 0, len(o.ends)), o.ends...)
	}
}

// appendNulls adds missing cells up to a number of rows.
func (c *Column) appendNulls(rows int) {
	for c.Len() < rows {
		c.Append(Cell{})
	}
}
