package data

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// objectError is a fault behind which no further object can be found.
type objectError struct{ message, hint string }

func (e *objectError) Error() string { return e.message }

var errLongObject = &objectError{fmt.Sprintf("the row is larger than %d MiB", mostRowBytes>>20), "is the file a table?"}

// jsonLines has an object a line.
type jsonLines struct {
	in   *bufio.Reader
	line int // lines read so far
	text []byte
}

func (l *jsonLines) next() (text []byte, line, blank int, err error) {
	for ; ; blank++ {
		text, err := l.read()
		if err != nil && (err != io.EOF || len(text) == 0) {
			return nil, l.line + 1, blank, err
		}
		l.line++
		if text = bytes.Trim(text, " \t\r\n"); len(text) > 0 {
			return text, l.line, blank, nil
		}
	}
}

// read is the next line, with its end.
func (l *jsonLines) read() ([]byte, error) {
	l.text = l.text[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		l.text = append(l.text, part...)
		if len(l.text) > mostRowBytes {
			return nil, errLongObject
		}
		if err != bufio.ErrBufferFull {
			return l.text, err
		}
	}
}

// jsonArray has its objects in one array, on as many lines as they like.
type jsonArray struct {
	in    *bufio.Reader
	line  int
	begun bool
	text  []byte
}

func (a *jsonArray) next() (text []byte, line, blank int, err error) {
	b, err := a.byte()
	switch {
	case err != nil:
	case !a.begun: // b is the opening bracket, by which the format was known
		a.begun = true
		if b, err = a.byte(); err == nil && b == ']' {
			return nil, a.line, 0, a.end()
		}
	case b == ']':
		return nil, a.line, 0, a.end()
	case b == ',':
		b, err = a.byte()
	default:
		return nil, a.line, 0, &objectError{fmt.Sprintf("expected a comma or the end of the array, found %q", b), "write a comma between objects"}
	}
	if err == io.EOF {
		return nil, a.line, 0, &objectError{"the file ends inside its array", "is it whole?"}
	}
	if err != nil {
		return nil, a.line, 0, err
	}
	line = a.line
	if b != '{' {
		return nil, line, 0, &objectError{fmt.Sprintf("expected a JSON object, found %q", b), "a table is an array of objects"}
	}
	text, err = a.object()
	return text, line, 0, err
}

// end is io.EOF where nothing but blanks is left.
func (a *jsonArray) end() error {
	if _, err := a.byte(); err != nil {
		return err
	}
	return &objectError{"the file goes on after its array", "write one array of objects"}
}

// byte is the next one that is not blank.
func (a *jsonArray) byte() (byte, error) {
	for {
		b, err := a.in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch b {
		case '\n':
			a.line++
		case ' ', '\t', '\r':
		default:
			return b, nil
		}
	}
}

// object is the text of an object behind its first brace. Whether it is JSON is
// for its parser to say.
func (a *jsonArray) object() ([]byte, error) {
	a.text = append(a.text[:0], '{')
	inText, escaped := false, false
	for depth := 1; depth > 0; {
		b, err := a.in.ReadByte()
		if err == io.EOF {
			return nil, &objectError{"the file ends inside an object", "is it whole?"}
		}
		if err != nil {
			return nil, err
		}
		if a.text = append(a.text, b); len(a.text) > mostRowBytes {
			return nil, errLongObject
		}
		switch {
		case b == '\n':
			a.line++
		case escaped:
			escaped = false
		case inText && b == '\\':
			escaped = true
		case b == '"':
			inText = !inText
		case inText:
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			depth--
		}
	}
	return a.text, nil
}
