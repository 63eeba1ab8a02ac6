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
)

// Kind is how a cell was written.
type Kind uint8

const (
	Null   Kind = iota // an empty cell of a CSV, a null or an absent key of a JSONL
	String             // any other cell of a CSV, a string of a JSONL
	Number             // a number of a JSONL; the text is its literal. Of a column that nobody uses, an object or array too
	Bool               // true or false of a JSONL
)

// A Cell is one value of a table, kept as the text that the file holds.
type Cell struct {
	Text string
	Kind Kind
}

// Missing reports whether the cell holds nothing: null, which a marker of
// missing values is too, or the empty text.
func (c Cell) Missing() bool { return c.Kind == Null || c.Text == "" }

// A Format is a way to write a table.
type Format string

const (
	CSV   Format = "csv"   // comma-separated, quotes as in RFC 4180, first line the header
	TSV   Format = "tsv"   // tab-separated, otherwise as CSV
	JSONL Format = "jsonl" // one JSON object a line
	JSON  Format = "json"  // an array of JSON objects
)

// accepted lists the extensions of Formats, for messages.
const accepted = ".csv, .tsv, .jsonl and .json, each also with .gz or .zst behind it"

// Options says how to read a table. The zero value goes by the file's
// extension.
type Options struct {
	Format  Format // default: by the extension of the path
	Dialect Dialect
	// EncodingKey is what sets Dialect.Encoding, for the hints of errors, as in
	// "--table encoding"; by default data.encoding of a config.
	EncodingKey string
	// Used are the columns that matter; nil: all do. What is wrong with any other is
	// no error but a Flaw, as far as the rows can be told apart: no name, or one that
	// another has, a NUL byte, what is not of the encoding.
	Used []string
	// Lists are columns whose cells may be arrays of JSON.
	Lists []string
	// Bad takes rows that are not well-formed, as far as the next one can be
	// found: Next then returns them without cells. nil: each is an error.
	Bad *BadRows
}

// A Reader streams the rows of a table, checking its form as it goes. What is
// not well-formed is an *Error with the line; nothing is guessed or skipped,
// but for blank lines and those of comments, which it counts.
type Reader struct {
	name     string
	src      source
	closer   io.Closer
	dialect  Dialect
	encoding textEncoding
	readerColumns
	row      int // rows read so far
	line     int // line of the last row
	blank    int
	comments int
	bad      *BadRows
	err      error
}

// source is a format's part of the work.
type source interface {
	// next reads a row and the line on which it begins. It may add columns. The
	// cells are valid until the next call.
	next(r *Reader) ([]Cell, int, error)
}

// Standard is the path that stands for standard input.
const Standard = "-"

