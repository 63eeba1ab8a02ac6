package checkpoints

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// An Output is a folder of results in preparation. All files are written to a temporary folder next
// to the target, and moved there together by [Output.Commit] once all bytes are on disk: if the
// disk is full, the target is unchanged.
//
// A target that does not exist appears in one rename. In an existing one, each file is renamed into
// place. Unmodified files that an earlier Output of the same kind wrote there are replaced, or
// deleted if no longer written. Anything else with the name of a new file is renamed to a name
// starting with ".aside-"; all other files are left alone.
type Output struct {
	// Dir is the folder to write the files to.
	Dir string

	target, kind string
	warn         func(error)
	lock         *Lock // of the target; nil if it does not exist yet
	done         func()
}

// NewOutput starts an output to the folder dir; kind names its type, such as export. A folder that
// is not empty is refused, with exit code 2, unless force is set; one whose marker is of another
// kind is always refused. Call [Output.Close] at the end.
func NewOutput(dir, kind string, force bool, warn func(error)) (*Output, error) {
	o := &Output{target: dir, kind: kind, warn: warn}
	parent := filepath.Dir(dir)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(dir); err == nil {
			return nil, &Error{Path: dir, Code: exitFileSystem, What: "this is a dangling link", Hint: "choose another --output"}
		}
		if err := MkdirAll(parent); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, fileSystem("look at", dir, err)
	case !info.IsDir():
		return nil, &Error{Path: dir, Code: exitFileSystem, What: "a file is in the place of a folder", Hint: "choose another --output"}
	default:
		if err := o.enter(force); err != nil {
			return nil, err
		}
		parent = dir
	}
	name, done := leftoverName("tmp", filepath.Base(dir))
	o.Dir, o.done = join(parent, name), done
	if err := os.Mkdir(o.Dir, 0o777); err != nil {
		o.Close()
		return nil, fileSystem("create the folder", o.Dir, err)
	}
	return o, nil
}

// enter inspects an existing target and locks it.
func (o *Output) enter(force bool) error {
	if _, err := ReadFolder(nil, o.target, o.kind, nil); err != nil {
		return err
	}
	list, err := os.ReadDir(o.target)
	if err != nil {
		return fileSystem("list the folder", o.target, err)
	}
	for _, e := range list {
		if !force && e.Name() != LockName && e.Name() != MarkerName {
			return &Error{Path: o.target, Code: exitUsage, What: "the folder exists and is not empty", Hint: "choose another --output, or write into it with --force"}
		}
	}
	o.lock, err = LockFolder(o.target)
	return err
}

// Close ends an output. If it was not committed, nothing remains.
func (o *Output) Close() {
	if o.done != nil {
		os.RemoveAll(o.Dir) // this process created it under a unique name
		o.done()
	}
	if o.lock != nil {
		o.lock.Release()
	}
}

// Commit moves the files to their destination.
func (o *Output) Commit() error {
	files, folders, err := o.written()
	if err != nil {
		return err
	}
	for _, dir := range folders {
		if err := OS().SyncDir(dir); err != nil {
			return fileSystem("sync the folder", dir, err)
		}
	}
	if o.lock == nil {
		return o.appear(files)
	}
	return o.replace(files)
}

// appear creates the target, which does not exist, in one rename.
func (o *Output) appear(files []FileEntry) error {
	f, err := ReadFolder(nil, o.Dir, o.kind, nil)
	if err != nil {
		return err
	}
	for _, e := range files {
		f.marker.Files[e.Name] = []mark{{SHA256: e.SHA256, Size: e.Size}}
	}
	if err := f.save(); err != nil {
		return err
	}
	if err := os.Rename(o.Dir, o.target); err != nil {
		return fileSystem("rename into place", o.target, err)
	}
	if err := OS().SyncDir(filepath.Dir(o.target)); err != nil {
		return fileSystem("sync the folder", filepath.Dir(o.target), err)
	}
	return nil
}

// replace moves the files into the existing target.
func (o *Output) replace(files []FileEntry) error {
	fsys := o.lock.FS()
	f, err := ReadFolder(fsys, o.target, o.kind, o.warn)
	if err != nil {
		return err
	}
	now := map[string][]mark{}
	for _, e := range files {
		m := mark{SHA256: e.SHA256, Size: e.Size}
		if err := mkdirAll(fsys, filepath.Dir(f.path(e.Name))); err != nil {
			return err
		}
		if err := f.note(e.Name, m); err != nil {
			return err
		}
		now[e.Name] = []mark{m}
	}
	if err := f.save(); err != nil {
		return err
	}
	synced := map[string]bool{}
	for _, e := range files {
		path := f.path(e.Name)
		if err := fsys.Rename(join(o.Dir, filepath.FromSlash(e.Name)), path); err != nil {
			return fileSystem("rename into place", path, err)
		}
		synced[filepath.Dir(path)] = true
	}
	for _, name := range f.Names() {
		if ours, err := f.Has(name); now[name] == nil && ours && err == nil {
			if err := f.Remove(name); err != nil {
				return err
			}
		}
	}
	for dir := range synced {
		if err := fsys.SyncDir(dir); err != nil {
			return fileSystem("sync the folder", dir, err)
		}
	}
	f.marker.Files = now
	return f.save()
}

// written lists the files that were written, by slash-separated path, and their folders.
func (o *Output) written() (files []FileEntry, folders []string, err error) {
	err = filepath.WalkDir(o.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			folders = append(folders, path)
			return nil
		}
		name, err := filepath.Rel(o.Dir, path)
		if err != nil {
			return err
		}
		f, size, err := openSized(OS(), path)
		if err != nil {
			return err
		}
		defer f.Close()
		hash := sha256.New()
		if _, err := io.Copy(hash, f); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		files = append(files, FileEntry{Name: filepath.ToSlash(name), Size: size, SHA256: hex.EncodeToString(hash.Sum(nil))})
		return nil
	})
	return files, folders, err
}
