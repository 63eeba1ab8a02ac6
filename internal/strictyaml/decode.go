package strictyaml

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A Document is a parsed configuration with overrides applied.
type Document struct {
	root *node
}

// Parse reads the single YAML document in src. source is its name in messages. Each override is
// "key.path=value", with a YAML value; they are applied in order, and none may undo another.
func Parse(source string, src []byte, overrides ...string) (*Document, error) {
	root, err := parse(source, src)
	if err != nil {
		return nil, err
	}
	if root.isNull() {
		return nil, newError([]Problem{{At: root.at, Message: "the document is empty"}})
	}
	problems := lost(overrides)
	for _, o := range overrides {
		if err := set(root, o); err != nil {
			e, ok := err.(*Error)
			if !ok {
				return nil, err
			}
			problems = append(problems, e.Problems...)
		}
	}
	return &Document{root: root}, newError(problems)
}

// Decode sets out, a pointer to a struct, to its defaults and then to the values of the document.
// Problems are collected in the Report, which can be queried and extended before its error is
// taken. Defects of the struct's own tags panic; see Check.
func (d *Document) Decode(out any, tables Tables) *Report {
	r := &Report{positions: map[string]Position{}, subjects: map[string]bool{}, around: map[string]bool{}, nothing: d.root.kind != mapping}
	v := reflect.ValueOf(out).Elem()
	v.Set(newOf(v.Type()))
	(&decoder{Report: r, tables: tables, top: layoutOf(v.Type())}).value(d.root, v, "", "")
	return r
}

// Nowhere declares that the document is not a file that a user can open: its problems name the
// source and the dotted key, but no line.
func (d *Document) Nowhere(source string) { d.root.relocate(Position{Source: source}) }

// A Report records the positions of a document's values and its problems.
type Report struct {
	positions map[string]Position
	problems  []Problem
	subjects  map[string]bool // dotted keys of values that problems make unknown
	around    map[string]bool // those and the ones enclosing them
	nothing   bool            // the document is not a mapping, so it has no values
}

// Position is the position of the value at a dotted key, or of the innermost enclosing value if it
// is absent.
func (r *Report) Position(path string) Position {
	paths := around(path)
	for i := len(paths) - 1; i >= 0; i-- {
		if at, ok := r.positions[paths[i]]; ok {
			return at
		}
	}
	return r.positions[""]
}

// Given reports whether the document has a value at a dotted key.
func (r *Report) Given(path string) bool {
	_, ok := r.positions[path]
	return ok
}

// Failed reports whether there is a problem with the value at a dotted key, inside it, or with an
// enclosing value.
func (r *Report) Failed(path string) bool {
	if path == "" {
		return len(r.problems) > 0
	}
	return r.nothing || r.around[path] || slices.ContainsFunc(around(path), func(p string) bool { return r.subjects[p] })
}

// Problemf adds a problem with the value at a dotted key, unless there already is one with it, or
// with another value that the message is about, so that one mistake is reported once.
func (r *Report) Problemf(path string, others []string, format string, args ...any) {
	for _, p := range append([]string{path}, others...) {
		if r.Failed(p) {
			return
		}
	}
	r.add(r.Position(path), path, format, args...)
}

// Missing adds the problem that the mapping at a dotted key lacks a key, with the reason why it is
// required.
func (r *Report) Missing(path, key, why string) {
	r.addKey(r.Position(path), path, key, "required key %q is missing: %s", key, why)
}

func (r *Report) add(at Position, path, format string, args ...any) {
	r.about(path, at, path, fmt.Sprintf(format, args...))
}

// addKey adds a problem that is reported for the mapping at path but concerns only one of its keys.
func (r *Report) addKey(at Position, path, key, format string, args ...any) {
	r.about(join(path, key), at, path, fmt.Sprintf(format, args...))
}

// about adds a problem that makes the value at subject, a dotted key, unknown.
func (r *Report) about(subject string, at Position, path, message string) {
	r.problems = append(r.problems, Problem{At: at, Path: path, Message: message})
	if subject == "" {
		return
	}
	r.subjects[subject] = true
	for _, p := range around(subject) {
		r.around[p] = true
	}
}

// Err returns an *Error with all problems, or nil.
func (r *Report) Err() error { return newError(r.problems) }

type decoder struct {
	*Report
	tables Tables
	top    *layout
}

