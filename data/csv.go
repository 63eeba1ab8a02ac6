package data

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/internal/phrase"
)

// csvSource reads CSV and TSV.
type csvSource struct {
	in       *csvScanner
	cells    []Cell
	row      []byte // the texts of a row that are kept
	begun    bool   // the first row was read
	trailing int    // how many cells every row has more than the header: 1, 0 or -1
	end      int    // the line after the last row
	comments int    // seen up to the last row
}

func newCSV(r *Reader, in io.Reader, o Options) (*csvSource, error) {
	comment, _ := oneCharacter("comment", o.Dialect.Comment)
	s := &csvSource{in: newCSVScanner(in, o.Dialect.comma(o.Format), comment)}
	err := s.in.next()
	if err == io.EOF {
		return nil, &Error{File: r.name, Message: "the file is empty", Hint: "expected a header and at least one row"}
	}
	if err != nil {
		err = s.explain(r, err)
		var e *Error
		if errors.As(err, &e) {
			e.Row = 0
			return nil, e
		}
		return nil, &FileError{r.name, err}
	}
	header := s.record()
	r.blank += s.in.start - 1 - s.in.comments
	if err := s.checkHeader(r, header, o); err != nil {
		return nil, err
	}
	for _, name := range header {
		r.columns = append(r.columns, readColumn{header: name, line: s.in.start})
	}
	s.cells = make([]Cell, len(header))
	s.end, s.comments = s.in.line, s.in.comments
	return s, nil
}

// record are the texts of the cells just read.
func (s *csvSource) record() []string {
	var texts []string
	from := 0
	for _, end := range s.in.ends {
		texts, from = append(texts, string(s.in.text[from:end])), end
	}
	return texts
}

// checkHeader refuses a first line that is none of a table of this separator.
func (s *csvSource) checkHeader(r *Reader, header []string, o Options) error {
	for _, name := range header {
		if strings.Contains(name, "\r") {
			return &Error{File: r.name, Line: s.in.start, Message: "lines end in a carriage return alone", Hint: "save the file with Unix or Windows line ends"}
		}
	}
	if len(header) != 1 {
		return nil
	}
	for _, c := range []byte(";\t|,") {
		if c != s.in.comma && strings.IndexByte(header[0], c) >= 0 {
			return &Error{File: r.name, Line: s.in.start, Message: fmt.Sprintf("the header is one column, %s, that looks separated by %q", show(header[0]), c),
				Hint: fmt.Sprintf("set data.separator: %s, or save the file separated by %q", separatorName(c), s.in.comma)}
		}
	}
	return nil
}

// separatorName is a separator as a config has it.
func separatorName(c byte) string {
	if c == '\t' {
		return "tab"
	}
	return fmt.Sprintf("%q", string(rune(c)))
}

func (s *csvSource) next(r *Reader) ([]Cell, int, error) {
	if s.in.lax == nil && r.used != nil {
		s.in.lax = r.lax()
	}
	if err := s.in.next(); err != nil {
		if s.in.comments > s.comments {
			r.comments, s.comments = s.in.comments, s.in.comments
		}
		return nil, 0, s.explain(r, err)
	}
	line, cells := s.in.start, len(s.in.ends)
	comments := s.in.comments - s.comments
	blank := line - s.end - comments
	s.end, s.comments, r.comments = s.in.line, s.in.comments, s.in.comments
	if blank > 0 {
		if cells == 1 {
			e := r.errorf(line-blank-comments, "a blank line, which in a table of one column could be a missing value")
			e.lost = true // the row behind it is read
			return nil, 0, e.WithHint(`write "" for a missing value, or take the line out`)
		}
		r.blank += blank
	}
	if err := s.checkWidth(r, cells); err != nil {
		return nil, 0, err
	}
	return s.cut(r), line, nil
}

