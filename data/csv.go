package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// csvSource reads CSV and TSV.
type csvSource struct {
	in    *csv.Reader
	cells []Cell
	end   int // the line after the last row
}

func newCSV(r *Reader, in io.Reader, o Options) (*csvSource, error) {
	s := &csvSource{in: csv.NewReader(in)}
	s.in.ReuseRecord = true
	s.in.Comma = ','
	if o.Format == TSV {
		s.in.Comma = '\t'
	}
	if o.Separator != 0 {
		s.in.Comma = o.Separator
	}
	header, err := s.in.Read()
	if err == io.EOF {
		return nil, &Error{File: r.name, Message: "the file is empty", Hint: "expected a header and at least one row"}
	}
	if err != nil {
		err = s.explain(r, header, err)
		var e *Error
		if errors.As(err, &e) {
			e.Row = 0
			return nil, e
		}
		return nil, &FileError{r.name, err}
	}
	line, _ := s.in.FieldPos(0)
	r.blank += line - 1
	if err := checkHeader(r, line, header, s.in.Comma); err != nil {
		return nil, err
	}
	r.columns = append([]string(nil), header...)
	s.cells = make([]Cell, len(header))
	s.end = s.lastLine(header) + 1
	return s, nil
}

func checkHeader(r *Reader, line int, header []string, comma rune) error {
	for _, name := range header {
		if strings.Contains(name, "\r") {
			return &Error{File: r.name, Line: line, Message: "lines end in a carriage return alone", Hint: "save the file with Unix or Windows line ends"}
		}
	}
	if len(header) == 1 {
		for _, c := range ";\t|," {
			if c != comma && strings.ContainsRune(header[0], c) {
				return &Error{File: r.name, Line: line, Message: fmt.Sprintf("the header is one column, %s, that looks separated by %q", show(header[0]), c),
					Hint: fmt.Sprintf("save the file separated by %q", comma)}
			}
		}
	}
	seen := make(map[string]int, len(header))
	for i, name := range header {
		if err := r.checkName(line, i+1, name); err != nil {
			return err
		}
		if first, ok := seen[name]; ok {
			return &Error{File: r.name, Line: line, Message: fmt.Sprintf("columns %d and %d are both named %s", first, i+1, show(name)), Hint: "rename one of them"}
		}
		seen[name] = i + 1
	}
	return nil
}

func (s *csvSource) next(r *Reader) ([]Cell, int, error) {
	record, err := s.in.Read()
	if err != nil && !errors.Is(err, csv.ErrFieldCount) {
		return nil, 0, s.explain(r, record, err)
	}
	line, _ := s.in.FieldPos(0)
	if blank := line - s.end; blank > 0 {
		if len(record) == 1 {
			e := r.errorf(s.end, "a blank line, which in a table of one column could be a missing value")
			e.lost = true // the row behind it is read
			return nil, 0, e.WithHint(`write "" for a missing value, or take the line out`)
		}
		r.blank += blank
	}
	s.end = s.lastLine(record) + 1
	if err != nil {
		return nil, 0, s.explain(r, record, err)
	}
	for i, text := range record {
		s.cells[i] = Cell{Text: text}
		if text != "" {
			s.cells[i].Kind = String
		}
	}
	return s.cells, line, nil
}

// lastLine is the line on which the row just read ends: its last cell may hold
// line ends.
func (s *csvSource) lastLine(record []string) int {
	line, _ := s.in.FieldPos(len(record) - 1)
	return line + strings.Count(record[len(record)-1], "\n")
}

// explain says in this package's words what encoding/csv found.
func (s *csvSource) explain(r *Reader, record []string, err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return err
	}
	e := r.errorf(p.StartLine, "")
	e.lost = true
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		e.lost = false
		e.Message = fmt.Sprintf("the row has %s, the header has %s", plural(len(record), "cell"), plural(len(r.columns), "column"))
		if len(record) > len(r.columns) {
			e.Hint = "put quotes around a cell that holds the separator"
		}
	case errors.Is(err, csv.ErrQuote):
		e.Message = "a quoted cell does not end where it should"
		if p.Line > p.StartLine {
			e.Message += fmt.Sprintf(": the row goes on to line %d", p.Line)
		}
		e.Hint = `inside quotes a quote is written twice: ""`
	case errors.Is(err, csv.ErrBareQuote):
		e.Message = fmt.Sprintf("a quote in the middle of an unquoted cell, at character %d of line %d", p.Column, p.Line)
		e.Hint = `put quotes around the cell and write the quote in it twice: ""`
	default:
		e.Message = p.Err.Error()
	}
	return e
}

// plural is "1 row", "2 rows".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
