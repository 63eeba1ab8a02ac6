package data

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// WarnSpelling notes values that differ only in case, in spaces around them or
// in how Unicode composes their characters. They are told apart all the same.
func (n *Notes) WarnSpelling(what string, sorted []string) {
	seen := make(map[string]string, len(sorted))
	first, second, differ := "", "", 0
	for _, v := range sorted {
		folded := strings.ToLower(strings.TrimSpace(norm.NFKC.String(v)))
		other, ok := seen[folded]
		if !ok {
			seen[folded] = v
			continue
		}
		if differ == 0 {
			first, second = other, v
		}
		differ++
	}
	if differ > 0 {
		n.Warn("%s: %s from another only in case, spaces or Unicode form, such as %s from %s", what, differs(differ), show(second), show(first))
	}
}

func differs(n int) string {
	if n == 1 {
		return "1 value differs"
	}
	return plural(n, "value") + " differ"
}
