package checkpoints

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// FS is the set of file system operations that this package uses. The zero Store and Bundle use the
// operating system's; package checkpointstest has one that fails on demand and one that forgets
// what was not synced.
type FS interface {
	Mkdir(path string) error                    // one level; an error if it exists
	Create(path string) (WritableFile, error)   // an error if it exists
	Open(path string) (ReadableFile, error)     // regular files only
	ReadDir(path string) ([]fs.DirEntry, error) // in order of names
	Lstat(path string) (fs.FileInfo, error)
	Rename(from, to string) error
	Remove(path string) error  // a file or an empty folder
	SyncDir(path string) error // makes the folder's entries durable
}

// A WritableFile is a new file. Written data is durable after Sync.
type WritableFile interface {
	io.Writer
	Sync() error
	Close() error
}

// A ReadableFile is an open regular file.
type ReadableFile interface {
	io.Reader
	io.ReaderAt
	io.Closer
	Stat() (fs.FileInfo, error)
}

// openSized opens a file for reading and returns its size.
func openSized(fsys FS, path string) (ReadableFile, int64, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, 0, unreadable(path, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, unreadable(path, err)
	}
	return f, info.Size(), nil
}

// OS is the operating system's file system.
func OS() FS { return osFS{} }

// ReadPlain reads a file that is one by itself, and no link, pipe or device.
func ReadPlain(path string) ([]byte, error) {
	f, err := OS().Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// orOS returns fsys, or the operating system's if it is nil.
func orOS(fsys FS) FS {
	if fsys == nil {
		return osFS{}
	}
	return fsys
}

type osFS struct{}

func (osFS) Mkdir(path string) error { return os.Mkdir(path, 0o777) }

func (osFS) Create(path string) (WritableFile, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// Open checks the type before it opens the file, since opening a FIFO blocks until there is a
// writer.
func (osFS) Open(path string) (ReadableFile, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	return os.Open(path)
}

var errNotRegular = errors.New("not a regular file")

func (osFS) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }
func (osFS) Lstat(path string) (fs.FileInfo, error)     { return os.Lstat(path) }
func (osFS) Rename(from, to string) error               { return os.Rename(from, to) }
func (osFS) Remove(path string) error                   { return os.Remove(path) }

// SyncDir syncs a folder.
func (osFS) SyncDir(path string) error {
	return syncDir(func() (*os.File, error) { return os.Open(path) })
}

// syncDir syncs the folder that open opens. Windows has no such call and orders renames itself;
// some file systems return EINVAL, which means the same.
func syncDir(open func() (*os.File, error)) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := open()
	if err != nil {
		return err
	}
	err = d.Sync()
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

// MkdirAll creates a folder and its missing parents, and makes the new names durable: a later power
// failure cannot remove the folder.
func MkdirAll(path string) error { return mkdirAll(osFS{}, path) }

func mkdirAll(fsys FS, path string) error {
	info, err := fsys.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return nil // a folder elsewhere; later operations fail if it is not one
	}
	if err == nil && info.IsDir() {
		return nil
	}
	if err == nil {
		return &Error{Path: path, What: "a file is in the place of a folder", Hint: "move it away or choose another folder", Code: exitFileSystem}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fileSystem("inspect the folder", path, err)
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := mkdirAll(fsys, parent); err != nil {
			return err
		}
	}
	if err := fsys.Mkdir(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fileSystem("create the folder", path, err)
	}
	if err := fsys.SyncDir(parent); err != nil {
		return fileSystem("sync the folder", parent, err)
	}
	return nil
}

// exists reports whether there is anything at path.
func exists(fsys FS, path string) (bool, error) {
	_, err := fsys.Lstat(path)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	return false, fileSystem("look at", path, err)
}
