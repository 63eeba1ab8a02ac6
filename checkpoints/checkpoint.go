package checkpoints

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path/filepath"
)

// A Checkpoint is a sealed folder in which every file was read and has the size and SHA-256
// recorded in the manifest: a training checkpoint or the inference bundle. Files that the manifest
// does not list are never opened.
type Checkpoint struct {
	Dir      string
	Manifest Manifest

	fsys FS
}

// Open verifies and returns the sealed folder dir. The error names the first file that is missing
// or differs, and has exit code 4.
func Open(ctx context.Context, dir string) (*Checkpoint, error) {
	return open(ctx, osFS{}, dir)
}

// Verify reports what is wrong with the sealed folder dir, like [Open].
func Verify(ctx context.Context, dir string) error {
	_, err := Open(ctx, dir)
	return err
}

func open(ctx context.Context, fsys FS, dir string) (*Checkpoint, error) {
	m, err := readManifest(fsys, dir)
	if err != nil {
		return nil, err
	}
	var largest int64
	for _, f := range m.Files {
		largest = max(largest, f.Size)
	}
	buf := make([]byte, max(1, min(largest, 4*bufferBytes)))
	for _, f := range m.Files {
		if err := verifyFile(ctx, fsys, dir, f, buf); err != nil {
			return nil, err
		}
	}
	return &Checkpoint{Dir: dir, Manifest: m, fsys: fsys}, nil
}

func verifyFile(ctx context.Context, fsys FS, dir string, want FileEntry, buf []byte) error {
	path := join(dir, want.Name)
	f, size, err := openSized(fsys, path)
	if err != nil {
		return err
	}
	defer f.Close()
	const hint = "the file was truncated or modified after it was written; use another checkpoint"
	if size != want.Size {
		return atPath(path, invalid("the file has %d bytes, the manifest says %d", size, want.Size).hinted(hint))
	}
	hash := sha256.New()
	if _, err := io.CopyBuffer(hash, pollReader{ctx, f}, buf); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return unreadable(path, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want.SHA256 {
		return atPath(path, invalid("the file's SHA-256 is %.12s…, the manifest says %.12s…", got, want.SHA256).hinted(hint))
	}
	return nil
}

// pollReader stops reading when ctx is done.
type pollReader struct {
	ctx context.Context
	r   io.Reader
}

func (p pollReader) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// Has reports whether the folder has the file.
func (c *Checkpoint) Has(name string) bool {
	_, ok := c.Manifest.entry(name)
	return ok
}

// ReadFile returns the contents of a file. It holds the whole file in memory, so use it only for
// small files.
func (c *Checkpoint) ReadFile(name string) ([]byte, error) {
	var b []byte
	err := c.with(name, func(f io.ReaderAt, size int64) error {
		b = make([]byte, size)
		return readFullAt(f, b, 0)
	})
	return b, err
}

// Tensors reads a safetensors file of the folder, like [Read].
func (c *Checkpoint) Tensors(name string) (tensors []Tensor, metadata map[string]string, err error) {
	err = c.with(name, func(f io.ReaderAt, size int64) (err error) {
		tensors, metadata, err = Read(f, size)
		return err
	})
	return tensors, metadata, err
}

// Header reads the header of a safetensors file of the folder.
func (c *Checkpoint) Header(name string) (h *Header, err error) {
	err = c.with(name, func(f io.ReaderAt, size int64) (err error) {
		h, err = ReadHeader(f, size)
		return err
	})
	return h, err
}

// LoadInto reads a safetensors file of the folder into dst, like the function [LoadInto].
func (c *Checkpoint) LoadInto(name string, dst []Tensor) (metadata map[string]string, err error) {
	err = c.with(name, func(f io.ReaderAt, size int64) (err error) {
		metadata, err = LoadInto(f, size, dst)
		return err
	})
	return metadata, err
}

// ErrChanged reports that a file of a sealed folder is no longer the one that was verified: another
// model is being put in its place. Data that was read must not be used; the folder can be opened
// again.
var ErrChanged = errors.New("the file changed while the folder was being read")

// with passes a file of the folder to read, and then checks exactly the bytes that were read
// against the manifest, since another model may have been put in the folder's place after [Open].
func (c *Checkpoint) with(name string, read func(f io.ReaderAt, size int64) error) error {
	path := join(c.Dir, name)
	entry, ok := c.Manifest.entry(name)
	if !ok {
		return atPath(path, invalid("the manifest does not list this file").hinted("this folder is of another kind or version"))
	}
	changed := func() error {
		return &Error{Path: path, What: ErrChanged.Error(), Hint: "try again when nothing is writing to the folder", Err: ErrChanged}
	}
	f, size, err := openSized(c.fsys, path)
	if err != nil && errors.Is(err, fs.ErrNotExist) {
		return changed()
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if size != entry.Size {
		return changed()
	}
	h := &hashedReader{f: f, hash: sha256.New()}
	readErr := read(h, size)
	if err := h.finish(size); err != nil {
		return unreadable(path, err)
	}
	if hex.EncodeToString(h.hash.Sum(nil)) != entry.SHA256 {
		return changed()
	}
	return atPath(path, readErr)
}

// hashedReader is a file that is read sequentially, each byte once, and hashed as it is read.
type hashedReader struct {
	f    io.ReaderAt
	hash hash.Hash
	at   int64 // position of the next read
}

// ReadAt continues where the last call ended.
func (h *hashedReader) ReadAt(b []byte, at int64) (int, error) {
	if at != h.at {
		return 0, fmt.Errorf("out-of-order read at %d, expected %d", at, h.at)
	}
	n, err := h.f.ReadAt(b, at)
	h.hash.Write(b[:n])
	h.at += int64(n)
	return n, err
}

// finish hashes the part that was not read.
func (h *hashedReader) finish(size int64) error {
	_, err := io.Copy(h.hash, io.NewSectionReader(h.f, h.at, size-h.at))
	return err
}

// ReadFile reads a standalone safetensors file, like [Read].
func ReadFile(path string) (tensors []Tensor, metadata map[string]string, err error) {
	f, size, err := openSized(osFS{}, path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	tensors, metadata, err = Read(f, size)
	return tensors, metadata, atPath(path, err)
}

func join(dir, name string) string { return filepath.Join(dir, name) }
