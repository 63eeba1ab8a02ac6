package strictyaml

import (
	"fmt"
	"strconv"
	"strings"
)

// set applies one override, "key.path=value", to the tree. The value is YAML. Missing mappings on
// the path are created; an entry of a list is addressed by its index, of.0 or of[0].
func set(root *node, override string) error {
	source := "--set " + show(override)
	at := Position{Source: source}
	fail := func(path, format string, args ...any) error {
		return newError([]Problem{{At: at, Path: path, Message: fmt.Sprintf(format, args...)}})
	}
	path, value, ok := strings.Cut(override, "=")
	if !ok {
		return fail("", "expected key=value")
	}
	keys, full := splitPath(path), ""
	for _, k := range keys {
		if k == "" {
			return fail("", "the key before = has an empty part")
		}
		full = join(full, k)
	}
	if value == "" {
		return fail(full, "no value after =")
	}
	v, err := parse(source, []byte(value))
	if err != nil {
		return relabel(err, full)
	}
	v.relocate(at)

	here, walked := root, ""
	for i, k := range keys {
		slot, wrong := here.slot(k, at)
		if wrong != "" {
			return fail(walked, "%s", wrong)
		}
		walked = join(walked, k)
		if i == len(keys)-1 {
			*slot = v
			break
		}
		if *slot == nil {
			*slot = &node{at: at, kind: mapping}
		}
		here = *slot
	}
	return nil
}

// lost reports overrides that a later one would silently undo: one of the same key, or of an
// enclosing key.
func lost(overrides []string) (problems []Problem) {
	var paths []string
	for i, o := range overrides {
		key, _, _ := strings.Cut(o, "=")
		path := strings.Join(splitPath(key), ".")
		for j, before := range paths {
			message := fmt.Sprintf("is given twice, before as %s", show(overrides[j]))
			if before != path {
				message = fmt.Sprintf("comes after %s, which it would undo; give it first", show(overrides[j]))
			}
			if before == path || strings.HasPrefix(before, path+".") {
				problems = append(problems, Problem{At: Position{Source: "--set " + show(overrides[i])}, Path: path, Message: message})
				break
			}
		}
		paths = append(paths, path)
	}
	return problems
}

// slot returns the place of one key in n, creating it if missing, or a problem.
func (n *node) slot(key string, at Position) (**node, string) {
	switch n.kind {
	case mapping:
		for i, k := range n.keys {
			if k.value == key {
				return &n.items[i], ""
			}
		}
		n.keys = append(n.keys, &node{at: at, tag: "!!str", value: key})
		n.items = append(n.items, nil)
		return &n.items[len(n.items)-1], ""
	case sequence:
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(n.items) {
			return nil, fmt.Sprintf("a list of %d entries has no entry %s; they are numbered from 0", len(n.items), quote(key))
		}
		return &n.items[i], ""
	}
	if n.isText() || n.isNull() { // "adamw" is {type: adamw}
		made := &node{at: at, kind: mapping}
		if n.isText() {
			made.keys, made.items = []*node{{at: n.at, tag: "!!str", value: typeKey}}, []*node{{at: n.at, tag: n.tag, value: n.value}}
		}
		*n = *made
		return n.slot(key, at)
	}
	return nil, fmt.Sprintf("holds %s, so there is no key %s in it", n.describe(), quote(key))
}

// splitPath splits "of[0].dim" into of, 0, dim.
func splitPath(path string) []string {
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(path, "]", ""), "[", "."), ".")
}

// relocate moves a whole tree to one position.
func (n *node) relocate(at Position) {
	n.at = at
	for _, k := range n.keys {
		k.at = at
	}
	for _, item := range n.items {
		item.relocate(at)
	}
}

// relabel names the override's key and drops line and column, which mean nothing on a command line.
func relabel(err error, path string) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	for i := range e.Problems {
		e.Problems[i].At.Line, e.Problems[i].At.Column = 0, 0
		e.Problems[i].Path = path
	}
	return e
}