// Open opens a table for reading. The format goes by the extension, .csv, .tsv,
// .jsonl or .json, unless the options name it; .gz or .zst may follow. The path
// "-" is standard input, a CSV unless it begins as JSON does. Close the reader
// after use.
func Open(path string, o Options) (*Reader, error) {
	if path == Standard {
		return NewReader(os.Stdin, "standard input", o)
	}
	if o.Format == "" {
		var err error
		if o.Format, err = FormatOf(path); err != nil {
			return nil, err
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

// FormatOf is the format that the extension of a path names.
func FormatOf(path string) (Format, error) {
	name := strings.ToLower(path)
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	ext := filepath.Ext(name)
	switch f := Format(strings.TrimPrefix(ext, ".")); f {
	case CSV, TSV, JSONL, JSON:
		return f, nil
	}
	return "", &Error{File: path, Message: fmt.Sprintf("the extension %q is not one of a table", ext), Hint: "accepted are " + accepted}
}

// NewReader reads a table from src. The name stands for it in messages; without
// a format, the table is a CSV unless it begins as JSON does.
func NewReader(src io.Reader, name string, o Options) (*Reader, error) {
	if src == nil {
		return nil, errors.New("data: there is nothing to read from")
	}
	if err := o.Dialect.Validate(); err != nil {
		return nil, err
	}
	r := &Reader{name: name, dialect: o.Dialect, bad: o.Bad, readerColumns: readerColumns{used: setOf(o.Used), lists: setOf(o.Lists)}}
	var err error
	if r.encoding, err = findEncoding(o.Dialect.Encoding); err != nil {
		return nil, err
	}
	r.encoding.key = o.EncodingKey
	in, err := unpack(bufio.NewReaderSize(src, 1<<16), name, o.Dialect.Compression)
	if err != nil {
		return nil, err
	}
	buf, err := r.decode(bufio.NewReaderSize(in, 1<<16))
	if err != nil {
		return nil, err
	}
	if o.Format == "" {
		o.Format = sniffFormat(buf)
	}
	switch o.Format {
	case CSV, TSV:
		r.src, err = newCSV(r, buf, o)
	case JSONL, JSON:
		r.src = newJSON(buf, o.Format)
	default:
		err = &Error{File: name, Message: fmt.Sprintf("unknown format %q", o.Format), Hint: "accepted are csv, tsv, jsonl and json"}
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// sniffFormat tells JSON from CSV by the first byte that is not blank.
func sniffFormat(in *bufio.Reader) Format {
	head, _ := in.Peek(1 << 12)
	switch text := strings.TrimLeft(string(head), " \t\r\n"); {
	case strings.HasPrefix(text, "{"):
		return JSONL
	case strings.HasPrefix(text, "["):
		return JSON
	}
	return CSV
}

// decode makes UTF-8 of what the file holds, and steps over its mark. What
// begins as another encoding than the dialect's is refused.
func (r *Reader) decode(in *bufio.Reader) (*bufio.Reader, error) {
	head, err := in.Peek(4)
	if err != nil && err != io.EOF {
		return nil, r.wrap(err)
	}
	if len(head) == 0 {
		return nil, r.empty()
	}
	if err := r.checkMark(string(head)); err != nil {
		return nil, err
	}
	if decoded := r.encoding.reader(in, string(head)); decoded != io.Reader(in) {
		in = bufio.NewReaderSize(decoded, 1<<16)
	}
	if mark, err := in.Peek(3); string(mark) == string(byteOrderMark) {
		if _, err := in.Discard(3); err != nil {
			return nil, r.wrap(err)
		}
	} else if err != nil && err != io.EOF {
		return nil, r.wrap(err)
	}
	if _, err := in.Peek(1); err == io.EOF {
		return nil, r.empty()
	}
	return in, nil
}

func (r *Reader) empty() error {
	return &Error{File: r.name, Message: "the file is empty", Hint: "expected a header and at least one row"}
}

// checkMark holds the first bytes of a file against the encoding that it should
// be in.
func (r *Reader) checkMark(head string) error {
	little, big := strings.HasPrefix(head, "\xff\xfe"), strings.HasPrefix(head, "\xfe\xff")
	e := &Error{File: r.name}
	switch is := r.encoding.setting(); {
	case r.encoding.isUTF8():
		switch {
		case little || big:
			e.Message, e.Hint = "the file is UTF-16 or UTF-32", r.encoding.set("utf-16")+", or save it as UTF-8"
		case len(head) == 4 && head[0] == 0:
			e.Message, e.Hint = "the file is UTF-16 or UTF-32", r.encoding.set("utf-16be")+", or save it as UTF-8"
		case len(head) == 4 && head[1] == 0:
			e.Message, e.Hint = "the file is UTF-16 or UTF-32", r.encoding.set("utf-16le")+", or save it as UTF-8"
		default:
			return nil
		}
	case r.encoding.marked && !little && !big:
		e.Message, e.Hint = "the file does not begin with the mark that UTF-16 has", r.encoding.set("utf-16le")+" or utf-16be, or what the file is in"
	case strings.HasPrefix(head, string(byteOrderMark)):
		e.Message, e.Hint = "the file begins with the mark of UTF-8, and "+is, r.encoding.set("utf-8")+", or save the file without the mark"
	case (little || big) && !strings.HasPrefix(r.encoding.name, "utf-16") && r.encoding.name != "utf16":
		e.Message, e.Hint = "the file begins with the mark of UTF-16, and "+is, r.encoding.set("utf-16")
	case little && r.encoding.name == "utf-16be" || big && r.encoding.name == "utf-16le":
		e.Message, e.Hint = "the mark that the file begins with is not that of "+r.encoding.name, r.encoding.set("utf-16")
	default:
		return nil
	}
	return e
}

// wrap says that reading failed, where the error does not say what is wrong with
// the data.
func (r *Reader) wrap(err error) error {
	var known *Error
	if errors.As(err, &known) {
		if known.File == "" {
			known.File = r.name
		}
		return err
	}
	return &FileError{r.name, err}
}

// Next reads a row: a cell for each of Columns. The cells are valid until the
// next call. The end is io.EOF.
func (r *Reader) Next() ([]Cell, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.src == nil {
		return nil, errNoReader
	}
	cells, line, err := r.read()
	if err == nil {
		r.row, r.line = r.row+1, line
		return cells, nil
	}
	if err != io.EOF {
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
	if err != io.EOF {
		err = r.wrap(err)
	}
	r.err = err
	return nil, err
}

// read reads a row whose cells are sound, or whose faults are those of columns
// that nobody uses.
func (r *Reader) read() ([]Cell, int, error) {
	if err := r.begin(); err != nil {
		return nil, 0, err
	}
	cells, line, err := r.src.next(r)
	if err != nil {
		return nil, 0, err
	}
	for i, c := range cells {
		if c.Text == "" {
			continue
		}
		if fault := r.encoding.fault(c.Text); fault != nil {
			if r.uses(i) {
				e := r.errorf(line, "%s", fault.message).WithHint("%s", fault.hint)
				e.Column = r.columns[i].name
				return nil, 0, e
			}
			r.flaw(i, fault.counted, r.row+1)
		}
		if r.dialect.Missing(c.Text) {
			cells[i].Kind = Null
		}
	}
	return cells, line, nil
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
func (r *Reader) Columns() []string {
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.header
		if c.name != "" {
			names[i] = c.name
		}
	}
	return names
}

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
