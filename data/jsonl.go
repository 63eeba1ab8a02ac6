package data

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxKeys bounds the columns of a JSONL: a file in which each row has keys of
// its own would otherwise become a table of rows times rows.
const maxKeys = 10_000

// mostNested is how deep objects and arrays of columns that nobody uses may be;
// other programs read what predict writes of them no deeper than some 1,000.
const mostNested = 500

// jsonSource reads JSON objects: one a line, or those of an array.
type jsonSource struct {
	objects objects
	line    int // of the object at hand
	index   map[string]int
	cells   []Cell
	seen    []int // by column, the last row that has it
}

// objects cuts a file into the texts of its objects.
type objects interface {
	// next is an object, the line on which it begins, and how many blank lines come
	// before. The text is valid until the next call.
	next() (text []byte, line, blank int, err error)
}

func newJSON(in *bufio.Reader, format Format) *jsonSource {
	s := &jsonSource{objects: &jsonLines{in: in}, index: map[string]int{}}
	if format == JSON && sniffFormat(in) == JSON {
		s.objects = &jsonArray{in: in, line: 1}
	}
	return s
}

func (s *jsonSource) next(r *Reader) ([]Cell, int, error) {
	text, line, blank, err := s.objects.next()
	s.line = line
	if err != nil {
		if e, ok := err.(*objectError); ok {
			bad := r.errorf(line, "%s", e.message).WithHint("%s", e.hint)
			bad.lost = true
			return nil, 0, bad
		}
		return nil, 0, err
	}
	clear(s.cells)
	if err := s.parse(r, text); err != nil {
		return nil, 0, err
	}
	r.blank += blank
	return s.cells, line, nil
}

// parse reads one object, token by token: json.Unmarshal would let the last of
// two equal keys win.
func (s *jsonSource) parse(r *Reader, text []byte) error {
	if !utf8.Valid(text) {
		if bytes.Contains(text, []byte(stand)) {
			return r.errorf(s.line, "the line is not UTF-8").WithHint("save the file as UTF-8")
		}
		text = marked(text)
		defer s.restore()
	}
	if LoneSurrogate(text) {
		return r.errorf(s.line, "half of a surrogate pair (\\ud800 to \\udfff) stands alone").WithHint("write the character itself")
	}
	if text[0] != '{' {
		e := r.errorf(s.line, "expected a JSON object, found %s", show(string(text)))
		if text[0] == '[' {
			e.Hint = "write one object a line, without the brackets of an array around them, or name the file .json"
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
		if s.cells[column], err = s.value(r, d, text, column); err != nil {
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

// stand takes the place of a byte that is not UTF-8 while JSON is parsed, which would
// otherwise put there what a text may hold. Two digits behind it say which byte.
const stand = "\ufdd0"

var standing = regexp.MustCompile(stand + "[0-9a-f]{2}")

// marked puts stands in the place of what is not UTF-8.
func marked(text []byte) []byte {
	var out []byte
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			out = fmt.Appendf(out, stand+"%02x", text[0])
		} else {
			out = append(out, text[:n]...)
		}
		text = text[n:]
	}
	return out
}

// unmarked undoes marked.
func unmarked(text string) string {
	return standing.ReplaceAllStringFunc(text, func(s string) string {
		b, _ := strconv.ParseUint(s[len(stand):], 16, 8)
		return string([]byte{byte(b)})
	})
}

// restore makes cells that were not UTF-8 so again, for the reader to find.
func (s *jsonSource) restore() {
	for i, c := range s.cells {
		if strings.Contains(c.Text, stand) {
			s.cells[i].Text = unmarked(c.Text)
		}
	}
}

// column finds or adds the column of a key, and refuses its second use in one
// row.
func (s *jsonSource) column(r *Reader, key string) (int, error) {
	i, ok := s.index[key]
	if !ok {
		i = len(r.columns)
		if i == maxKeys {
			e := r.errorf(s.line, "key %s is one more than the %d a table may have", show(key), maxKeys)
			e.lost = true // of the whole file
			return 0, e
		}
		r.columns = append(r.columns, readColumn{header: unmarked(key), line: s.line})
		if err := r.begin(); err != nil {
			return 0, err
		}
		s.index[key] = i
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

func (s *jsonSource) value(r *Reader, d *json.Decoder, text []byte, column int) (Cell, error) {
	token, err := d.Token()
	if err != nil {
		return Cell{}, s.syntax(r, err)
	}
	if token == json.Delim('[') && r.lists[r.columns[column].header] {
		begin := d.InputOffset() - 1
		if _, err := s.nested(r, d, text, column); err != nil {
			return Cell{}, err
		}
		return listCell(text[begin:d.InputOffset()]), nil
	}
	if _, nested := token.(json.Delim); nested && !r.uses(column) {
		return s.nested(r, d, text, column)
	}
	cell, err := JSONCell(token)
	if cell.Kind == String {
		return cell, nil // what it must not hold is for the reader to say
	}
	if bad, ok := err.(*cellError); ok {
		e := r.errorf(s.line, "%s", bad.message)
		e.Column, e.Hint = r.columns[column].name, bad.hint
		return Cell{}, e
	}
	return cell, err
}

// nested passes over an object or array, which is no cell, in a column that nobody
// uses. It is kept as it stands, for predict to write it so.
func (s *jsonSource) nested(r *Reader, d *json.Decoder, text []byte, column int) (Cell, error) {
	begin := d.InputOffset() - 1 // before its bracket
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return Cell{}, s.syntax(r, err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > mostNested {
				e := r.errorf(s.line, "the value is an object or an array of more than %d levels", mostNested)
				e.Column = r.columns[column].name
				return Cell{}, e
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	if !r.lists[r.columns[column].header] {
		r.flaw(column, "cells are objects or arrays", r.row+1)
	}
	return Cell{string(text[begin:d.InputOffset()]), Number}, nil
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

func (s *jsonSource) syntax(r *Reader, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return r.errorf(s.line, "the line ends inside its JSON object").WithHint("write each object on one line")
	}
	return r.errorf(s.line, "the line is not JSON: %v", err)
}
