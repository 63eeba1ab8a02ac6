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
	lock         *Lock    // of the target; nil if it does not exist yet
	root         *os.Root // the folder that Dir was created in
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
	if err := o.begin(parent); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// begin creates the temporary folder, with a marker by which a later Output recognises it if this
// process is killed, and deletes those of processes that were.
func (o *Output) begin(parent string) (err error) {
	if o.root, err = os.OpenRoot(parent); err != nil {
		return fileSystem("open the folder", parent, err)
	}
	label := filepath.Base(o.target)
	if err := o.removeKilled(parent, label); err != nil {
		return err
	}
	name, done := leftoverName("tmp", label)
	o.Dir, o.done = join(parent, name), func() {
		o.root.RemoveAll(name) // this process created it under a unique name
		done()
	}
	if err := o.root.Mkdir(name, 0o777); err != nil {
		return fileSystem("create the folder", o.Dir, err)
	}
	f, err := ReadFolder(nil, o.Dir, o.kind, nil)
	if err != nil {
		return err
	}
	return f.save()
}

// removeKilled deletes what killed processes left, beside the target too: an output may have been
// begun there before the target existed.
func (o *Output) removeKilled(parent, label string) error {
	if err := removeOutputs(o.root, parent, label, o.kind); err != nil || o.lock == nil {
		return err
	}
	beside := filepath.Dir(o.target)
	root, err := os.OpenRoot(beside)
	if err != nil {
		return fileSystem("open the folder", beside, err)
	}
	defer root.Close()
	return removeOutputs(root, beside, label, o.kind)
}

// removeOutputs deletes the temporary folders of outputs to a target whose processes are no longer
// running. Folders without a marker of this kind stay.
func removeOutputs(root *os.Root, dir, label, kind string) error {
	list, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return fileSystem("list the folder", dir, err)
	}
	for _, e := range list {
		m := leftoverPattern.FindStringSubmatch(e.Name())
		if m == nil || m[1] != "tmp" || m[2] != label || !e.IsDir() || isActive(e.Name(), m[3]) {
			continue
		}
		if f, err := ReadFolder(nil, join(dir, e.Name()), kind, nil); err != nil || !f.Marked() {
			continue
		}
		if err := root.RemoveAll(e.Name()); err != nil {
			return fileSystem("delete the folder", join(dir, e.Name()), err)
		}
	}
	return nil
}

// check reports whether the folder to write into was renamed, deleted or replaced since.
func (o *Output) check() error {
	if o.lock != nil {
		return o.lock.Check()
	}
	parent := filepath.Dir(o.target)
	then, err := o.root.Stat(".")
	now, errNow := os.Stat(parent)
	if err != nil || errNow != nil || !os.SameFile(then, now) {
		return &Error{Path: parent, Code: exitFileSystem, What: "the folder was deleted, renamed or replaced while results were written", Hint: "nothing was put there; run the command again"}
	}
	return nil
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
		o.done()
	}
	if o.root != nil {
		o.root.Close()
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
	if err := o.check(); err != nil {
		return err
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
	if err := o.root.Rename(filepath.Base(o.Dir), filepath.Base(o.target)); err != nil {
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
		if name == MarkerName {
			return nil
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
