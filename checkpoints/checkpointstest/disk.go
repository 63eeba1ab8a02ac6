package checkpointstest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// A Disk is an in-memory file system that tracks which bytes and names are durable: bytes after the
// file's Sync, names after the folder's SyncDir. [Disk.Crash] returns what a machine might find
// after a power failure.
//
// Paths are split at slashes and start at the root, with or without a leading slash.
type Disk struct {
	mu      sync.Mutex
	root    *node
	journal []change
}

// A node is a file or a folder. Names point to nodes, so renaming one moves its contents along.
type node struct {
	folder bool

	data   []byte // of a file
	synced []byte // the durable part

	names   map[string]*node // of a folder
	durable map[string]*node
	first   map[string]*node // when the disk was created
}

// A change is one atomic change of names: the edits of a rename happen together or not at all.
type change struct {
	edits  []edit
	synced bool // made durable by SyncDir
}

type edit struct {
	in   *node
	name string
	to   *node // nil: the name is removed
}

// NewDisk returns an empty disk.
func NewDisk() *Disk { return &Disk{root: newFolder()} }

func newFolder() *node {
	return &node{folder: true, names: map[string]*node{}, durable: map[string]*node{}, first: map[string]*node{}}
}

func parts(p string) []string {
	p = strings.Trim(path.Clean(filepath.ToSlash(p)), "/")
	if p == "" || p == "." {
		return nil
	}
	return strings.Split(p, "/")
}

// find returns the node at p, or the error that an operation on it returns.
func (d *Disk) find(op, p string) (*node, error) {
	n := d.root
	for _, name := range parts(p) {
		if !n.folder {
			return nil, &fs.PathError{Op: op, Path: p, Err: syscall.ENOTDIR}
		}
		next := n.names[name]
		if next == nil {
			return nil, &fs.PathError{Op: op, Path: p, Err: fs.ErrNotExist}
		}
		n = next
	}
	return n, nil
}

// parent returns the folder that holds p, and p's name in it.
func (d *Disk) parent(op, p string) (*node, string, error) {
	all := parts(p)
	if len(all) == 0 {
		return nil, "", &fs.PathError{Op: op, Path: p, Err: fs.ErrInvalid}
	}
	n, err := d.find(op, strings.Join(all[:len(all)-1], "/"))
	if err == nil && !n.folder {
		err = &fs.PathError{Op: op, Path: p, Err: syscall.ENOTDIR}
	}
	return n, all[len(all)-1], err
}

func (d *Disk) change(edits ...edit) {
	for _, e := range edits {
		e.apply()
	}
	d.journal = append(d.journal, change{edits: edits})
}

func (e edit) apply() {
	if e.to == nil {
		delete(e.in.names, e.name)
	} else {
		e.in.names[e.name] = e.to
	}
}

// add puts a new node at p.
func (d *Disk) add(op, p string, n *node) error {
	in, name, err := d.parent(op, p)
	if err != nil {
		return err
	}
	if in.names[name] != nil {
		return &fs.PathError{Op: op, Path: p, Err: fs.ErrExist}
	}
	d.change(edit{in, name, n})
	return nil
}

func (d *Disk) Mkdir(p string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.add("mkdir", p, newFolder())
}

func (d *Disk) Create(p string) (checkpoints.WritableFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := &node{}
	if err := d.add("create", p, n); err != nil {
		return nil, err
	}
	return &writer{d, n}, nil
}

type writer struct {
	d *Disk
	n *node
}

func (w *writer) Write(b []byte) (int, error) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	w.n.data = append(w.n.data, b...)
	return len(b), nil
}

func (w *writer) Sync() error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	w.n.synced = slices.Clone(w.n.data)
	return nil
}

func (w *writer) Close() error { return nil }

func (d *Disk) Open(p string) (checkpoints.ReadableFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find("open", p)
	if err != nil {
		return nil, err
	}
	if n.folder {
		return nil, &fs.PathError{Op: "open", Path: p, Err: syscall.EISDIR}
	}
	return &reader{bytes.NewReader(n.data), info{path.Base(p), n}}, nil
}

