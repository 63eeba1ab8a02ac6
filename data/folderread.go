package data

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"github.com/chiasm-ml/chiasm/internal/phrase"
)

// MaxFileBytes bounds a file that a cell names.
const MaxFileBytes = 32 << 20

// A CellFileError is a file, named by a cell, that cannot be read. Errors of its contents
// are those of who reads them.
type CellFileError struct {
	Kind string // unreadable, or too large
	Name string // of the file, quoted
	Why  string
	Hint string
	Err  error // of the file system; may be nil
}

// Kinds of a CellFileError.
const (
	unreadable = "unreadable"
	tooLarge   = "too large"
)

func (e *CellFileError) Error() string {
	message, hint := e.Parts()
	if hint != "" {
		message += "; " + hint
	}
	return message
}

// Parts are what is wrong, and what to do about it.
func (e *CellFileError) Parts() (message, hint string) {
	return fmt.Sprintf("file %s is %s: %s", e.Name, e.Kind, e.Why), e.Hint
}

func (e *CellFileError) Unwrap() error { return e.Err }

// ExitCode is 3: bad data.
func (e *CellFileError) ExitCode() int { return 3 }

// readFile reads a file below root. Nothing outside root is opened, whatever name contains
// and wherever symbolic links lead. Only regular files of at most MaxFileBytes are read;
// pipes and devices never block it. Errors are *CellFileError; errors.Is(err,
// fs.ErrNotExist) identifies a missing file.
func readFile(root *os.Root, name string) ([]byte, error) {
	quoted := quotedPath(name)
	info, err := root.Stat(name)
	if err != nil {
		return nil, unreadableFile(quoted, err)
	}
	if err := checkFile(quoted, info); err != nil {
		return nil, err
	}
	// Non-blocking, in case the file has been replaced by something else.
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, unreadableFile(quoted, err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, unreadableFile(quoted, err)
	}
	if err := checkFile(quoted, info); err != nil {
		return nil, err
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, unreadableFile(quoted, err)
	}
	return b, nil
}

// quotedPath is a path for a message. It is shown farther than other names are: what
// tells it from others is at its end.
func quotedPath(name string) string {
	const most = 120
	if len(name) <= most {
		return strconv.Quote(name)
	}
	return fmt.Sprintf("%q… (%d bytes)", phrase.Cut(name, most), len(name))
}

func checkFile(name string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return &CellFileError{Kind: unreadable, Name: name, Why: "it is a folder", Hint: "name a file in it"}
	case !info.Mode().IsRegular():
		return &CellFileError{Kind: unreadable, Name: name, Why: "it is a pipe, device or socket", Hint: "name a regular file"}
	case info.Size() > MaxFileBytes:
		return &CellFileError{Kind: tooLarge, Name: name, Why: fmt.Sprintf("%d bytes, at most %d are supported", info.Size(), MaxFileBytes), Hint: "save it smaller"}
	}
	return nil
}

func unreadableFile(name string, err error) *CellFileError {
	e := &CellFileError{Kind: unreadable, Name: name, Why: err.Error(), Err: err}
	var path *fs.PathError
	if errors.As(err, &path) {
		e.Why = path.Err.Error() // the name is in Name
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Why, e.Hint = "there is no such file in the files folder", "check the name, and data.files in the config"
	case errors.Is(err, fs.ErrPermission):
		e.Hint = "make it readable"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		e.Why, e.Hint = "it shrank while it was being read", "try again"
	default:
		e.Hint = "only files inside the files folder are opened"
	}
	return e
}
