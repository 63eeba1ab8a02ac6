// Package nearest finds the name that a misspelt one was intended to be.
package nearest

import "strings"

// Name returns the entry of known that word was most likely intended to be, or "" if none is close.
// Case, and the choice between - and _, are ignored. The first of equally close entries wins.
func Name(word string, known []string) string {
	if len(word) > 100 {
		return ""
	}
	best, bestDistance := "", 1<<30
	w := fold(word)
	for _, k := range known {
		f := fold(k)
		n, m := len([]rune(w)), len([]rune(f))
		most := max(1, max(n, m)/3)
		if n == 1 || m == 1 {
			most = 0 // any two single letters are one change apart
		}
		if d := Distance(w, f); d <= most && d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

func fold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// Distance counts the insertions, deletions, substitutions and transpositions that turn a into b,
// where each position is changed at most once (optimal string alignment).
func Distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, row, next := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(s); i++ {
		next[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(t)]
}
