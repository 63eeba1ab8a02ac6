package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// MostNumbers bounds a list of numbers in a cell.
const MostNumbers = 1 << 20

// A ListRule says how many numbers a cell of AsNumbers has.
type ListRule struct {
	Length int  `json:"length"`         // of what the model is given
	Short  bool `json:"short,omitzero"` // fewer may be there; the rest is filled up with NaN
	Long   bool `json:"long,omitzero"`  // more may be there; the rest is cut off
}

// numberList reads a list of numbers: one of JSON, or numbers with spaces between
// them, written as the table's are. It is as long as the rule says.
func (r CellRule) numberList(c Cell) ([]float64, error) {
	var out []float64
	var err error
	if strings.HasPrefix(strings.TrimSpace(c.Text), "[") {
		out, err = jsonNumbers(c.Text)
	} else {
		for i, w := range strings.Fields(c.Text) {
			v, e := r.Numbers.ofUnit(Cell{Text: w, Kind: String}, "")
			if e != nil {
				return nil, listError(i, e)
			}
			out = append(out, v)
		}
	}
	if err != nil {
		return nil, err
	}
	return r.fit(out)
}

// listError names the number of a list that an error is about.
func listError(i int, err error) error {
	var bad *cellError
	if errors.As(err, &bad) {
		return &cellError{fmt.Sprintf("number %d of the list: %s", i+1, bad.message), bad.hint}
	}
	return err
}

// jsonNumbers are those of an array of JSON.
func jsonNumbers(text string) ([]float64, error) {
	wrong := &cellError{show(text) + " is no list of numbers", "write [0.5, 1, 2], or numbers with spaces between them"}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, wrong
	}
	var out []float64
	for d.More() {
		t, err := d.Token()
		n, ok := t.(json.Number)
		if err != nil || !ok {
			return nil, wrong
		}
		v, err := n.Float64()
		if err != nil || math.Abs(v) > math.MaxFloat32 {
			return nil, &cellError{fmt.Sprintf("number %d of the list: %s is too large", len(out)+1, show(n.String())), "no number beyond 3.4e38 is taken"}
		}
		if out = append(out, v); len(out) > MostNumbers {
			return nil, wrong
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, wrong
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, wrong
	}
	return out, nil
}

// fit makes a list as long as the rule says.
func (r CellRule) fit(v []float64) ([]float64, error) {
	l := r.List
	switch {
	case len(v) == 0:
		return nil, &cellError{"the list has no numbers", "leave the cell empty if there are none"}
	case l == nil || len(v) == l.Length:
		return v, nil
	case len(v) > l.Length && l.Long:
		return v[:l.Length], nil
	case len(v) < l.Length && l.Short:
		for len(v) < l.Length {
			v = append(v, math.NaN())
		}
		return v, nil
	}
	return nil, &cellError{fmt.Sprintf("the list has %d numbers, expected %d", len(v), l.Length), "make all lists of the column as long"}
}

// listCell is an array of JSON as it stands in a row, for a column of lists. It is only
// looked at by the rule of the column.
func listCell(text []byte) Cell {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return Cell{string(text), Number}
	}
	return Cell{b.String(), Number}
}

// ReadCell is what a cell of the table means by a rule, for preprocessors of other
// packages. An error is an *Error with its place.
func (t *Table) ReadCell(r CellRule, row int) (CellValue, error) {
	if t == nil {
		return CellValue{}, errNoTable
	}
	column, err := t.Column(r.Column)
	if err != nil {
		return CellValue{}, err
	}
	return t.read(r, column, row)
}

// Lists are the columns of inputs whose cells are lists of numbers, which may be arrays
// in a table of JSON.
func Lists(inputs []Input) []string {
	var names []string
	for _, in := range inputs {
		for _, f := range FieldsOf(in.Preprocessor) {
			if f.Type == AsNumbers {
				names = append(names, f.Name)
			}
		}
	}
	return names
}
