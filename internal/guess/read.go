package guess

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// mostNamed is how many cells of one kind of mistake are named; the rest are
// counted.
const mostNamed = 5

// reading is a table as far as it can be read.
type reading struct {
	table    *data.Table
	numbers  []int // by row of the table, its number in the file, from 1; nil: all rows are there
	mistakes []*data.Error
}

// read reads a table. Where a CSV or TSV has rows of too few or too many cells, or
// columns of no name or of one that is taken, they are mistakes, and the other rows
// are looked at all the same.
func read(ctx context.Context, path string) (*reading, error) {
	t, err := readLeniently(ctx, path)
	var bad *data.Error
	if err == nil || !errors.As(err, &bad) {
		return &reading{table: t}, err
	}
	comma, ok := map[string]rune{".csv": ',', ".tsv": '\t'}[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return nil, err
	}
	f, openErr := os.Open(path)
	if openErr != nil {
		return nil, err
	}
	defer f.Close()
	l := lenient{file: path}
	if lenientErr := l.read(f, comma); lenientErr == nil && len(l.mistakes) > 0 {
		return &l.reading, nil
	}
	return nil, err // in the reader's own words
}

// readLeniently leaves out rows that cannot be read.
func readLeniently(ctx context.Context, path string) (*data.Table, error) {
	r, err := data.Open(path, data.Options{Bad: &data.BadRows{Most: math.MaxInt}})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return data.ReadAll(ctx, r)
}

// lenient reads what a data.Reader refuses.
type lenient struct {
	reading
	file   string
	ragged int
}

func (l *lenient) read(src io.Reader, comma rune) error {
	buf := bufio.NewReader(src)
	if mark, err := buf.Peek(3); err == nil && string(mark) == "\ufeff" {
		if _, err := buf.Discard(3); err != nil {
			return err
		}
	}
	in := csv.NewReader(buf)
	in.Comma, in.FieldsPerRecord = comma, -1
	header, err := in.Read()
	if err != nil {
		return err
	}
	if len(header) < 2 {
		return errors.New("one column, most likely of another separator")
	}
	line, _ := in.FieldPos(0)
	names := l.names(header, line)
	columns := make([]*data.Column, len(names))
	for i, name := range names {
		columns[i] = &data.Column{Name: name}
	}
	var lines []int
	for row := 1; ; row++ {
		cells, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		line, _ := in.FieldPos(0)
		if len(cells) != len(names) {
			l.raggedRow(row, line, len(cells), len(names))
			continue
		}
		for i, text := range cells {
			columns[i].Append(cell(text))
		}
		lines, l.numbers = append(lines, line), append(l.numbers, row)
	}
	if l.ragged > mostNamed {
		l.add(0, 0, "", fmt.Sprintf("%d more rows do not have %d cells", l.ragged-mostNamed, len(names)), "")
	}
	if len(lines) == 0 {
		return errors.New("no rows")
	}
	if l.table, err = data.NewTable(l.file, columns...); err != nil {
		return err
	}
	l.table.SetLines(lines)
	l.table.Bad = &data.BadRows{Most: math.MaxInt}
	return nil
}

func cell(text string) data.Cell {
	if text == "" {
		return data.Cell{}
	}
	return data.Cell{Text: text, Kind: data.String}
}

// names are those of the header, made different from each other.
func (l *lenient) names(header []string, line int) []string {
	first, names := map[string]int{}, make([]string, len(header))
	for i, name := range header {
		switch at, taken := first[name]; {
		case name == "":
			l.add(0, line, "", fmt.Sprintf("column %d has no name", i+1), "name it, or take it out")
			name = fmt.Sprintf("column %d", i+1)
		case taken:
			l.add(0, line, name, fmt.Sprintf("columns %d and %d are both named so", at+1, i+1), "rename one of them")
			name = fmt.Sprintf("%s (column %d)", name, i+1)
		}
		first[name], names[i] = i, name
	}
	return names
}

func (l *lenient) raggedRow(row, line, have, want int) {
	l.ragged++
	if l.ragged > mostNamed {
		return
	}
	hint := "every row needs a cell for each column, be it an empty one"
	if have > want {
		hint = "put quotes around a cell that holds the separator"
	}
	l.add(row, line, "", fmt.Sprintf("the row has %d cells, the header has %d columns", have, want), hint)
}

func (l *lenient) add(row, line int, column, message, hint string) {
	l.mistakes = append(l.mistakes, &data.Error{File: l.file, Row: row, Line: line, Column: column, Message: message, Hint: hint})
}
