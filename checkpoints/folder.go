package checkpoints

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"

	"github.com/chiasm-ml/chiasm/internal/failpoint"
)

// A File is one file of a folder to be written: its name, and the function that writes its
// contents. See [Tensors] and [Bytes].
type File struct {
	Name  string
	Write func(w io.Writer) error
}

// Tensors returns a Write function for a safetensors file.
func Tensors(tensors []Tensor, metadata map[string]string) func(io.Writer) error {
	return func(w io.Writer) error { return Write(w, tensors, metadata) }
}

// Bytes returns a Write function for contents that are already in memory.
func Bytes(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// stage writes a sealed folder under a temporary name in parent and syncs everything but the name.
// The caller renames or discards it, and calls done.
type stage struct {
	dir      string
	manifest Manifest
	done     func()
	made     bool     // the folder was created
	names    []string // of files that were started
}

func writeStage(ctx context.Context, fsys FS, parent string, manifest Manifest, files []File) (*stage, error) {
	if err := checkFiles(files); err != nil {
		return nil, err
	}
	name, done := leftoverName("tmp", strconv.Itoa(manifest.Step))
	s := &stage{dir: join(parent, name), manifest: manifest, done: done}
	s.manifest.Format = manifestFormat
	if err := s.write(ctx, fsys, files); err != nil {
		s.undo(fsys)
		done()
		return nil, err
	}
	return s, nil
}

// undo deletes what was written. If something cannot be deleted now, the next training deletes it.
func (s *stage) undo(fsys FS) {
	if s.made {
		removeFiles(fsys, s.dir, s.names)
	}
}

func checkFiles(files []File) error {
	seen := make(map[string]bool, len(files))
	for _, f := range files {
		if err := checkFileName(f.Name); err != nil {
			return err
		}
		if seen[f.Name] {
			return invalid("the file %s is given twice", quote(f.Name))
		}
		seen[f.Name] = true
	}
	if len(files) > maxManifestFiles {
		return invalid("%d files, at most %d are stored", len(files), maxManifestFiles)
	}
	return nil
}

func (s *stage) write(ctx context.Context, fsys FS, files []File) error {
	failpoint.Here("make", "checkpoint")
	if err := fsys.Mkdir(s.dir); err != nil {
		return fileSystem("make the folder", s.dir, err)
	}
	s.made = true
	s.manifest.Files = make([]FileEntry, 0, len(files))
	for _, f := range files {
		s.names = append(s.names, f.Name)
		entry, err := writeFile(ctx, fsys, join(s.dir, f.Name), f.Write)
		if err != nil {
			return err
		}
		s.manifest.Files = append(s.manifest.Files, entry)
	}
	sortFiles(s.manifest.Files)
	b := s.manifest.encode()
	s.names = append(s.names, ManifestName)
	if _, err := writeFile(ctx, fsys, join(s.dir, ManifestName), Bytes(b)); err != nil {
		return err
	}
	manifest, err := parseManifest(b) // with its checksum; never commit a manifest that cannot be read back
	if err != nil {
		return err
	}
	s.manifest = manifest
	failpoint.Here("sync", "checkpoint")
	if err := fsys.SyncDir(s.dir); err != nil {
		return fileSystem("sync the folder", s.dir, err)
	}
	failpoint.Here("synced", "checkpoint")
	return nil
}

// writeFile writes, syncs and closes a new file, and returns its entry.
func writeFile(ctx context.Context, fsys FS, path string, write func(io.Writer) error) (FileEntry, error) {
	entry := FileEntry{Name: filepath.Base(path)}
	if write == nil {
		return entry, invalid("%s: the file has no Write function", path)
	}
	failpoint.Here("create", entry.Name)
	f, err := fsys.Create(path)
	if err != nil {
		return entry, fileSystem("create the file", path, err)
	}
	w := &hashWriter{ctx: ctx, f: f, path: path, hash: sha256.New()}
	buf := bufio.NewWriterSize(w, bufferBytes)
	err = write(buf)
	if err == nil {
		err = buf.Flush()
	}
	if w.err != nil {
		err = w.err // the first failure, however write reported it
	} else if err != nil {
		err = atPath(path, err)
	}
	if err == nil {
		failpoint.Here("sync", entry.Name)
		if syncErr := f.Sync(); syncErr != nil {
			err = fileSystem("sync the file", path, syncErr)
		}
		failpoint.Here("synced", entry.Name)
	}
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = fileSystem("close the file", path, closeErr)
	}
	entry.Size, entry.SHA256 = w.size, hex.EncodeToString(w.hash.Sum(nil))
	return entry, err
}

// hashWriter counts and hashes what is written to the file, and stops when ctx is done.
type hashWriter struct {
	ctx  context.Context
	f    WritableFile
	path string
	hash hash.Hash
	size int64
	err  error
}

