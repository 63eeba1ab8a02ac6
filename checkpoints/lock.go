package checkpoints

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
)

// LockName is the file of a run folder that the training process holds locked.
const LockName = ".lock"

// A Lock grants exclusive use of a run folder. It applies to this particular folder and file,
// whatever has their names later: see [Lock.Check].
type Lock struct {
	dir  string
	root *os.Root    // the folder that was locked
	f    *os.File    // its lock file
	home fs.FileInfo // of root
	file fs.FileInfo // of f
}

// LockFolder acquires exclusive use of dir, which must exist. If another process, or this one,
// already holds it, the error has exit code 2: two training runs would overwrite each other. The
// kernel releases the lock when the process ends, however it ends; the file .lock remains, and has
// no meaning on its own.
func LockFolder(dir string) (*Lock, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fileSystem("open the folder", dir, err)
	}
	l := &Lock{dir: dir, root: root}
	if err := l.take(); err != nil {
		l.Release()
		return nil, err
	}
	return l, nil
}

func (l *Lock) take() error {
	path := join(l.dir, LockName)
	made := true
	var err error
	l.f, err = l.root.OpenFile(LockName, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		made = false
		l.f, err = openPlain(l.root, LockName, os.O_RDWR)
	}
	if err != nil {
		return fileSystem("open the lock file", path, err)
	}
	taken, err := lockFile(l.f)
	if err != nil {
		return fileSystem("lock", path, err)
	}
	if !taken {
		return &Error{
			Path: l.dir,
			What: "the folder is in use by another training" + holder(l.f),
			Hint: "wait until it ends, or choose another --output",
			Code: exitUsage,
		}
	}
	if l.home, err = l.root.Stat("."); err != nil {
		return fileSystem("look at", l.dir, err)
	}
	if l.file, err = l.f.Stat(); err != nil {
		return fileSystem("look at", path, err)
	}
	if err := l.Check(); err != nil {
		return err // it was replaced before we locked it
	}
	l.sign(made)
	return nil
}

// openPlain opens a regular file: links are not followed, and pipes and devices are not opened.
func openPlain(root *os.Root, name string, flag int) (*os.File, error) {
	before, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errNotRegular}
	}
	f, err := root.OpenFile(name, flag, 0)
	if err != nil {
		return nil, err
	}
	if now, err := f.Stat(); err != nil || !os.SameFile(before, now) {
		f.Close()
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("it was replaced while it was being opened")}
	}
	return f, nil
}

// signature matches the contents of a lock file.
var signature = regexp.MustCompile(`^([0-9]{1,10}\n)?$`)

// sign writes this process's id into the lock file, for information only: the lock holds without
// it. A file with any other content, or with several names, is left unchanged.
func (l *Lock) sign(made bool) {
	if !made {
		b, err := io.ReadAll(io.LimitReader(l.f, 20))
		if err != nil || !signature.Match(b) || otherNames(l.file) || l.f.Truncate(0) != nil {
			return
		}
	}
	l.f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
}

// holder names the process whose id is in the lock file.
func holder(f io.Reader) string {
	b, err := io.ReadAll(io.LimitReader(f, 20))
	if err != nil || len(b) == 0 || !signature.Match(b) {
		return ""
	}
	return fmt.Sprintf(" (process %s)", strings.TrimSpace(string(b)))
}

// Check reports whether the folder is still the one that was locked, by its inode and that of its
// lock file. If it was deleted, renamed or replaced, the error has exit code 6: another training
// may be using its name.
func (l *Lock) Check() error {
	home, err := os.Stat(l.dir)
	if err == nil && os.SameFile(l.home, home) {
		if file, err := l.root.Lstat(LockName); err == nil && os.SameFile(l.file, file) {
			return nil
		}
		return &Error{
			Path: join(l.dir, LockName), Code: exitFileSystem,
			What: "the lock file was deleted or replaced, so another training may have started in this folder",
			Hint: "nothing more is written; continue with --resume when no other training is running there",
		}
	}
	return &Error{
		Path: l.dir, Code: exitFileSystem, Err: err,
		What: "the folder was deleted, renamed or replaced while it was being written",
		Hint: "nothing more is written; if it was renamed, continue with --resume under its new name",
	}
}

// Release releases the folder.
func (l *Lock) Release() error {
	var err error
	if l.f != nil {
		err = l.f.Close()
	}
	if l.root == nil {
		return err
	}
	return errors.Join(err, l.root.Close())
}
