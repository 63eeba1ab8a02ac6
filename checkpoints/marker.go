package checkpoints

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"syscall"
)

// MarkerName is the file by which a folder says whose it is: which run wrote it,
// and every file that was written into it outside of sealed folders, with its
// SHA-256.
const MarkerName = ".chiasm.json"

const (
	markerFormat   = 1
	maxMarkerBytes = 4 << 20
)

// A marker is the contents of MarkerName.
type marker struct {
	Format int    `json:"format"`
	Kind   string `json:"kind"`
	Owner
	// Files are what a file may hold, by its path with slashes: what it held and,
	// while it is replaced, what it will hold.
	Files map[string][]mark `json:"files"`
}

// A mark is what a file of ours holds.
type mark struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	// Grows is how each line begins that is added to the file; the last one may be
	// cut. Empty: none is.
	Grows string `json:"grows,omitempty"`
}

// readMarker reads dir's marker; nil if there is none.
func readMarker(fsys FS, dir string) (*marker, error) {
	path := join(dir, MarkerName)
	unusable := func(err error) error {
		return &Error{
			Path: path, Code: exitFileSystem, Err: err,
			What: fmt.Sprintf("the file that says whose this folder is cannot be used: %v", cause(err)),
			Hint: "choose another folder; nothing in this one was changed",
		}
	}
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil // what uses the folder says what it misses
	}
	if err != nil {
		return nil, unusable(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxMarkerBytes+1))
	if err != nil {
		return nil, unusable(err)
	}
	var m marker
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err = d.Decode(&m)
	if _, more := d.Token(); err == nil && more != io.EOF {
		err = errors.New("something stands behind it")
	}
	switch {
	case len(b) > maxMarkerBytes:
		return nil, unusable(fmt.Errorf("it has more than %d bytes", maxMarkerBytes))
	case err != nil:
		return nil, unusable(err)
	case m.Format != markerFormat:
		return nil, unusable(fmt.Errorf("it has format %d, this program reads %d", m.Format, markerFormat))
	}
	return &m, nil
}

// A Folder is one that files are written into, and that says so: see
// [MarkerName]. A file that is in the way of one of ours and is not as it was
// written is renamed, to a name beginning with ".aside-", and reported to Warn. A
// Folder is for one goroutine at a time.
type Folder struct {
	Dir  string
	FS   FS
	Warn func(error)

	marker marker
	marked bool // there was a marker
}

// ReadFolder reads the marker of the folder dir, if it has one, and nothing else.
// Where the marker is of another kind the error has exit code 2.
func ReadFolder(fsys FS, dir, kind string, warn func(error)) (*Folder, error) {
	f := &Folder{Dir: dir, FS: orOS(fsys), Warn: warn}
	m, err := readMarker(orOS(f.FS), dir)
	if err != nil {
		return nil, err
	}
	if m == nil {
		f.marker = marker{Format: markerFormat, Kind: kind, Files: map[string][]mark{}}
		return f, nil
	}
	if m.Kind != kind {
		return nil, &Error{Path: dir, Code: exitUsage, What: fmt.Sprintf("its marker says that it is the folder of another command (%s, not %s)", m.Kind, kind), Hint: "choose another --output"}
	}
	f.marker, f.marked = *m, true
	if f.marker.Files == nil {
		f.marker.Files = map[string][]mark{}
	}
	return f, nil
}

// Marked reports whether the folder had a marker.
func (f *Folder) Marked() bool { return f.marked }

// Owner is whose contents the folder has.
func (f *Folder) Owner() Owner { return f.marker.Owner }

// Own sets whose contents the folder will have, and says so in the folder.
func (f *Folder) Own(o Owner) error {
	f.marker.Owner = o
	return f.save()
}

func (f *Folder) path(name string) string { return join(f.Dir, filepath.FromSlash(name)) }

// save writes the marker.
func (f *Folder) save() error {
	b, err := json.MarshalIndent(f.marker, "", " ")
	if err != nil {
		return err
	}
	f.marked = true
	return writeAtomic(orOS(f.FS), f.path(MarkerName), Bytes(append(b, '\n')), nil)
}

// Write writes a file of the folder, by its path with slashes, as
// [WriteFileAtomic] does. It follows no link.
func (f *Folder) Write(name string, write func(io.Writer) error) error {
	return f.write(name, "", write)
}

// WriteLog writes a file of lines to which others are added, by [Lock.Append];
// each begins with the same text, such as {"epoch":.
func (f *Folder) WriteLog(name, grows string, write func(io.Writer) error) error {
	return f.write(name, grows, write)
}

