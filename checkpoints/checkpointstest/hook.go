package checkpointstest

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// ErrCrash is the result of every operation after the machine has "crashed".
var ErrCrash = errors.New("crashed")

// An Op is one operation on a file system.
type Op struct {
	N    int    // 1 for the first
	Name string // mkdir, create, write, sync, close, open, read, readdir, lstat, rename, remove, syncdir
	Path string // for a rename, the source
}

// A Hook is called before each operation. An error becomes that of the operation. If done is true,
// the operation is carried out nevertheless, as on a network file system. Of a write that otherwise
// fails, the first half is written.
type Hook func(op Op) (done bool, err error)

// Hooked is a file system that calls a hook first.
type Hooked struct {
	checkpoints.FS
	Hook Hook
	Ops  []Op // so far
}

// FailAt fails the n-th operation with err.
func FailAt(n int, err error) Hook {
	return func(op Op) (bool, error) {
		if op.N == n {
			return false, err
		}
		return false, nil
	}
}

// LieAt carries out the n-th operation and reports err.
func LieAt(n int, err error) Hook {
	return func(op Op) (bool, error) {
		if op.N == n {
			return true, err
		}
		return false, nil
	}
}

// CrashAt fails the n-th and all later operations.
func CrashAt(n int) Hook {
	return func(op Op) (bool, error) {
		if op.N >= n {
			return false, ErrCrash
		}
		return false, nil
	}
}

// FullAt simulates a disk that is full from the n-th operation on, until something is removed.
func FullAt(n int) Hook {
	freed := false
	return func(op Op) (bool, error) {
		if op.N < n || freed {
			return false, nil
		}
		switch op.Name {
		case "remove":
			freed = true
		case "mkdir", "create", "write", "sync", "rename":
			return false, syscall.ENOSPC
		}
		return false, nil
	}
}

// do counts an operation, calls the hook, and carries the operation out if allowed.
func (h *Hooked) do(name, path string, carryOut func() error) error {
	op := Op{N: len(h.Ops) + 1, Name: name, Path: path}
	h.Ops = append(h.Ops, op)
	var done bool
	var failure error
	if h.Hook != nil {
		done, failure = h.Hook(op)
	}
	if failure == nil || done {
		if err := carryOut(); err != nil {
			return err
		}
	}
	if failure != nil {
		return &fs.PathError{Op: name, Path: path, Err: failure}
	}
	return nil
}

func (h *Hooked) Mkdir(path string) error {
	return h.do("mkdir", path, func() error { return h.FS.Mkdir(path) })
}

func (h *Hooked) Rename(from, to string) error {
	return h.do("rename", from, func() error { return h.FS.Rename(from, to) })
}

func (h *Hooked) Remove(path string) error {
	return h.do("remove", path, func() error { return h.FS.Remove(path) })
}

func (h *Hooked) SyncDir(path string) error {
	return h.do("syncdir", path, func() error { return h.FS.SyncDir(path) })
}

func (h *Hooked) ReadDir(path string) (list []fs.DirEntry, err error) {
	err = h.do("readdir", path, func() (err error) {
		list, err = h.FS.ReadDir(path)
		return err
	})
	return list, err
}

func (h *Hooked) Lstat(path string) (info fs.FileInfo, err error) {
	err = h.do("lstat", path, func() (err error) {
		info, err = h.FS.Lstat(path)
		return err
	})
	return info, err
}

func (h *Hooked) Create(path string) (checkpoints.WritableFile, error) {
	var f checkpoints.WritableFile
	err := h.do("create", path, func() (err error) {
		f, err = h.FS.Create(path)
		return err
	})
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, err
	}
	return &hookedWriter{h, path, f}, nil
}

type hookedWriter struct {
	h    *Hooked
	path string
	f    checkpoints.WritableFile
}

func (w *hookedWriter) Write(b []byte) (n int, err error) {
	err = w.h.do("write", w.path, func() (err error) {
		n, err = w.f.Write(b)
		return err
	})
	if err != nil && n == 0 {
		n, _ = w.f.Write(b[:len(b)/2])
	}
	return n, err
}

func (w *hookedWriter) Sync() error { return w.h.do("sync", w.path, w.f.Sync) }

func (w *hookedWriter) Close() error {
	closed := false
	err := w.h.do("close", w.path, func() error {
		closed = true
		return w.f.Close()
	})
	if !closed {
		w.f.Close() // a failed close leaves no open file either
	}
	return err
}

func (h *Hooked) Open(path string) (checkpoints.ReadableFile, error) {
	var f checkpoints.ReadableFile
	err := h.do("open", path, func() (err error) {
		f, err = h.FS.Open(path)
		return err
	})
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, err
	}
	return &hookedReader{f, h, path}, nil
}

type hookedReader struct {
	checkpoints.ReadableFile
	h    *Hooked
	path string
}

func (r *hookedReader) Read(b []byte) (n int, err error) {
	err = r.h.do("read", r.path, func() (err error) {
		n, err = r.ReadableFile.Read(b)
		return err
	})
	return n, err
}

func (r *hookedReader) ReadAt(b []byte, at int64) (n int, err error) {
	err = r.h.do("read", r.path, func() (err error) {
		n, err = r.ReadableFile.ReadAt(b, at)
		return err
	})
	return n, err
}
