package data

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Spelling is equal for texts that people are likely to mean as one: they differ in case,
// in spaces, in how Unicode composes their characters, or in how one number is written,
// such as 1 and 1.0, which a column of whole numbers becomes where a cell of it was empty
// for a while. Nothing reads them as one; see Notes.WarnSpelling.
func Spelling(text string) string {
	s := strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(text)), " "))
	const exact = 15 // digits of a float64; longer numbers may be different, and the same float
	if v, err := ParseNumber(s); err == nil && len(s) <= exact {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return s
}

// alike says which of some values have the Spelling of another, such as which; "" if
// none has.
func alike(sorted []string) string {
	seen := make(map[string]string, len(sorted))
	first, second, n := "", "", 0
	for _, v := range sorted {
		spelling := Spelling(v)
		other, ok := seen[spelling]
		if !ok {
			seen[spelling] = v
			continue
		}
		if n == 0 {
			first, second = other, v
		}
		n++
	}
	if n == 0 {
		return ""
	}
	differ := plural(n, "value") + " differ"
	if n == 1 {
		differ = "1 value differs"
	}
	return fmt.Sprintf("%s from another only in case, spaces, Unicode form or how a number is written, such as %s from %s", differ, show(second), show(first))
}

// WarnSpelling notes values that have the Spelling of another, and are told apart all
// the same.
func (n *Notes) WarnSpelling(what string, sorted []string) {
	if w := alike(sorted); w != "" {
		n.Warn("%s: %s", what, w)
	}
}
