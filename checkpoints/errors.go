package checkpoints

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"unicode/utf8"
)

// Exit codes of the command for this package's errors.
const (
	exitUsage      = 2
	exitCheckpoint = 4
	exitNonFinite  = 5
	exitFileSystem = 6
)

// ErrNone reports that no checkpoint has ever been written, so that a fresh start is right. Damaged
// checkpoints are reported as an [*Error] instead.
var ErrNone = errors.New("no checkpoint was written yet")

// An Error states in one line what is wrong with a file and what to do.
type Error struct {
	Path string // the file or folder; empty if the bytes did not come from a file
	What string // what was found, and what was expected
	Hint string // what to do; may be empty
	Code int    // exit code of the command; 0 means 4, a checkpoint or model file
	Err  error  // the cause, if any
}

// Error returns "path: what; hint".
func (e *Error) Error() string {
	s := e.What
	if e.Path != "" {
		s = e.Path + ": " + s
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ExitCode is the exit code of the command.
func (e *Error) ExitCode() int {
	if e.Code == 0 {
		return exitCheckpoint
	}
	return e.Code
}

// invalid is an error about a file's contents.
func invalid(format string, args ...any) *Error {
	return &Error{What: fmt.Sprintf(format, args...)}
}

// hinted adds what to do.
func (e *Error) hinted(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// atPath adds the file to an error that was created without knowing it.
func atPath(path string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok && e.Path == "" {
		e.Path = path
		return e
	}
	return &located{path, err}
}

// located is an error from another package with the file where it occurred.
type located struct {
	path string
	err  error
}

func (l *located) Error() string { return l.path + ": " + l.err.Error() }
func (l *located) Unwrap() error { return l.err }

// fileSystem is the error of a failed operation: what, where, why. An error that already states all
// of this is kept.
func fileSystem(operation, path string, err error) *Error {
	if said, ok := errors.AsType[*Error](err); ok && said.Code == exitFileSystem {
		return said
	}
	e := &Error{Path: path, Code: exitFileSystem, Err: err}
	e.What = fmt.Sprintf("cannot %s: %v", operation, cause(err))
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e.Hint = "free some space and continue; earlier saves are untouched"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Hint = "make the folder writable or choose another"
	}
	return e
}

// unreadable is the error of a file that should exist and be readable. It counts as damage (exit
// code 4): an older checkpoint may still be valid.
func unreadable(path string, err error) *Error {
	return &Error{Path: path, What: fmt.Sprintf("cannot read the file: %v", cause(err)), Err: err}
}

// cause strips the operation and path that os adds to its errors, since Error already names them.
func cause(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}

// quote makes a name from a file safe to print on a terminal line: escape codes are spelt out, and
// a very long name is truncated.
func quote(name string) string {
	const limit = 120
	if len(name) > limit {
		cut := limit
		for cut > 0 && !utf8.RuneStart(name[cut]) {
			cut--
		}
		return fmt.Sprintf("%q…", name[:cut])
	}
	return fmt.Sprintf("%q", name)
}
