package data

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// An As is what the cells of a column are read as.
type As string

// What cells are read as.
const (
	AsNumber   As = "number"   // a decimal number, that float32 holds
	AsCategory As = "category" // a name, taken as it is written
	AsText     As = "text"     // words
	AsDate     As = "date"     // a date or time, in the one format of its column
	AsImage    As = "image"    // the path of a file below the files folder
	AsFile     As = "file"     // the path of a file that is no image
	AsNumbers  As = "numbers"  // a list of numbers
	AsValue    As = "value"    // what its input alone can tell
)

// IsFile reports whether cells name files.
func (a As) IsFile() bool { return a == AsImage || a == AsFile }

// A CellRule says what the cells of a column mean. The same rule holds wherever a
// cell comes from: a CSV, a JSONL, a request, a value of Go, or a row that an
// exported sample reads, which is given the rule in preprocessing.json. What would
// read cells in another way is a field of it, so that no reader can miss it.
// docs/cells.md lists cases.
type CellRule struct {
	Column  string `json:"column"`
	As      As     `json:"as"`
	Missing string `json:"missing"` // what an empty cell means: error, mask or mean
	// Range bounds the numbers that are taken, inclusively: those farther than 1e9
	// standard deviations from the mean of the training rows are not, for float32
	// would lose what a layer does with them. Of a date it is age_days that is bounded.
	// nil before that is known, and of what is no number.
	Range *[2]float64 `json:"range,omitempty"`
	// Numbers is how texts write numbers. JSON's own numbers have a point.
	Numbers NumberFormat `json:"numbers,omitzero"`
	// Unit may stand behind a number or before it, as in 12 kg, $5 and -$5.
	Unit string `json:"unit,omitempty"`
	// List is how many numbers there are, of a list; nil: any.
	List *ListRule `json:"list,omitempty"`
	// Arrays says that a text of a list may name a .npy file below the folder of files.
	Arrays bool `json:"arrays,omitzero"`
	// Date is the format, of a date, and the numbers that it becomes.
	Date *DateRule `json:"date,omitempty"`
	// MissingValues are texts that stand for an empty cell, spaces and tabs around
	// them left aside.
	MissingValues []string `json:"missing_values,omitempty"`
}

// In is the rule for cells of tables of a dialect.
func (r CellRule) In(d Dialect) CellRule {
	r.MissingValues = d.MissingValues
	if r.As == AsNumber || r.As == AsNumbers {
		r.Numbers = d.Numbers()
	}
	return r
}

// A CellValue is what a cell means.
type CellValue struct {
	Missing bool // the cell is empty, and may be
	Text    string
	Number  float64   // of AsNumber; of AsDate seconds since 1970
	Numbers []float64 // of AsDate: its parts; of AsNumbers: all of them
}

// A Ruled preprocessor tells how it reads the cells of its Columns, in their order.
type Ruled interface{ Rules() []CellRule }

// Read is what a cell means. An error tells why it cannot be used, without its
// place.
func (r CellRule) Read(c Cell) (CellValue, error) {
	if c.Missing() || isMarker(r.MissingValues, c.Text) {
		if r.Missing == MissingError {
			return CellValue{}, &cellError{"the cell is empty", "fill it in, or say what it means by missing: " + r.policies()}
		}
		return CellValue{Missing: true}, nil
	}
	v := CellValue{Text: c.Text}
	if r.As == AsDate {
		d, ok := r.Date.parse(c.Text)
		if !ok {
			return CellValue{}, &cellError{fmt.Sprintf("%s is no date as %s", show(c.Text), r.Date.Name), "write it as the training rows do"}
		}
		v.Number, v.Numbers = seconds(d), r.Date.numbers(d)
		return v, r.near(v.Numbers[len(v.Numbers)-1], c, "correct it, or train on dates of its time")
	}
	var err error
	if r.As == AsNumbers {
		v.Numbers, err = r.numberList(c)
		return v, err
	}
	if r.As != AsNumber {
		return v, nil
	}
	if v.Number, err = r.Numbers.ofUnit(c, r.Unit); err != nil {
		return CellValue{}, err
	}
	return v, r.near(v.Number, c, "correct it, or use transform: log or quantile")
}

// near refuses what Range leaves out.
func (r CellRule) near(v float64, c Cell, hint string) error {
	if b := r.Range; b != nil && (v < b[0] || v > b[1]) {
		return &cellError{show(c.Text) + " lies more than 1e9 standard deviations from the mean of the training rows", hint}
	}
	return nil
}

// policies are what missing may be instead of error.
func (r CellRule) policies() string {
	if r.As == AsNumber || r.As == AsDate {
		return "mask or mean"
	}
	return "mask"
}

// cellError is why a cell cannot be used: message and hint apart, so that the
// caller can add file, row and column.
type cellError struct{ message, hint string }

func (e *cellError) Error() string {
	if e.hint == "" {
		return e.message
	}
	return e.message + " (" + e.hint + ")"
}

// read is CellRule.Read of a cell of the table, named in the error.
func (t *Table) read(r CellRule, column *Column, row int) (CellValue, error) {
	r.Numbers = t.Numbers
	v, err := r.Read(column.Cell(row))
	if bad, ok := err.(*cellError); ok {
		e := t.Errorf(row, column.Name, "%s", bad.message)
		e.Hint = bad.hint
		return v, e
	}
	return v, err
}

// number is the number of a cell, of an answer.
func (t *Table) number(column *Column, row int, unit string) (float64, error) {
	v, err := t.read(CellRule{Column: column.Name, As: AsNumber, Unit: unit}, column, row)
	return v.Number, err
}

// JSONCell is a value of JSON as a cell: nil, a string, a json.Number or a bool, as
// a json.Decoder with UseNumber gives them. Anything else is an error without a
// place.
func JSONCell(token any) (Cell, error) {
	switch v := token.(type) {
	case nil:
		return Cell{}, nil
	case string:
		return Cell{v, String}, CheckCell(v)
	case json.Number:
		return Cell{v.String(), Number}, nil
	case bool:
		return Cell{strconv.FormatBool(v), Bool}, nil
	}
	return Cell{}, &cellError{"the value is an object or an array", "write a string, a number, true, false or null"}
}

// CheckCell refuses the text of a cell that no column may have, whatever it is
// read as.
func CheckCell(text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return &cellError{"the cell holds a NUL byte", "take it out; no text has one"}
	}
	return nil
}
