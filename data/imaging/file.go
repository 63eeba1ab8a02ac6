package imaging

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// ReadFile reads an image file below root. Nothing outside root is opened, whatever name contains
// and wherever symbolic links lead. Only regular files of at most MaxFileBytes are read; pipes and
// devices never block it. Errors are *Error; errors.Is(err, fs.ErrNotExist) identifies a missing
// file.
func ReadFile(root *os.Root, name string) ([]byte, error) {
	what := "file " + quoted(name)
	info, err := root.Stat(name)
	if err != nil {
		return nil, unreadable(what, err)
	}
	if err := checkFile(what, info); err != nil {
		return nil, err
	}
	// Non-blocking, in case the file has been replaced by something else.
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, unreadable(what, err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, unreadable(what, err)
	}
	if err := checkFile(what, info); err != nil {
		return nil, err
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, unreadable(what, err)
	}
	return b, nil
}

// quoted is a name for a message, truncated to fit a line.
func quoted(name string) string {
	const most = 120
	if len(name) <= most {
		return strconv.Quote(name)
	}
	return fmt.Sprintf("%q… (%d bytes)", name[:most], len(name))
}

func checkFile(what string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return &Error{Kind: Unreadable, What: what, Why: "it is a folder", Hint: "name a file in it"}
	case !info.Mode().IsRegular():
		return &Error{Kind: Unreadable, What: what, Why: "it is a pipe, device or socket", Hint: "name a regular file"}
	case info.Size() > MaxFileBytes:
		return tooLargeFile(what, info.Size())
	}
	return nil
}

func unreadable(what string, err error) *Error {
	e := &Error{Kind: Unreadable, What: what, Why: err.Error(), Err: err}
	var path *fs.PathError
	if errors.As(err, &path) {
		e.Why = path.Err.Error() // the name is in What
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Why, e.Hint = "there is no such file in the images folder", "check the name and the images folder of the config"
	case errors.Is(err, fs.ErrPermission):
		e.Hint = "make it readable"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		e.Why, e.Hint = "it shrank while it was being read", "try again"
	default:
		e.Hint = "only files inside the images folder are opened"
	}
	return e
}