func (f *Folder) write(name, grows string, write func(io.Writer) error) error {
	path := f.path(name)
	if err := mkdirAll(orOS(f.FS), filepath.Dir(path)); err != nil {
		return err
	}
	return writeAtomic(orOS(f.FS), path, write, func(e FileEntry) error {
		return f.admit(name, mark{e.SHA256, e.Size, grows})
	})
}

// admit makes room for a file that is to be renamed into place, and says in the
// folder what it holds before it is there.
func (f *Folder) admit(name string, next mark) error {
	if err := f.note(name, next); err != nil {
		return err
	}
	return f.save()
}

// note is admit without a word in the folder yet.
func (f *Folder) note(name string, next mark) error {
	old, ours, err := f.holds(name, next)
	if err != nil {
		return err
	}
	if !ours {
		if err := f.aside(name); err != nil {
			return err
		}
	}
	f.marker.Files[name] = []mark{next}
	if ours && old != nil && *old != next {
		f.marker.Files[name] = []mark{*old, next}
	}
	return nil
}

// aside renames a file that is not ours.
func (f *Folder) aside(name string) error {
	why := "no training wrote this"
	if len(f.marker.Files[name]) > 0 {
		why = "it was changed after it was written"
	}
	return setAside(orOS(f.FS), f.path(name), &foreignError{f.path(name), why}, f.Warn)
}

// holds reports whether a file of the folder is ours: it is not there, or a plain
// file that holds what was written, which is returned, or what is to be written.
func (f *Folder) holds(name string, or ...mark) (old *mark, ours bool, err error) {
	path := f.path(name)
	info, err := orOS(f.FS).Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, fileSystem("look at", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, false, nil
	}
	for _, m := range append(slices.Clone(f.marker.Files[name]), or...) {
		if same, err := m.is(orOS(f.FS), path); err != nil {
			return nil, false, unreadable(path, err)
		} else if same {
			return &m, true, nil
		}
	}
	return nil, false, nil
}

// is reports whether a file holds what the mark says.
func (m mark) is(fsys FS, path string) (bool, error) {
	file, size, err := openSized(fsys, path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	if size < m.Size || size > m.Size && m.Grows == "" {
		return false, nil
	}
	hash := sha256.New()
	if _, err := io.CopyN(hash, file, m.Size); err != nil {
		return false, err
	}
	if hex.EncodeToString(hash.Sum(nil)) != m.SHA256 {
		return false, nil
	}
	tail, err := io.ReadAll(file)
	if err != nil {
		return false, err
	}
	for line := range bytes.Lines(tail) {
		begins := bytes.HasPrefix(line, []byte(m.Grows)) && (json.Valid(line) || line[len(line)-1] != '\n')
		if !begins && !bytes.HasPrefix([]byte(m.Grows), line) {
			return false, nil
		}
	}
	return true, nil
}

// Has reports whether the folder's marker names a file, and the file is as it was
// written.
func (f *Folder) Has(name string) (bool, error) {
	old, ours, err := f.holds(name)
	return old != nil && ours, err
}

// Adopt takes a file as it is for one of ours, of which there is other proof than
// the marker. One that is not there, or is no plain file, is left alone.
func (f *Folder) Adopt(name string) error {
	path := f.path(name)
	if info, err := orOS(f.FS).Lstat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	file, size, err := openSized(orOS(f.FS), path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return unreadable(path, err)
	}
	f.marker.Files[name] = []mark{{SHA256: hex.EncodeToString(hash.Sum(nil)), Size: size}}
	return nil
}

// Names are the files that the marker names, in order, with slashes.
func (f *Folder) Names() []string { return slices.Sorted(maps.Keys(f.marker.Files)) }

// Remove deletes a file of ours. One that is not as it was written is renamed. A
// file that is not there is no error.
func (f *Folder) Remove(name string) error {
	_, ours, err := f.holds(name)
	if err != nil {
		return err
	}
	if !ours {
		return f.aside(name)
	}
	if err := removeFile(orOS(f.FS), f.path(name)); err != nil {
		return err
	}
	delete(f.marker.Files, name)
	return nil
}

// RemoveFolder deletes a folder in this one that is empty by now; one that is not
// is renamed. A folder that is not there is no error.
func (f *Folder) RemoveFolder(name string) error {
	path := f.path(name)
	info, err := orOS(f.FS).Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fileSystem("look at", path, err)
	}
	if !info.IsDir() {
		return f.aside(name)
	}
	return orAside(orOS(f.FS), path, removeFile(orOS(f.FS), path), f.Warn)
}
