package infer

import (
	"errors"
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
)

// Error is a row that cannot be used: which, why, and what to do.
type Error struct {
	Row     int    // its place among the rows of the call, from 0
	Field   string // the column to blame; empty if it is the row as a whole
	Message string
	Hint    string // may be empty
	Unknown bool   // the model reads no such column
	Err     error  // the cause, may be nil
}

// Error is one line, in which rows count from 1.
func (e *Error) Error() string {
	where := fmt.Sprintf("row %d", e.Row+1)
	if e.Field != "" {
		where += fmt.Sprintf(", field %q", e.Field)
	}
	return where + ": " + e.Explain()
}

// Explain is the error without its place.
func (e *Error) Explain() string {
	if e.Hint != "" {
		return e.Message + " (" + e.Hint + ")"
	}
	return e.Message
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrNotFinite is the cause of an Error of a row whose answer is not a finite number.
var ErrNotFinite = errors.New("not finite")

// ExitCode is 3: bad data; 5 of an answer that is not finite.
func (e *Error) ExitCode() int {
	if errors.Is(e.Err, ErrNotFinite) {
		return 5
	}
	return 3
}

// explain is what a preprocessor said of a row, in the words of this package.
func explain(err error) error {
	var e *data.Error
	if !errors.As(err, &e) {
		return err
	}
	out := &Error{Field: e.Column, Message: e.Message, Hint: e.Hint, Err: err}
	var file interface{ Parts() (message, hint string) }
	switch {
	case errors.As(e.Err, &file):
		out.Message, out.Hint = file.Parts() // the cell is the file itself, and nothing to show
	case e.Err != nil && e.Message == "":
		out.Message = e.Err.Error()
	case e.Err != nil:
		out.Message += ": " + e.Err.Error()
	}
	return out
}
