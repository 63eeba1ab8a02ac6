// Package fileid compares files by what they are, not by how they are spelt.
// Links, "..", a trailing slash, and letters of another case on a file system
// that does not tell them apart all lead to the same file.
package fileid

import (
	"os"
	"path/filepath"
)

// Same reports whether two paths lead to the same file or folder. A path that
// leads nowhere is the same as no other.
func Same(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// Holds reports whether path is folder, or lies somewhere below it. Both ways to
// path count: the names that are written in it, and those of the file that its
// links lead to. A folder that does not exist holds nothing.
func Holds(folder, path string) bool {
	info, err := os.Stat(folder)
	if err != nil || path == "" {
		return false
	}
	if above(info, path) {
		return true
	}
	real, err := filepath.EvalSymlinks(path)
	return err == nil && above(info, real)
}

// above climbs from path to the root, and reports whether it meets the folder. A
// path that does not exist is judged by the parents that do.
func above(folder os.FileInfo, path string) bool {
	path, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	for {
		if info, err := os.Stat(path); err == nil && os.SameFile(folder, info) {
			return true
		}
		parent := filepath.Dir(path)
		if parent == path {
			return false
		}
		path = parent
	}
}

// Missing is the first folder of a path that ".." leaves again and that does not
// exist; "" if there is none. Such a path leads nowhere now, and elsewhere as soon as
// somebody makes the folder: no comparison made before says what it will be.
func Missing(path string) string {
	for i := range len(path) {
		rest := path[i:]
		if !os.IsPathSeparator(path[i]) || len(rest) < 3 || rest[1:3] != ".." || len(rest) > 3 && !os.IsPathSeparator(rest[3]) {
			continue
		}
		if info, err := os.Stat(path[:max(i, 1)]); err != nil || !info.IsDir() {
			return path[:i]
		}
	}
	return ""
}
