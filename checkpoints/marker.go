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

// MarkerName is the file that identifies the owner of a folder: the run that wrote it and every
// file written into it outside of sealed folders, with its SHA-256.
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
	// Files maps the slash-separated path of each file to its possible contents: the current ones
	// and, while it is being replaced, the next ones.
	Files map[string][]mark `json:"files"`
}

// A mark describes the contents of one of our files.
type mark struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	// Grows is the prefix of every line appended to the file; the last line may be incomplete.
	// Empty: nothing is appended.
	Grows string `json:"grows,omitempty"`
}

// readMarker reads dir's marker; nil if there is none.
func readMarker(fsys FS, dir string) (*marker, error) {
	path := join(dir, MarkerName)
	unusable := func(err error) error {
		return &Error{
			Path: path, Code: exitFileSystem, Err: err,
			What: fmt.Sprintf("the marker that identifies the owner of this folder is invalid: %v", cause(err)),
			Hint: "choose another folder; nothing in this one was changed",
		}
	}
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil // the code that uses the folder reports what is missing
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
		err = errors.New("data follows after it")
	}
	switch {
	case len(b) > maxMarkerBytes:
		return nil, unusable(fmt.Errorf("it has more than %d bytes", maxMarkerBytes))
	case err != nil:
		return nil, unusable(err)
	case m.Format != markerFormat:
		return nil, unusable(fmt.Errorf("it has format %d, this program supports %d", m.Format, markerFormat))
	}
	return &m, nil
}

// A Folder is a folder that files are written into and that records this; see [MarkerName]. A file
// that is in the way and was not written by us, or was modified, is renamed to a name starting with
// ".aside-", and reported to Warn. A Folder must not be used concurrently.
type Folder struct {
	Dir  string
	FS   FS
	Warn func(error)

	marker marker
	marked bool // a marker existed
}

// ReadFolder reads the marker of the folder dir, if it has one, and nothing else. If the marker is
// of another kind, the error has exit code 2.
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
		return nil, &Error{Path: dir, Code: exitUsage, What: fmt.Sprintf("its marker shows that it belongs to another command (%s, not %s)", m.Kind, kind), Hint: "choose another --output"}
	}
	f.marker, f.marked = *m, true
	if f.marker.Files == nil {
		f.marker.Files = map[string][]mark{}
	}
	return f, nil
}

// Marked reports whether the folder had a marker.
func (f *Folder) Marked() bool { return f.marked }

// Owner returns the owner of the folder's contents.
func (f *Folder) Owner() Owner { return f.marker.Owner }

// Own sets the owner of the folder's future contents, and records it in the marker.
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

// Write writes a file of the folder, given by its slash-separated path, like [WriteFileAtomic]. It
// follows no link.
func (f *Folder) Write(name string, write func(io.Writer) error) error {
	return f.write(name, "", write)
}

// WriteLog writes a line-based file that is extended by [Lock.Append]; every line starts with
// grows, such as {"epoch":.
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

// admit makes room for a file that is about to be renamed into place, and records its contents in
// the marker first.
func (f *Folder) admit(name string, next mark) error {
	if err := f.note(name, next); err != nil {
		return err
	}
	return f.save()
}

// note is admit without writing the marker.
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
		why = "it was modified after it was written"
	}
	return setAside(orOS(f.FS), f.path(name), &foreignError{f.path(name), why}, f.Warn)
}

// holds reports whether a file of the folder is ours: it does not exist, or is a regular file with
// either the recorded contents, which are returned, or those about to be written.
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

// is reports whether a file has the contents that the mark describes.
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

// Has reports whether the folder's marker lists a file, and the file is unmodified.
func (f *Folder) Has(name string) (bool, error) {
	old, ours, err := f.holds(name)
	return old != nil && ours, err
}

// Adopt records an existing file as ours, for which there is other proof than the marker. A file
// that does not exist, or is not a regular file, is left alone.
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

// Names lists the files in the marker, sorted, with slashes.
func (f *Folder) Names() []string { return slices.Sorted(maps.Keys(f.marker.Files)) }

// Remove deletes one of our files. A modified one is renamed. A missing file is not an error.
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

// RemoveFolder deletes an empty subfolder; one that is not empty is renamed. A missing folder is
// not an error.
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
