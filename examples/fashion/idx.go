package main

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxBytes is above the largest of the four files, 47 MB uncompressed.
const maxBytes = 64 << 20

// readIDX reads an idx file of bytes, compressed (name.gz) or not, and checks
// that it has those dimensions after the first. The first is the number of
// items.
func readIDX(folder, name string, dims ...int) ([]byte, int, error) {
	path := filepath.Join(folder, name)
	f, err := os.Open(path)
	var r io.Reader = f
	if errors.Is(err, fs.ErrNotExist) {
		path += ".gz"
		if f, err = os.Open(path); err == nil {
			r, err = gzip.NewReader(f)
		}
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%w; install Debian's package dataset-fashion-mnist, or name the folder of the four files by --source", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxBytes))
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	// Two zeros, 8 for unsigned bytes, the number of dimensions, then each.
	header := 4 * (2 + len(dims))
	if len(b) < header || binary.BigEndian.Uint32(b) != uint32(0x801+len(dims)) {
		return nil, 0, fmt.Errorf("%s: not an idx file of bytes in %d dimensions", path, 1+len(dims))
	}
	items, size := int(binary.BigEndian.Uint32(b[4:])), 1
	for i, want := range dims {
		if got := int(binary.BigEndian.Uint32(b[8+4*i:])); got != want {
			return nil, 0, fmt.Errorf("%s: dimension %d is %d, want %d", path, i+2, got, want)
		}
		size *= want
	}
	if b = b[header:]; len(b) != items*size {
		return nil, 0, fmt.Errorf("%s: %d items need %d bytes, there are %d", path, items, items*size, len(b))
	}
	return b, items, nil
}
