// Package phrase writes the parts that messages have in common: what somebody else wrote,
// quoted; a number of things; the name that was probably meant.
package phrase

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/internal/nearest"
)

// mostQuoted bounds, in bytes, what Quote repeats: a message is one line.
const mostQuoted = 40

// Quote is a cell or a name for a message: in quotes, on one line, control characters
// escaped, and cut where it is long.
func Quote(s string) string {
	if len(s) <= mostQuoted {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q… (%d bytes)", Cut(s, mostQuoted), len(s))
}

// Cut is the beginning of a text, of at most so many bytes. It does not cut a character
// in two, unless the text is not UTF-8 there anyway.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	at := most
	for at > most-utf8.UTFMax && at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return s[:at]
}

// Count is a number of things: "1 row", "2 rows".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Suggest is the hint for a name that is not among those that exist: the nearest of
// them, or else the first few.
func Suggest(name string, names []string) string {
	if best := nearest.Name(name, names); best != "" {
		return fmt.Sprintf("did you mean %s?", Quote(best))
	}
	const most = 12
	var b strings.Builder
	b.WriteString("there are: ")
	for i, n := range names {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(Quote(n))
	}
	return b.String()
}
