package data

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// ReadNumbers is ReadCell of a list of numbers, which may stand in a .npy file that the
// cell names, of one axis. A file that is not there, where rows may lack the input, counts
// as an empty cell, and is noted. Without files, a cell is never a name.
func (t *Table) ReadNumbers(r CellRule, row int, files Files, notes *Notes) (CellValue, error) {
	if t == nil {
		return CellValue{}, errNoTable
	}
	column, err := t.Column(r.Column)
	if err != nil {
		return CellValue{}, err
	}
	cell := column.Cell(row)
	if r.As != AsNumbers || files == nil || cell.Kind != String || !IsArrayFile(cell.Text) {
		return t.read(r, column, row)
	}
	b, err := files.ReadFile(strings.TrimSpace(cell.Text))
	if errors.Is(err, fs.ErrNotExist) && r.Missing == MissingMask {
		notes.Cell(r.Column, NoFile)
		return CellValue{Missing: true}, nil
	}
	var values []float64
	var shape []int
	if err == nil {
		if values, shape, err = ReadNPY(b); err == nil && len(shape) != 1 {
			err = &cellError{fmt.Sprintf("the array has %d axes, expected one", len(shape)), "save one row of it to a file, or flatten it by .ravel()"}
		}
	}
	if err == nil {
		values, err = r.fit(values)
	}
	if err != nil {
		e := t.Errorf(row, r.Column, "%s", show(cell.Text))
		var bad *cellError
		if errors.As(err, &bad) {
			e.Message += ": " + bad.message
			e.Hint = bad.hint
			return CellValue{}, e
		}
		e.Err = err
		return CellValue{}, e
	}
	return CellValue{Text: cell.Text, Numbers: values}, nil
}
