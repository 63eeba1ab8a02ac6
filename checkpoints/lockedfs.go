package checkpoints

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// FS is the locked folder as a file system, for paths that start with the folder's own. It cannot
// leave the folder: operations apply to the folder that was locked, whatever has its name by now,
// no link below it is followed, and [Lock.Check] is called before each change.
func (l *Lock) FS() FS { return lockedFS{l} }

type lockedFS struct{ *Lock }

// within returns a path below the locked folder, after checking that all parent folders are real
// folders and not links.
func (l lockedFS) within(op, path string) (string, error) {
	name, err := filepath.Rel(l.dir, path)
	if err != nil || !filepath.IsLocal(name) {
		return "", &fs.PathError{Op: op, Path: path, Err: errors.New("it is outside the locked folder")}
	}
	for i, c := range name {
		if c != filepath.Separator {
			continue
		}
		if info, err := l.root.Lstat(name[:i]); err == nil && !info.IsDir() {
			return "", &fs.PathError{Op: op, Path: path, Err: errors.New(strings.ReplaceAll(name[:i], "\n", " ") + " is a link or a file, not a folder")}
		}
	}
	return name, nil
}

// change is within for operations that change the folder.
func (l lockedFS) change(op, path string) (string, error) {
	if err := l.Check(); err != nil {
		return "", err
	}
	return l.within(op, path)
}

func (l lockedFS) Mkdir(path string) error {
	name, err := l.change("mkdir", path)
	if err != nil {
		return err
	}
	return l.root.Mkdir(name, 0o777)
}

func (l lockedFS) Create(path string) (WritableFile, error) {
	name, err := l.change("create", path)
	if err != nil {
		return nil, err
	}
	return l.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

func (l lockedFS) Open(path string) (ReadableFile, error) {
	name, err := l.within("open", path)
	if err != nil {
		return nil, err
	}
	return openPlain(l.root, name, os.O_RDONLY)
}

func (l lockedFS) ReadDir(path string) ([]fs.DirEntry, error) {
	name, err := l.within("list", path)
	if err != nil {
		return nil, err
	}
	if info, err := l.root.Lstat(name); err == nil && !info.IsDir() {
		return nil, &fs.PathError{Op: "list", Path: path, Err: errors.New("it is a link or a file, not a folder")}
	}
	return fs.ReadDir(l.root.FS(), filepath.ToSlash(name))
}

func (l lockedFS) Lstat(path string) (fs.FileInfo, error) {
	name, err := l.within("look at", path)
	if err != nil {
		return nil, err
	}
	return l.root.Lstat(name)
}

func (l lockedFS) Rename(from, to string) error {
	old, err := l.change("rename", from)
	if err != nil {
		return err
	}
	name, err := l.within("rename", to)
	if err != nil {
		return err
	}
	return l.root.Rename(old, name)
}

func (l lockedFS) Remove(path string) error {
	name, err := l.change("remove", path)
	if err != nil {
		return err
	}
	return l.root.Remove(name)
}

func (l lockedFS) SyncDir(path string) error {
	name, err := l.within("sync", path)
	if err != nil {
		return err
	}
	return syncDir(func() (*os.File, error) { return l.root.Open(name) })
}

// Append adds a line to an existing file of the locked folder. A missing file is an error, since
// its earlier lines are lost.
func (l *Lock) Append(path string, line []byte) error {
	name, err := lockedFS{l}.change("append", path)
	if err != nil {
		return fileSystem("write to the file", path, err)
	}
	f, err := openPlain(l.root, name, os.O_APPEND|os.O_WRONLY)
	if err != nil {
		return fileSystem("open the file", path, err)
	}
	_, err = f.Write(append(line, '\n'))
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fileSystem("write to the file", path, err)
	}
	return nil
}
