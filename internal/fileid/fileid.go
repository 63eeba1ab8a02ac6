// Package fileid compares files by identity, not by path. Links, "..", a trailing slash, and
// different case on a case-insensitive file system can all lead to the same file.
package fileid

import (
	"os"
	"path/filepath"
)

// Same reports whether two paths lead to the same file or folder. A path that leads nowhere is the
// same as no other.
func Same(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// Holds reports whether path is folder or lies below it. Both routes to path are checked: the names
// written in it, and those of the file that its links lead to. A folder that does not exist
// contains nothing.
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

// above climbs from path to the root and reports whether it meets the folder. A path that does not
// exist is represented by its existing parents.
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

// Missing returns the first folder of a path that is left again by ".." and does not exist; "" if
// there is none. Such a path leads nowhere now, but somewhere once the folder is created, so
// comparing it in advance is meaningless.
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