func (w *hashWriter) Write(b []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if err := w.ctx.Err(); err != nil {
		w.err = err
		return 0, err
	}
	failpoint.Here("write", filepath.Base(w.path))
	n, err := w.f.Write(b)
	w.size += int64(n)
	w.hash.Write(b[:n])
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.err = fileSystem("write the file", w.path, err)
	}
	return n, w.err
}

// leftoverPattern matches names that only this package creates: ".tmp-<label>-<pid>-<random>" while
// something is being written, ".trash-…" while it is being deleted. The label is the step, or the
// name of the future file.
var leftoverPattern = regexp.MustCompile(`^\.(tmp|trash)-(.+)-([0-9]{1,10})-([0-9a-f]{8})$`)

// active holds the temporary names in use by this process. A name with our pid that is not among
// them was left by an earlier process: in a container, every run may have the same pid.
var active sync.Map

// leftoverName returns a name for temporary use; done ends that use.
func leftoverName(kind, label string) (name string, done func()) {
	var random [4]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	name = fmt.Sprintf(".%s-%s-%d-%x", kind, label, os.Getpid(), random)
	active.Store(name, true)
	return name, func() { active.Delete(name) }
}

// isActive reports whether the process that a temporary name belongs to is still running.
func isActive(name, process string) bool {
	if _, used := active.Load(name); used {
		return true
	}
	pid, err := strconv.Atoi(process)
	return err != nil || pid != os.Getpid() && processRuns(pid)
}

// leftovers decides which names matching the pattern may be deleted.
type leftovers struct {
	label func(label string) bool
	owner Owner
	names map[string]bool // of files that our folders contain
}

// remove deletes the leftovers in dir of processes that are no longer running: files and folders
// that match the pattern with a known label. A folder must contain only our own files: those of its
// manifest or, if that is not yet written or already deleted, files with names that our folders
// contain. Everything else stays, including anything that belongs to a running process.
func (l leftovers) remove(ctx context.Context, fsys FS, dir string) error {
	list, err := fsys.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fileSystem("list the folder", dir, err)
	}
	var remove []func() error
	for _, e := range list {
		m := leftoverPattern.FindStringSubmatch(e.Name())
		if m == nil || !l.label(m[2]) {
			continue
		}
		if isActive(e.Name(), m[3]) {
			continue
		}
		path := join(dir, e.Name())
		switch {
		case e.IsDir():
			names, err := l.folder(ctx, fsys, path)
			if err != nil {
				return err
			}
			if names != nil {
				remove = append(remove, func() error { return removeFiles(fsys, path, names) })
			}
		case e.Type().IsRegular():
			remove = append(remove, func() error { return removeFile(fsys, path) })
		} // we create no links or devices
	}
	if len(remove) == 0 {
		return nil
	}
	// The rename to the trash name may not be durable yet.
	if err := fsys.SyncDir(dir); err != nil {
		return fileSystem("sync the folder", dir, err)
	}
	var first error
	for _, f := range remove {
		if err := f(); first == nil {
			first = err
		}
	}
	return first
}

// folder lists the files of a leftover folder in the order of deletion, the manifest last; nil if
// not all of them are ours.
func (l leftovers) folder(ctx context.Context, fsys FS, dir string) ([]string, error) {
	list, err := fsys.ReadDir(dir)
	if err != nil {
		return nil, fileSystem("list the folder", dir, err)
	}
	names, sealed := []string{}, false
	for _, e := range list {
		if !e.Type().IsRegular() {
			return nil, nil
		}
		if e.Name() == ManifestName {
			sealed = true
		} else {
			names = append(names, e.Name())
		}
	}
	if sealed {
		names = append(names, ManifestName)
		_, err := l.owner.claim(ctx, fsys, dir, nil)
		if err == nil {
			return names, nil
		}
		if _, readable := readManifest(fsys, dir); readable == nil || !isForeign(err) {
			return nil, ctx.Err()
		} // a manifest that was being written
	}
	for _, name := range names {
		if name != ManifestName && !l.names[name] {
			return nil, nil
		}
	}
	return names, nil
}

// learn adds the names of files that are written.
func learn(names map[string]bool, files []FileEntry) map[string]bool {
	if names == nil {
		names = make(map[string]bool, len(files))
	}
	for _, f := range files {
		names[f.Name] = true
	}
	return names
}

func isStep(label string) bool {
	_, err := strconv.ParseUint(label, 10, 63)
	return err == nil
}

// removeFiles deletes these files of a folder, then the folder.
func removeFiles(fsys FS, dir string, names []string) error {
	for _, name := range names {
		failpoint.Here("remove", "a file of a folder")
		if err := removeFile(fsys, join(dir, name)); err != nil {
			return err
		}
	}
	failpoint.Here("remove", "an empty folder")
	return removeFile(fsys, dir)
}

func removeFile(fsys FS, path string) error {
	if err := fsys.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fileSystem("delete", path, err)
	}
	return nil
}
