package data

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/phrase"
)

// Error says what is wrong with the data: where, what was expected and what to
// do about it. It prints as one line.
type Error struct {
	File    string // as the user named it
	Row     int    // data row, the first is 1; 0 when no row is to blame
	Line    int    // line of the file on which the row begins; 0 when unknown
	Column  string // empty when no column is to blame
	Message string // may be empty if Err is not nil
	Hint    string // what to do, may be empty
	Err     error  // the cause, may be nil
	lost    bool   // where the next row begins is not known
}

// Error prints file, row, line, column, message and hint on one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ": ")
	}
	switch {
	case e.Row > 0 && e.Line > 0:
		fmt.Fprintf(&b, "row %d (line %d)", e.Row, e.Line)
	case e.Row > 0:
		fmt.Fprintf(&b, "row %d", e.Row)
	case e.Line > 0:
		fmt.Fprintf(&b, "line %d", e.Line)
	}
	if e.Column != "" {
		if e.Row > 0 || e.Line > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "column %s", show(e.Column))
	}
	if e.Row > 0 || e.Line > 0 || e.Column != "" {
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	if e.Err != nil {
		if e.Message != "" {
			b.WriteString(": ")
		}
		fmt.Fprint(&b, e.Err)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, " (%s)", e.Hint)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// ExitCode is 3: bad data.
func (e *Error) ExitCode() int { return 3 }

// WithHint sets what to do about the error and returns it.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// FileError says that a table or a folder could not be opened or read.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("%s: %v", e.Path, pathless(e.Err)) }
func (e *FileError) Unwrap() error { return e.Err }

// ExitCode is 6: the file system.
func (e *FileError) ExitCode() int { return 6 }

// ConfigError says that an option of this package is impossible. Field is its
// key, as in "split.train".
type ConfigError struct {
	Field   string
	Message string
}

func (e *ConfigError) Error() string { return e.Field + ": " + e.Message }

// ExitCode is 2: usage or config.
func (e *ConfigError) ExitCode() int { return 2 }

// BadOption is a *ConfigError of an option of an input.
func BadOption(field, format string, args ...any) error {
	return &ConfigError{Field: field, Message: fmt.Sprintf(format, args...)}
}

// pathless takes the path out of a file system error, for messages that have
// named it already.
func pathless(err error) error {
	if p, ok := err.(*fs.PathError); ok {
		return p.Err
	}
	return err
}

// show quotes a cell for a message: control characters escaped, and no longer
// than a line can bear.
func show(s string) string { return phrase.Quote(s) }
