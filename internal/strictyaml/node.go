package strictyaml

import (
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"
)

type kind uint8

const (
	scalar kind = iota
	mapping
	sequence
)

// A node is a value of the document with its aliases expanded. Unlike yaml.Node it knows its
// source, so that one tree can contain a file and its overrides.
type node struct {
	at    Position
	kind  kind
	tag   string  // of a scalar: !!null, !!bool, !!int, !!float or !!str
	value string  // of a scalar: its text
	keys  []*node // of a mapping
	items []*node // of a mapping, by key, or of a sequence
	first []*node // of a mapping, by key: the same key earlier; short if there is none
}

func (n *node) isText() bool { return n.kind == scalar && n.tag == "!!str" }
func (n *node) isNumber() bool {
	return n.kind == scalar && (n.tag == "!!int" || n.tag == "!!float")
}
func (n *node) isNull() bool { return n.kind == scalar && n.tag == "!!null" }

// get returns the first value under key, or nil.
func (n *node) get(key string) *node {
	for i, k := range n.keys {
		if k.value == key {
			return n.items[i]
		}
	}
	return nil
}

// describe says what the user sees at n, for "expected a list, found …".
func (n *node) describe() string {
	switch {
	case n.kind == mapping:
		return "a mapping"
	case n.kind == sequence:
		return "a list"
	case n.tag == "!!null":
		return "nothing"
	case n.tag == "!!bool":
		return n.value
	case n.tag == "!!int" || n.tag == "!!float":
		return "the number " + show(n.value)
	}
	return "text " + quote(n.value)
}

// quote formats the user's text for a message: on one line, truncated, with control characters
// escaped.
func quote(s string) string { return strconv.Quote(clip(s)) }

// show is the user's text without quotes, unless it is not printable.
func show(s string) string {
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return quote(s)
		}
	}
	return clip(s)
}

func clip(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// join appends a key to a dotted path.
func join(path, key string) string {
	for _, r := range key {
		if r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			key = quote(key)
			break
		}
	}
	if key == "" {
		key = `""`
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// around returns a dotted path and the paths of all enclosing values except the document itself,
// outermost first.
func around(path string) []string {
	var out []string
	quoted := false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '.' || c == '['):
			out = append(out, path[:i])
		}
	}
	return append(out, path)
}
