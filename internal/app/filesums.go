package app

import (
	"crypto/sha256"
	"sync"

	"github.com/chiasm-ml/chiasm/data"
)

// fileSums is an image source that remembers what it has read, for a
// fingerprint of the data.
type fileSums struct {
	data.ImageSource
	mu   sync.Mutex
	sums map[string][sha256.Size]byte // by cell; nil: no longer
}

// ReadImage is that of the source.
func (f *fileSums) ReadImage(cell string) ([]byte, error) {
	b, err := f.ImageSource.ReadImage(cell)
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.sums[cell]; err == nil && !known && f.sums != nil {
		f.sums[cell] = sha256.Sum256(b)
	}
	return b, err
}

// end is what was read so far; from now on nothing is remembered.
func (f *fileSums) end() map[string][sha256.Size]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	sums := f.sums
	f.sums = nil
	return sums
}
