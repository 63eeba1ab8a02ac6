package data

import (
	"regexp"
	"strings"
	"unicode"
)

// oddPath is what may be wrong with a path at which there is no file, though it looks
// right: why, and what to write instead. Both are empty where nothing is.
type oddPath struct{ why, plural, hint string }

var backslashes = regexp.MustCompile(`\\+`)

// OddPath says of a path at which there is no file by what it looks odd, as in "paths with
// backslashes; write them with /"; "" where it looks like others.
func OddPath(path string) string { return oddityOf(path).plural }

func oddityOf(path string) oddPath {
	trimmed := strings.TrimFunc(path, blank)
	switch {
	case trimmed != path && trimmed != "":
		why := "ends with"
		if !strings.HasPrefix(path, trimmed) {
			why = "begins with"
		}
		return oddPath{"its path " + why + " a space, or with what looks like one", "paths that begin or end with a space; write them without", "write it as " + show(trimmed)}
	case strings.Contains(path, `\`):
		return oddPath{"its path has backslashes", "paths with backslashes; write them with /", "write it as " + backslashes.ReplaceAllString(path, "/")}
	}
	return oddPath{}
}

// blank says whether nothing is seen of a character.
func blank(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) // a no-break space, a byte order mark
}
