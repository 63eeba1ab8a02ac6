package data

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Kind is how a cell was written.
type Kind uint8

const (
	Null   Kind = iota // an empty cell of a CSV, a null or an absent key of a JSONL
	String             // any other cell of a CSV, a string of a JSONL
	Number             // a number of a JSONL; the text is its literal
	Bool               // true or false of a JSONL
)

// A Cell is one value of a table, kept as the text that the file holds.
type Cell struct {
	Text string
	Kind Kind
}

// Missing reports whether the cell holds nothing: null or the empty text.
func (c Cell) Missing() bool { return c.Text == "" }

// A Format is a way to write a table.
type Format string

const (
	CSV   Format = "csv"   // comma-separated, quotes as in RFC 4180, first line the header
	TSV   Format = "tsv"   // tab-separated, otherwise as CSV
	JSONL Format = "jsonl" // one JSON object a line
)

// accepted lists the extensions of Formats, for messages.
const accepted = ".csv, .tsv and .jsonl"

// Options says how to read a table. The zero value goes by the file's
// extension.
type Options struct {
	Format    Format // default: by the extension of the path
	Separator rune   // of CSV and TSV; default a comma or a tab
	// Bad takes rows that are not well-formed, as far as the next one can be
	// found: Next then returns them without cells. nil: each is an error.
	Bad *BadRows
}

// A Reader streams the rows of a table, checking its form as it goes. What is
// not well-formed is an *Error with the line; nothing is guessed or skipped,
// but for blank lines, which it counts.
type Reader struct {
	name    string
	src     source
	closer  io.Closer
	columns []string
	row     int // rows read so far
	line    int // line of the last row
	blank   int
	bad     *BadRows
	err     error
}

// source is a format's part of the work.
type source interface {
	// next reads a row and the line on which it begins. It may add columns. The
	// cells are valid until the next call.
	next(r *Reader) ([]Cell, int, error)
}

// Open opens a table for reading. The format goes by the extension, .csv, .tsv
// or .jsonl, unless the options name it. Close the reader after use.
func Open(path string, o Options) (*Reader, error) {
	if o.Format == "" {
		ext := strings.ToLower(filepath.Ext(path))
		switch ext {
		case ".csv", ".tsv", ".jsonl":
			o.Format = Format(ext[1:])
		default:
			return nil, &Error{File: path, Message: fmt.Sprintf("the extension %q is not one of a table", ext), Hint: "accepted are " + accepted}
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, &FileError{path, err}
	}
	if !info.Mode().IsRegular() {
		return nil, &FileError{path, errors.New("not a regular file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &FileError{path, err}
	}
	r, err := NewReader(f, path, o)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.closer = f
	return r, nil
}

// NewReader reads a table from src. The name stands for it in messages;
// o.Format must be set.
func NewReader(src io.Reader, name string, o Options) (*Reader, error) {
	r := &Reader{name: name, bad: o.Bad}
	buf := bufio.NewReaderSize(src, 1<<16)
	if err := r.checkEncoding(buf); err != nil {
		return nil, err
	}
	var err error
	switch o.Format {
	case CSV, TSV:
		r.src, err = newCSV(r, buf, o)
	case JSONL:
		r.src = &jsonlSource{in: buf, index: map[string]int{}}
	default:
		err = &Error{File: name, Message: fmt.Sprintf("unknown format %q", o.Format), Hint: "accepted are csv, tsv and jsonl"}
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// checkEncoding steps over the byte order mark of UTF-8 and refuses UTF-16 and
// the empty file.
func (r *Reader) checkEncoding(in *bufio.Reader) error {
	head, err := in.Peek(4)
	if err != nil && err != io.EOF {
		return &FileError{r.name, err}
	}
	switch s := string(head); {
	case s == "" || s == string(byteOrderMark):
		return &Error{File: r.name, Message: "the file is empty", Hint: "expected a header and at least one row"}
	case strings.HasPrefix(s, "\xff\xfe"), strings.HasPrefix(s, "\xfe\xff"),
		len(s) == 4 && (s[0] == 0 || s[1] == 0):
		return &Error{File: r.name, Message: "the file is UTF-16 or UTF-32", Hint: "save it as UTF-8"}
	case strings.HasPrefix(s, string(byteOrderMark)):
		_, err = in.Discard(3)
		return err
	}
	return nil
}

// Next reads a row: a cell for each of Columns. The cells are valid until the
// next call. The end is io.EOF.
func (r *Reader) Next() ([]Cell, error) {
	if r.err != nil {
		return nil, r.err
	}
	cells, line, err := r.src.next(r)
	if err == nil {
		r.row, r.line = r.row+1, line
		for i, c := range cells {
			if strings.IndexByte(c.Text, 0) >= 0 {
				r.row-- // it is not read
				err = &Error{File: r.name, Row: r.row + 1, Line: line, Column: r.columns[i], Message: "the cell holds a NUL byte", Hint: "is the file UTF-16, or not a table?"}
				break
			}
		}
	}
	if err != nil && err != io.EOF {
		if err = r.skip(err); err == nil {
			return make([]Cell, len(r.columns)), nil
		}
	}
	if err == io.EOF && r.row == 0 {
		err = &Error{File: r.name, Message: "the table has a header and no rows"}
		if len(r.columns) == 0 {
			err = &Error{File: r.name, Message: "the file has no rows"}
		}
	}
	if err != nil {
		var known *Error
		if err != io.EOF && !errors.As(err, &known) {
			err = &FileError{r.name, err}
		}
		r.err = err
		return nil, err
	}
	return cells, nil
}

// skip leaves out the row that is being read, if it may be.
func (r *Reader) skip(err error) error {
	if err := r.bad.skip(err); err != nil {
		return err
	}
	var e *Error
	errors.As(err, &e)
	r.row, r.line = r.row+1, e.Line
	return nil
}

// Columns names the columns, in the order of the file. Those of a JSONL are
// the keys met so far.
func (r *Reader) Columns() []string { return r.columns }

// Row is the number of the row that Next returned last; the first is 1.
func (r *Reader) Row() int { return r.row }

// Line is the line of the file on which that row begins.
func (r *Reader) Line() int { return r.line }

// BlankLines counts the blank lines that were stepped over.
func (r *Reader) BlankLines() int { return r.blank }

// Close closes the file that Open opened.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	err := r.closer.Close()
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return err
}

// errorf is an error on the row that is being read.
func (r *Reader) errorf(line int, format string, args ...any) *Error {
	return &Error{File: r.name, Row: r.row + 1, Line: line, Message: fmt.Sprintf(format, args...)}
}

// byteOrderMark begins some UTF-8 files; anywhere else it is an invisible letter.
const byteOrderMark = '\ufeff'

// checkName refuses a column name that cannot be told from others or written
// in a config.
func (r *Reader) checkName(line, position int, name string) error {
	e := &Error{File: r.name, Line: line}
	switch {
	case name == "":
		e.Message = fmt.Sprintf("column %d has no name", position)
		e.Hint = "does the first line hold the names of the columns?"
	case strings.IndexByte(name, 0) >= 0:
		e.Message, e.Hint = "a column name holds a NUL byte", "is the file UTF-16, or not a table?"
	case strings.ContainsRune(name, byteOrderMark):
		e.Message, e.Hint = fmt.Sprintf("the name of column %d holds a byte order mark, which nobody sees", position), "take it out; only the file may begin with one"
	case !utf8.ValidString(name):
		e.Message, e.Hint = fmt.Sprintf("the column name %s is not UTF-8", show(name)), "save the file as UTF-8"
	default:
		return nil
	}
	return e
}
