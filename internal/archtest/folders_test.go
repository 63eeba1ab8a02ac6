package archtest

import (
	"slices"
	"strings"
	"testing"
)

// folder is the part of the house that a package belongs to: the first element of its
// path. What lies in internal or in examples has nothing in common but that; each of
// these is a folder of its own.
func folder(path string) string {
	first, rest, _ := strings.Cut(path, "/")
	if first != "internal" && first != "examples" {
		return first
	}
	second, _, _ := strings.Cut(rest, "/")
	return first + "/" + second
}

// arrows are the imports between folders, by the folder that imports. Tests import
// what they like.
func arrows(all []goPackage) map[string][]string {
	to := map[string][]string{}
	for _, p := range all {
		from := folder(p.path())
		for _, i := range oursAmong(p.Imports) {
			if f := folder(i); f != from && !slices.Contains(to[from], f) {
				to[from] = append(to[from], f)
			}
		}
	}
	return to
}

// circle is a way along arrows from a folder back to it, nil if there is none.
func circle(to map[string][]string, from string) []string {
	seen := map[string]bool{}
	var walk func(at string, path []string) []string
	walk = func(at string, path []string) []string {
		for _, next := range to[at] {
			if next == from {
				return append(slices.Clone(path), next)
			}
			if seen[next] {
				continue
			}
			seen[next] = true
			if found := walk(next, append(path, next)); found != nil {
				return found
			}
		}
		return nil
	}
	return walk(from, []string{from})
}

// Folders have floors as packages have: none is above and below another at once. A
// reader of one folder then never needs to know those above it.
func TestFoldersHaveFloors(t *testing.T) {
	to := arrows(packages(t))
	n := 0
	for from := range to {
		n += len(to[from])
		if c := circle(to, from); c != nil {
			t.Errorf("imports between folders run in a circle: %s", strings.Join(c, " -> "))
		}
	}
	t.Logf("%d arrows between %d folders", n, len(to))

	planted := map[string][]string{"a": {"b"}, "b": {"c", "d"}, "d": {"a"}}
	if got := strings.Join(circle(planted, "a"), " "); got != "a b d a" {
		t.Errorf("the circle planted is found as %q", got)
	}
	if got := circle(planted, "c"); got != nil {
		t.Errorf("a folder without arrows is in the circle %q", got)
	}
}
