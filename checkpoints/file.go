package checkpoints

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chiasm-ml/chiasm/internal/failpoint"
)

// WriteFileAtomic writes a complete file or none: to a temporary name in the same folder, synced,
// renamed, and the folder synced. An existing file is replaced; after an error it is unchanged. If
// path is a device or a pipe, or a link to one, the bytes are written to it directly. A link to
// anything else is refused, since its target is not the named file. Errors of the file system have
// exit code 6.
func WriteFileAtomic(path string, write func(w io.Writer) error) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return &Error{Path: path, What: "a folder is in the place of the file to write", Hint: "choose another name", Code: exitFileSystem}
	}
	if err == nil && !info.Mode().IsRegular() {
		return writeDevice(path, write)
	}
	if itself, err := os.Lstat(path); err == nil && itself.Mode()&fs.ModeSymlink != 0 {
		return &Error{Path: path, What: "this is a link, and links are not followed when writing", Hint: "name the file that it leads to", Code: exitFileSystem}
	}
	return writeAtomic(osFS{}, path, write, nil)
}

// writeAtomic is WriteFileAtomic for a regular file. It calls admit, which may be nil, when all
// bytes are on disk but before the rename.
func writeAtomic(fsys FS, path string, write func(w io.Writer) error, admit func(FileEntry) error) error {
	parent, base := filepath.Split(path)
	if parent == "" {
		parent = "."
	}
	name, done := leftoverName("tmp", base)
	defer done()
	tmp := join(parent, name)
	entry, err := writeFile(context.Background(), fsys, tmp, write)
	if err == nil && admit != nil {
		err = admit(entry)
	}
	if err != nil {
		removeFile(fsys, tmp) // if it cannot be removed now, the next write removes it
		// The error uses the name that the user knows.
		var e *Error
		if errors.As(err, &e) && e.Path == tmp {
			e.Path = path
		}
		if l, ok := err.(*located); ok && l.path == tmp {
			l.path = path
		}
		return err
	}
	failpoint.Here("rename", base)
	if err := fsys.Rename(tmp, path); err != nil {
		removeFile(fsys, tmp)
		return fileSystem("rename into place", path, err)
	}
	failpoint.Here("renamed", base)
	if err := fsys.SyncDir(parent); err != nil {
		return fileSystem("sync the folder", parent, err)
	}
	left := leftovers{label: func(label string) bool { return label == base }}
	left.remove(context.Background(), fsys, parent) // the file is written, whatever the result of this
	return nil
}

// writeDevice writes to a file that cannot be replaced.
func writeDevice(path string, write func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fileSystem("open", path, err)
	}
	err = write(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	var p *os.PathError
	if errors.As(err, &p) && p.Path == path {
		return fileSystem("write", path, p)
	}
	return err
}