func (d *decoder) wrong(n *node, path, expected string) {
	hint := ""
	switch {
	case n.isNull():
		d.add(n.at, path, "has no value: expected %s, or remove the key", expected)
		return
	case (expected == "text" || strings.HasPrefix(expected, "text or ")) && n.kind == scalar:
		hint = fmt.Sprintf("; in quotes it is text: %q", clip(n.value))
	}
	d.add(n.at, path, "expected %s, found %s%s", expected, n.describe(), hint)
}

// value decodes n into v. table is used by a variant inside v whose own tag names none.
func (d *decoder) value(n *node, v reflect.Value, path, table string) {
	d.positions[path] = n.at
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		if n.isNull() {
			v.SetZero()
			return
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(newOf(t.Elem()))
		d.value(n, p.Elem(), path, table)
		v.Set(p)
	case readsText(t), t == durationType:
		d.text(n, v, path)
	case t.Kind() == reflect.Struct:
		d.structure(n, v, path, table)
	case t.Kind() == reflect.Map:
		d.mapping(n, v, path, table)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && layoutOf(t.Elem()).key != nil:
		d.keyed(n, v, path, table)
	case t.Kind() == reflect.Slice:
		d.slice(n, v, path, table)
	case t.Kind() == reflect.Array:
		d.array(n, v, path, table)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) slice(n *node, v reflect.Value, path, table string) {
	if n.kind != sequence {
		d.wrong(n, path, "a list")
		return
	}
	s := reflect.MakeSlice(v.Type(), 0, len(n.items))
	for i, item := range n.items {
		e := newOf(v.Type().Elem())
		d.value(item, e, index(path, i), table)
		s = reflect.Append(s, e)
	}
	v.Set(s)
}

// array reads a list of exactly its length, or one value that fills it.
func (d *decoder) array(n *node, v reflect.Value, path, table string) {
	switch {
	case n.kind == scalar && !n.isNull():
		for i := range v.Len() {
			d.value(n, v.Index(i), path, table)
			if d.Failed(path) {
				return
			}
		}
	case n.kind != sequence:
		d.wrong(n, path, fmt.Sprintf("a list of %d", v.Len()))
	case len(n.items) != v.Len():
		d.add(n.at, path, "expected a list of %d, found %d entries", v.Len(), len(n.items))
	default:
		for i, item := range n.items {
			d.value(item, v.Index(i), index(path, i), table)
		}
	}
}

// keyed reads a mapping into a slice, in the order of the document.
func (d *decoder) keyed(n *node, v reflect.Value, path, table string) {
	if n.kind != mapping {
		d.wrong(n, path, "a mapping")
		return
	}
	t := v.Type().Elem()
	s := reflect.MakeSlice(v.Type(), 0, len(n.items))
	for i, key := range n.keys {
		if d.repeated(n, i, path) {
			continue
		}
		e := newOf(t)
		d.value(n.items[i], e, join(path, key.value), table)
		at(e, layoutOf(t).key).SetString(key.value)
		s = reflect.Append(s, e)
	}
	v.Set(s)
}

func (d *decoder) mapping(n *node, v reflect.Value, path, table string) {
	if n.kind != mapping {
		d.wrong(n, path, "a mapping")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := range n.keys {
		if !d.repeated(n, i, path) {
			d.entry(n, i, v, path, table)
		}
	}
}

// entry decodes the i-th entry of a mapping into a map.
func (d *decoder) entry(n *node, i int, m reflect.Value, path, table string) {
	if m.IsNil() {
		m.Set(reflect.MakeMap(m.Type()))
	}
	key, e := n.keys[i].value, newOf(m.Type().Elem())
	d.value(n.items[i], e, join(path, key), table)
	m.SetMapIndex(reflect.ValueOf(key).Convert(m.Type().Key()), e)
}

// repeated reports the i-th key of a mapping if it occurs before.
func (d *decoder) repeated(n *node, i int, path string) bool {
	if i >= len(n.first) || n.first[i] == nil {
		return false
	}
	first := ""
	if line := n.first[i].at.Line; line > 0 {
		first = fmt.Sprintf(", first on line %d", line)
	}
	key := n.keys[i]
	// "#2" keeps the value that is read free of the problem.
	d.addKey(key.at, path, key.value+"#2", "key %s is repeated%s", quote(key.value), first)
	return true
}