type reader struct {
	*bytes.Reader
	info info
}

func (r *reader) Close() error               { return nil }
func (r *reader) Stat() (fs.FileInfo, error) { return r.info, nil }

// info is both the FileInfo and the DirEntry of a node.
type info struct {
	name string
	n    *node
}

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return int64(len(i.n.data)) }
func (i info) IsDir() bool                { return i.n.folder }
func (i info) ModTime() time.Time         { return time.Time{} }
func (i info) Sys() any                   { return nil }
func (i info) Type() fs.FileMode          { return i.Mode().Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }
func (i info) Mode() fs.FileMode {
	if i.n.folder {
		return fs.ModeDir | 0o777
	}
	return 0o666
}

func (d *Disk) ReadDir(p string) ([]fs.DirEntry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find("readdir", p)
	if err != nil {
		return nil, err
	}
	if !n.folder {
		return nil, &fs.PathError{Op: "readdir", Path: p, Err: syscall.ENOTDIR}
	}
	var list []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(n.names)) {
		list = append(list, info{name, n.names[name]})
	}
	return list, nil
}

func (d *Disk) Lstat(p string) (fs.FileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find("lstat", p)
	if err != nil {
		return nil, err
	}
	return info{path.Base(p), n}, nil
}

// Rename replaces only a file with a file.
func (d *Disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find("rename", from)
	if err != nil {
		return err
	}
	source, name, err := d.parent("rename", from)
	if err != nil {
		return err
	}
	target, newName, err := d.parent("rename", to)
	if err != nil {
		return err
	}
	if there := target.names[newName]; there != nil && (there.folder || n.folder) {
		return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrExist}
	}
	d.change(edit{source, name, nil}, edit{target, newName, n})
	return nil
}

func (d *Disk) Remove(p string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find("remove", p)
	if err != nil {
		return err
	}
	if len(n.names) > 0 {
		return &fs.PathError{Op: "remove", Path: p, Err: syscall.ENOTEMPTY}
	}
	in, name, err := d.parent("remove", p)
	if err != nil {
		return err
	}
	d.change(edit{in, name, nil})
	return nil
}

// SyncDir makes the names in a folder durable, and no others.
func (d *Disk) SyncDir(p string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find("syncdir", p)
	if err != nil {
		return err
	}
	n.durable = maps.Clone(n.names)
	for i := range d.journal {
		for _, e := range d.journal[i].edits {
			if e.in == n {
				d.journal[i].synced = true
			}
		}
	}
	return nil
}

// Put durably writes a file and the folders above it. It replaces an existing file.
func (d *Disk) Put(p string, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.root
	all := parts(p)
	for _, name := range all[:len(all)-1] {
		if at.names[name] == nil {
			n := newFolder()
			at.names[name], at.durable[name], at.first[name] = n, n, n
		}
		at = at.names[name]
	}
	n := &node{data: slices.Clone(data), synced: slices.Clone(data)}
	name := all[len(all)-1]
	at.names[name], at.durable[name], at.first[name] = n, n, n
}

// Get returns the contents of a file.
func (d *Disk) Get(p string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find("get", p)
	if err != nil {
		return nil, err
	}
	if n.folder {
		return nil, errors.New(p + " is a folder")
	}
	return slices.Clone(n.data), nil
}

// Tree lists everything with sizes, one per line, sorted by path.
func (d *Disk) Tree() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var b strings.Builder
	var walk func(n *node, at string)
	walk = func(n *node, at string) {
		for _, name := range slices.Sorted(maps.Keys(n.names)) {
			child := n.names[name]
			if child.folder {
				fmt.Fprintf(&b, "%s%s/\n", at, name)
				walk(child, at+name+"/")
			} else {
				fmt.Fprintf(&b, "%s%s %d\n", at, name, len(child.data))
			}
		}
	}
	walk(d.root, "")
	return b.String()
}
