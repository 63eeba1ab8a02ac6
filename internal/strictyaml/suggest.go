package strictyaml

import (
	"fmt"
	"strings"
)

// Unknown says that word is none of known, with the nearest of them if one is
// near and all of them if not: `unknown key "optimzer", did you mean
// "optimizer"?`.
func Unknown(what, word string, known []string) string {
	message := fmt.Sprintf("unknown %s %s", what, quote(word))
	if near := Nearest(word, known); near != "" {
		return fmt.Sprintf("%s, did you mean %q?", message, near)
	}
	if len(known) == 0 {
		return message
	}
	return fmt.Sprintf("%s; known are %s", message, strings.Join(known, ", "))
}

// Nearest is the entry of known that word was most likely meant to be, or "" if
// none is near. Case does not count, nor does the choice between - and _. Of
// equally near entries the first wins.
func Nearest(word string, known []string) string {
	if len(word) > 100 {
		return ""
	}
	best, bestDistance := "", 1<<30
	w := []rune(fold(word))
	for _, k := range known {
		kr := []rune(fold(k))
		most := max(1, max(len(w), len(kr))/3)
		if len(w) == 1 || len(kr) == 1 {
			most = 0 // any two single letters are one change apart
		}
		if d := distance(w, kr); d <= most && d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

func fold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// distance counts insertions, deletions, substitutions and swaps of neighbours
// (optimal string alignment).
func distance(a, b []rune) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
