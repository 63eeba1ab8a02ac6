package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A Folder is the Files below a folder. Nothing outside it is ever opened, wherever ".."
// or symbolic links lead.
type Folder struct {
	root  *os.Root
	bases []string // absolute paths of the folder: as it was named, and without links
}

// OpenFolder opens a folder of files that cells name. Close it after use.
func OpenFolder(path string) (*Folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, &FileError{path, err}
	}
	f := &Folder{root: root}
	if named, err := filepath.Abs(path); err == nil {
		f.bases = append(f.bases, named)
		if real, err := filepath.EvalSymlinks(named); err == nil && real != named {
			f.bases = append(f.bases, real)
		}
	}
	return f, nil
}

// Close closes the folder.
func (f *Folder) Close() error {
	if f.root == nil {
		return nil
	}
	return f.root.Close()
}

// ReadFile reads a file by its path in the folder, with slashes; an absolute
// path must lead into it. A URL and a list of files are errors that say so, and not
// those of a file that is not there.
func (f *Folder) ReadFile(cell string) ([]byte, error) {
	if f.root == nil {
		return nil, errors.New("data: a Folder is missing: OpenFolder makes one")
	}
	if isURL.MatchString(cell) {
		return nil, unlikePath(cell, "it is a URL, and nothing is fetched", "download the files, and write their paths below data.files")
	}
	b, err := readFile(f.root, f.inside(cell))
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	if parts := listedFiles(cell); parts > 1 {
		return nil, unlikePath(cell, fmt.Sprintf("it names %d files, and an input reads one", parts), "write one of them in the cell, or give each a column and an input of its own")
	}
	if odd := oddityOf(cell); odd.why != "" {
		// Still a file that is not there, so that missing: mask counts it as such.
		e := unlikePath(cell, "there is no such file, and "+odd.why, odd.hint)
		e.Err = fs.ErrNotExist
		return nil, e
	}
	return b, err
}

// inside is a path as seen from the folder, where it is absolute and leads there.
func (f *Folder) inside(cell string) string {
	if !filepath.IsAbs(cell) {
		return cell
	}
	for _, base := range f.bases {
		if rel, err := filepath.Rel(base, cell); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return cell
}

var (
	isURL     = regexp.MustCompile(`^\s*(?i:[a-z][a-z0-9+.-]*://|data:)`)
	imageName = regexp.MustCompile(`(?i)\.(png|jpe?g|gif|bmp|webp|tiff?)["'\]]*$`)
)

// listedFiles counts the image files of a cell that lists some.
func listedFiles(cell string) int {
	n := 0
	for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";|,\n", r) }) {
		if imageName.MatchString(strings.TrimSpace(part)) {
			n++
		}
	}
	return n
}

func unlikePath(cell, why, hint string) *CellFileError {
	return &CellFileError{Kind: unreadable, Name: show(cell), Why: why, Hint: hint}
}
