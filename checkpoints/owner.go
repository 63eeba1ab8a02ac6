package checkpoints

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// An Owner identifies who a folder's contents belong to. Contents of others are never deleted or
// replaced: if they are in the way they are renamed, and this is reported.
//
// The zero Owner writes manifests without a run, and owns those.
type Owner struct {
	Run string `json:"run"` // recorded in the manifests that are written
	// Also lists other runs whose contents may be deleted, such as one that is restarted in its
	// folder. The empty run denotes manifests that predate owners.
	Also []string `json:"also,omitempty"`
}

func (o Owner) owns(run string) bool { return run == o.Run || slices.Contains(o.Also, run) }

// A foreignError states why a folder must not be deleted.
type foreignError struct{ path, why string }

func (e *foreignError) Error() string { return e.path + ": " + e.why }

// known identifies files that need not be read to know that we wrote them in their current state;
// nil identifies none.
type known func(name string, now fs.FileInfo) bool

// claim returns the manifest of a sealed folder written entirely by the owner: a real folder that
// contains the files of its manifest, unmodified, and nothing else. Files may be missing, since a
// killed process may have deleted some. Anything else is a [foreignError].
func (o Owner) claim(ctx context.Context, fsys FS, dir string, mine known) (m Manifest, err error) {
	foreign := func(path, format string, args ...any) (Manifest, error) {
		return Manifest{}, &foreignError{path, fmt.Sprintf(format, args...)}
	}
	info, err := fsys.Lstat(dir)
	if err != nil {
		return m, fileSystem("look at", dir, err)
	}
	if !info.IsDir() {
		return foreign(dir, "this is a link or a file, not a folder that was written here")
	}
	if m, err = readManifest(fsys, dir); err != nil {
		return foreign(dir, "it has no readable manifest")
	}
	if !o.owns(m.Run) {
		return foreign(dir, "another run wrote it")
	}
	list, err := fsys.ReadDir(dir)
	if err != nil {
		return m, fileSystem("list the folder", dir, err)
	}
	buf := make([]byte, bufferBytes)
	for _, e := range list {
		if e.Name() == ManifestName {
			continue
		}
		entry, listed := m.entry(e.Name())
		if !listed || !e.Type().IsRegular() {
			return foreign(join(dir, e.Name()), "no training wrote this")
		}
		if now, err := fsys.Lstat(join(dir, e.Name())); err == nil && mine != nil && mine(e.Name(), now) {
			continue
		}
		if err := verifyFile(ctx, fsys, dir, entry, buf); err != nil {
			if ctx.Err() != nil {
				return m, ctx.Err()
			}
			return foreign(join(dir, e.Name()), "it was modified after it was written")
		}
	}
	return m, nil
}

// retire renames what is at path to a trash name in the same folder and returns that name.
func retire(fsys FS, path string, step int) (trash string, done func(), err error) {
	name, done := leftoverName("trash", strconv.Itoa(step))
	trash = join(filepath.Dir(path), name)
	if err := fsys.Rename(path, trash); err != nil {
		done()
		return "", nil, fileSystem("move away", path, err)
	}
	return trash, done, nil
}

// discard deletes a claimed folder: the files of its manifest, then the manifest, then the folder.
// Anything added since is left under a name that is reported.
func discard(fsys FS, dir string, m Manifest, warn func(error)) error {
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Name)
	}
	err := removeFiles(fsys, dir, append(names, ManifestName))
	return orAside(fsys, dir, err, warn)
}

// orAside sets aside a folder that could not be deleted because it is not empty.
func orAside(fsys FS, dir string, err error, warn func(error)) error {
	if err == nil {
		return nil
	}
	left, listErr := fsys.ReadDir(dir)
	if listErr != nil || len(left) == 0 {
		return err
	}
	for _, e := range left {
		if e.Name() == ManifestName {
			return err // the failure occurred earlier
		}
	}
	return setAside(fsys, dir, &foreignError{join(dir, left[0].Name()), "no training wrote this"}, warn)
}

// setAside renames something that is in the way and not ours, and reports why. The new name is
// never read or deleted by this package.
func setAside(fsys FS, path string, why error, warn func(error)) error {
	aside, err := rename(fsys, path, "aside")
	if err != nil {
		return err
	}
	if warn != nil {
		warn(fmt.Errorf("%w; %s was moved aside to %s", why, filepath.Base(path), filepath.Base(aside)))
	}
	return nil
}

// moveAside renames something invalid at path to ".damaged-<name>-…", which this package never
// reads or deletes.
func moveAside(fsys FS, path string) (string, error) { return rename(fsys, path, "damaged") }

func rename(fsys FS, path, kind string) (string, error) {
	name, done := leftoverName(kind, filepath.Base(path))
	done() // it is permanent, so it needs no protection
	aside := join(filepath.Dir(path), name)
	if err := fsys.Rename(path, aside); err != nil {
		return "", fileSystem("move away", path, err)
	}
	return aside, nil
}

// isForeign distinguishes a folder that is not ours from one that could not be inspected.
func isForeign(err error) bool {
	var f *foreignError
	return errors.As(err, &f)
}

// sameAsWritten compares a file with its state when it was written, as far as the file system
// records it.
func sameAsWritten(was, now fs.FileInfo) bool {
	if was == nil || was.Size() != now.Size() || !was.ModTime().Equal(now.ModTime()) {
		return false
	}
	return was.Sys() == nil || os.SameFile(was, now)
}
