// Package version holds the version of the running program.
package version

import (
	"runtime/debug"
	"strings"
)

// Number is the next release of this source.
const Number = "0.1.0-dev"

// String returns the version and, if the build recorded it, the commit.
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
