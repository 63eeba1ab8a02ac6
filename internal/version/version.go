// Package version is the version of the program that is running.
package version

import (
	"runtime/debug"
	"strings"
)

// Number is the released version that this source leads to.
const Number = "0.1.0-dev"

// String is the version with, where the build knows it, the commit it was made
// from.
func String() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Number
	}
	var commit, dirty string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			if s.Value == "true" {
				dirty = "+changes"
			}
		}
	}
	return strings.TrimSpace(Number + " " + commit + dirty)
}
