package data

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxKeys bounds the columns of a JSONL: a file in which each row has keys of
// its own would otherwise become a table of rows times rows.
const maxKeys = 10_000

// jsonlSource reads one JSON object a line.
type jsonlSource struct {
	in    *bufio.Reader
	line  int // lines read so far
	index map[string]int
	cells []Cell
	seen  []int // by column, the last row that has it
}

func (s *jsonlSource) next(r *Reader) ([]Cell, int, error) {
	for blank := 0; ; {
		text, err := s.in.ReadBytes('\n')
		if err != nil && (err != io.EOF || len(text) == 0) {
			return nil, 0, err
		}
		s.line++
		text = bytes.Trim(text, " \t\r\n")
		if len(text) == 0 {
			blank++
			continue
		}
		clear(s.cells)
		if err := s.parse(r, text); err != nil {
			return nil, 0, err
		}
		r.blank += blank
		return s.cells, s.line, nil
	}
}

// parse reads one object, token by token: json.Unmarshal would let the last of
// two equal keys win.
func (s *jsonlSource) parse(r *Reader, text []byte) error {
	if !utf8.Valid(text) {
		return r.errorf(s.line, "the line is not UTF-8").WithHint("save the file as UTF-8")
	}
	if LoneSurrogate(text) {
		return r.errorf(s.line, "half of a surrogate pair (\\ud800 to \\udfff) stands alone").WithHint("write the character itself")
	}
	if text[0] != '{' {
		e := r.errorf(s.line, "expected a JSON object, found %s", show(string(text)))
		if text[0] == '[' {
			e.Hint = "write one object a line, without the brackets of an array around them"
		}
		return e
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		return s.syntax(r, err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return s.syntax(r, err)
		}
		name, ok := key.(string)
		if !ok {
			return r.errorf(s.line, "the line is not JSON: expected a key, found %v", key)
		}
		column, err := s.column(r, name)
		if err != nil {
			return err
		}
		if s.cells[column], err = s.value(r, d, column); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return s.syntax(r, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return r.errorf(s.line, "the line goes on after its object").WithHint("write one object a line")
	}
	return nil
}

// column finds or adds the column of a key, and refuses its second use in one
// row.
func (s *jsonlSource) column(r *Reader, key string) (int, error) {
	i, ok := s.index[key]
	if !ok {
		i = len(r.columns)
		if i == maxKeys {
			e := r.errorf(s.line, "key %s is one more than the %d a table may have", show(key), maxKeys)
			e.lost = true // of the whole file
			return 0, e
		}
		if err := r.checkName(s.line, i+1, key); err != nil {
			return 0, err
		}
		s.index[key] = i
		r.columns = append(r.columns, key)
		s.cells = append(s.cells, Cell{})
		s.seen = append(s.seen, 0)
	}
	if s.seen[i] == r.row+1 {
		e := r.errorf(s.line, "the key occurs twice")
		e.Column = key
		return 0, e
	}
	s.seen[i] = r.row + 1
	return i, nil
}

func (s *jsonlSource) value(r *Reader, d *json.Decoder, column int) (Cell, error) {
	token, err := d.Token()
	if err != nil {
		return Cell{}, s.syntax(r, err)
	}
	cell, err := JSONCell(token)
	if bad, ok := err.(*cellError); ok {
		e := r.errorf(s.line, "%s", bad.message)
		e.Column, e.Hint = r.columns[column], bad.hint
		return Cell{}, e
	}
	return cell, err
}

// LoneSurrogate reports whether JSON holds an escaped half of a
// surrogate pair without its other half, for which encoding/json would put
// U+FFFD.
func LoneSurrogate(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 || i+1 >= len(text) {
			return false
		}
		r := escaped(text[i:])
		if !utf16.IsSurrogate(r) {
			text = text[i+2:]
			continue
		}
		if utf16.DecodeRune(r, escaped(text[i+6:])) == utf8.RuneError {
			return true
		}
		text = text[i+12:]
	}
}

// escaped is the code unit of the \uXXXX that text begins with, or -1.
func escaped(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	v, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(v)
}

func (s *jsonlSource) syntax(r *Reader, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return r.errorf(s.line, "the line ends inside its JSON object").WithHint("write each object on one line")
	}
	return r.errorf(s.line, "the line is not JSON: %v", err)
}
