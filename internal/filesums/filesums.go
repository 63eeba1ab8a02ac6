// Package filesums notices files that change while they are read again and
// again.
package filesums

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/chiasm-ml/chiasm/data"
)

// A Source is an image source that remembers what each file held, for a
// fingerprint of the data, and gives a file that is read again only if it still
// holds that: what is trained on is what the fingerprint is of. A decoded picture
// costs some fifty times its hash. It is safe for use by many goroutines.
type Source struct {
	data.Files
	mu      sync.Mutex
	files   map[string]fileSum // by cell
	changed error              // the first change that was found
}

// fileSum is what a file held when it was first read, or that there was none.
type fileSum struct {
	sum    [sha256.Size]byte
	absent bool
}

// New is a Source of what another one reads.
func New(source data.Files) *Source {
	return &Source{Files: source, files: map[string]fileSum{}}
}

// ReadFile is that of the source. A file that is another one than before, or
// came or went, is an error.
func (f *Source) ReadFile(cell string) ([]byte, error) {
	b, err := f.Files.ReadFile(cell)
	now := fileSum{absent: errors.Is(err, fs.ErrNotExist)}
	switch {
	case err == nil:
		now.sum = sha256.Sum256(b)
	case !now.absent:
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	was, known := f.files[cell]
	if !known {
		f.files[cell] = now
	} else if was != now {
		err := &changedFile{cell, was.absent, now.absent}
		if f.changed == nil {
			f.changed = err
		}
		return nil, err
	}
	return b, err
}

// Sum is the hash of a file that was read; a nil Source has read none.
func (f *Source) Sum(cell string) (sum [sha256.Size]byte, read bool) {
	if f == nil {
		return sum, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.files[cell]
	return s.sum, ok && !s.absent
}

// Check is the first change that was found, also one that somebody has taken for
// a bad row since.
func (f *Source) Check() error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// changedFile is a file that held something else when it was read before.
type changedFile struct {
	cell       string
	came, went bool
}

func (e *changedFile) Error() string {
	what := "was replaced or changed"
	switch {
	case e.came:
		what = "has appeared"
	case e.went:
		what = "was deleted"
	}
	return fmt.Sprintf("the file %.120q %s since this command first looked at it; start again when nobody writes into the folder", e.cell, what)
}

// ExitCode is 3: bad data.
func (*changedFile) ExitCode() int { return 3 }
