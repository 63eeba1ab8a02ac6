package infer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/nearest"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

// A Row maps columns to values. Of an image it takes a []byte (an image file),
// an io.Reader of one, or an image.Image; of a list of numbers a []float32, a
// []float64, or a string of it; of all else a string, a number of any
// type, a json.Number or a bool. What is nil, absent or "" is missing. An *Error
// stands for a value that could not be read: the row has this error.
type Row = map[string]any

// column is one that the model reads.
type column struct {
	name   string
	file   bool // its cells are the bytes of files
	list   bool // its cells are lists of numbers
	needed bool // it may not be missing
}

// columnsOf lists the columns that inputs read, each once.
func columnsOf(inputs []data.Input) []column {
	var all []column
	for _, in := range inputs {
		for _, f := range data.FieldsOf(in.Preprocessor) {
			if i := slices.IndexFunc(all, func(c column) bool { return c.name == f.Name }); i >= 0 {
				c := &all[i]
				c.file, c.list, c.needed = c.file || f.Type.IsFile(), c.list || f.Type == data.AsNumbers, c.needed || f.Required
				continue
			}
			all = append(all, column{f.Name, f.Type.IsFile(), f.Type == data.AsNumbers, f.Required})
		}
	}
	return all
}

// fileCells is the data.Files of tables whose cells are files themselves.
type fileCells struct{}

func (fileCells) ReadFile(cell string) ([]byte, error) { return []byte(cell), nil }

// Table is rows as a table in memory, as the model's inputs read them. The
// cells of images hold their files. An error is an *Error.
func (m *Model) Table(rows []Row) (*data.Table, error) {
	if m == nil || m.bundle == nil {
		return nil, errMissing
	}
	columns := make([]*data.Column, len(m.columns))
	dialect := m.bundle.Config.Data.Dialect
	for j, c := range m.columns {
		columns[j] = &data.Column{Name: c.name}
	}
	for i, row := range rows {
		if err := m.unknown(row); err != nil { // first: a misspelt column is a missing one too
			err.Row = i
			return nil, err
		}
		for j, c := range m.columns {
			cell, err := c.cell(row[c.name], dialect)
			if err != nil {
				err.Row, err.Field = i, c.name
				return nil, err
			}
			columns[j].Append(cell)
		}
	}
	t, err := data.NewTable("", columns...)
	if err == nil {
		t.Numbers = dialect.Numbers()
	}
	return t, err
}

// unknown is the error for a column that the model does not read, nil if there
// is none: had it been meant for one that may be missing, nobody would notice.
func (m *Model) unknown(row Row) *Error {
	known := 0
	for _, c := range m.columns {
		if _, ok := row[c.name]; ok {
			known++
		}
	}
	if known == len(row) {
		return nil
	}
	var names, strange []string
	for _, c := range m.columns {
		names = append(names, c.name)
	}
	for name := range row {
		if !slices.Contains(names, name) {
			strange = append(strange, name)
		}
	}
	e := &Error{Field: slices.Min(strange), Message: "the model reads no such column", Unknown: true}
	switch best := nearest.Name(e.Field, names); {
	case slices.Contains(data.TargetColumns(m.bundle.Target), e.Field):
		e.Message, e.Hint = "this is what the model predicts", "leave it out"
	case best != "":
		e.Hint = fmt.Sprintf("did you mean %q?", best)
	default:
		e.Hint = "it reads " + listed(names)
	}
	return e
}

// listed are a few names for a message.
func listed(names []string) string {
	const most = 12
	if n := len(names) - most; n > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}

// cell is a value as a table of the dialect holds it.
func (c column) cell(value any, dialect data.Dialect) (data.Cell, *Error) {
	cell, err := c.text(value)
	if !c.file && dialect.Missing(cell.Text) {
		cell.Kind = data.Null
	}
	if err == nil && c.needed && cell.Missing() {
		err = &Error{Message: "is missing", Hint: "the model was trained on rows that all have it"}
	}
	return cell, err
}

func (c column) text(value any) (data.Cell, *Error) {
	if value == nil {
		return data.Cell{}, nil
	}
	if e, ok := value.(*Error); ok {
		unread := *e
		return data.Cell{}, &unread
	}
	if c.file {
		b, err := fileBytes(value)
		return data.Cell{Text: string(b), Kind: data.String}, err
	}
	if c.list {
		if cell, err, ok := listCell(value); ok {
			return cell, err
		}
	}
	number := func(s string) (data.Cell, *Error) { return data.Cell{Text: s, Kind: data.Number}, nil }
	switch v := value.(type) {
	case string, json.Number, bool:
		cell, err := data.JSONCell(v)
		if err != nil {
			return cell, &Error{Message: err.Error(), Err: err}
		}
		return cell, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return data.Cell{}, &Error{Message: fmt.Sprintf("is %v, which is no number to compute with", v), Hint: "nil stands for what is missing"}
		}
		return number(strconv.FormatFloat(v, 'g', -1, 64))
	case float32: // its shortest digits, as a table would have them
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return c.text(f)
		}
		return number(strconv.FormatFloat(float64(v), 'g', -1, 32))
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return number(fmt.Sprint(v))
	}
	return data.Cell{}, &Error{Message: fmt.Sprintf("is a %T, expected a text or a number", value)}
}

// listCell is a list of numbers as the text of a cell; not ok for what is no list.
func listCell(value any) (cell data.Cell, err *Error, ok bool) {
	switch v := value.(type) {
	case []float32, []float64, []int, []json.Number:
		b, e := json.Marshal(v)
		if e != nil {
			return cell, &Error{Message: "is no list of numbers to compute with: " + e.Error(), Err: e}, true
		}
		return data.Cell{Text: string(b), Kind: data.String}, nil, true
	}
	return cell, nil, false
}

// fileBytes is an image as the bytes of a file.
func fileBytes(value any) ([]byte, *Error) {
	switch v := value.(type) {
	case []byte:
		if v != nil && len(v) == 0 {
			return nil, &Error{Message: "is an empty file", Hint: "nil stands for what is missing"}
		}
		return v, nil
	case io.Reader:
		b, err := io.ReadAll(io.LimitReader(v, imaging.MaxFileBytes+1)) // one more, to see that it is too large
		if err != nil {
			return nil, &Error{Message: "cannot be read: " + err.Error(), Err: err}
		}
		return fileBytes(append([]byte{}, b...))
	case image.Image:
		var b bytes.Buffer
		if err := png.Encode(&b, v); err != nil {
			return nil, &Error{Message: "cannot be written as PNG: " + err.Error(), Err: err}
		}
		return b.Bytes(), nil
	}
	return nil, &Error{Message: fmt.Sprintf("is a %T, expected the bytes of an image file", value), Hint: "a path is not opened"}
}