// checkWidth refuses a row of too few or too many cells. Where rows end in one
// more separator than the header, or one less, the first of them says so: a program
// wrote them. A row as wide as the header is never refused.
func (s *csvSource) checkWidth(r *Reader, cells int) error {
	columns := len(r.columns)
	if !s.begun && r.used != nil {
		last := r.columns[columns-1]
		switch n := len(s.in.ends); {
		case cells == columns+1 && n > 1 && s.in.ends[n-1] == s.in.ends[n-2]:
			s.trailing = 1
			r.flaw(columns, "rows end in a separator that the header lacks", 0)
		case cells == columns-1 && last.header == "" && columns > 1:
			s.trailing = -1
		}
	}
	s.begun = true
	n := len(s.in.ends)
	if cells == columns || cells == columns+s.trailing && (s.trailing < 1 || s.in.ends[n-1] == s.in.ends[n-2]) {
		return nil
	}
	e := r.errorf(s.in.start, "the row has %s, the header has %s", plural(cells, "cell"), plural(columns, "column"))
	if cells > columns {
		e.Hint = "put quotes around a cell that holds the separator"
	}
	return e
}

// cut makes cells of the record. The texts of those that are kept share one
// string.
func (s *csvSource) cut(r *Reader) []Cell {
	for _, cell := range s.in.large {
		if cell < len(r.columns) {
			r.flaw(cell, fmt.Sprintf("cells are larger than %d MiB", mostCellBytes>>20), r.row+1)
		}
	}
	s.row = s.row[:0]
	sound := utf8.Valid(s.in.text) && bytes.IndexByte(s.in.text, 0) < 0
	from := 0
	for i, end := range s.in.ends[:min(len(s.in.ends), len(s.cells))] {
		if text := s.in.text[from:end]; r.keeps(i) {
			s.row = append(s.row, text...)
		} else if !sound {
			r.countFault(i, string(text))
		}
		from = end
	}
	row := string(s.row)
	from = 0
	at := 0
	for i := range s.cells {
		s.cells[i] = Cell{}
		if i >= len(s.in.ends) {
			continue
		}
		if n := s.in.ends[i] - from; n > 0 && r.keeps(i) {
			s.cells[i] = Cell{row[at : at+n], String}
			at += n
		}
		from = s.in.ends[i]
	}
	return s.cells
}

// explain says in words what the scanner found.
func (s *csvSource) explain(r *Reader, err error) error {
	var f *scanError
	if !errors.As(err, &f) {
		return err
	}
	e := r.errorf(s.in.start, "")
	e.lost = true
	on := ""
	if s.in.line > s.in.start {
		on = fmt.Sprintf(": the row goes on to line %d", s.in.line)
	}
	switch f.kind {
	case openQuote:
		e.Message = "a quoted cell does not end where it should" + on
		e.Hint = `inside quotes a quote is written twice: ""`
	case bareQuote:
		e.Message = fmt.Sprintf("a quote in the middle of an unquoted cell, at character %d of line %d", f.character, s.in.line)
		e.Hint = `put quotes around the cell and write the quote in it twice: ""`
	case longCell:
		e.Message = fmt.Sprintf("the cell is larger than %d MiB%s", mostCellBytes>>20, on)
		e.Hint = `is there a quote that nobody closes? Inside quotes a quote is written twice: ""`
		if f.cell < len(r.columns) {
			e.Column = r.columns[f.cell].header
		}
	case longRow:
		e.Message = fmt.Sprintf("the row is larger than %d MiB%s", mostRowBytes>>20, on)
		e.Hint = "is the file a table?"
	case manyCells:
		e.Message = fmt.Sprintf("the row has more than %d cells%s", mostRowCells, on)
		e.Hint = "is the file a table?"
	}
	return e
}

// plural is "1 row", "2 rows".
func plural(n int, noun string) string { return phrase.Count(n, noun) }

// lax are the columns whose cells are not kept.
func (r *Reader) lax() []bool {
	lax := make([]bool, len(r.columns))
	for i := range lax {
		lax[i] = !r.keeps(i)
	}
	return slices.Clip(lax)
}
