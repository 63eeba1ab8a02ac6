package strictyaml

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/nearest"
)

// structure decodes a mapping into a struct: known keys, the variant selected by "type", missing
// keys, then the rules.
func (d *decoder) structure(n *node, v reflect.Value, path, table string) {
	l := layoutOf(v.Type())
	if l.table != "" {
		table = l.table
	}
	if n.isText() && l.scalar != nil {
		d.bareText(n, v, l.scalar, path)
		return
	}
	if n.isText() && l.variant != nil { // "adamw" for {type: adamw}
		n = n.under(typeKey)
	}
	if n.isNumber() && l.number != nil {
		n = n.under(l.number.name)
	}
	if n.kind != mapping {
		d.wrong(n, path, l.expected(n))
		return
	}
	if l.scalar != nil && len(n.keys) > 0 {
		at(v, l.scalar.index).SetZero() // its default does not apply to mappings
	}
	before := len(d.problems)
	chosen, complete := reflect.Value{}, true
	if l.variant != nil {
		chosen, complete = d.variant(n, v, l, path, table)
	}
	d.keys(n, v, chosen, complete, path)
	d.absent(n, v, l, path)
	d.rules(n, v, l, path)
	if chosen.IsValid() {
		cl := layoutOf(chosen.Type())
		d.absent(n, chosen, cl, path)
		d.rules(n, chosen, cl, path)
		at(v, l.variant).Set(chosen)
	}
	if len(d.problems) == before && len(n.keys) > 0 {
		if chosen.IsValid() {
			d.check(n, chosen, path)
		}
		d.check(n, v, path)
	}
}

// under returns n as the only value of a mapping.
func (n *node) under(key string) *node {
	return &node{at: n.at, kind: mapping, keys: []*node{{at: n.at, tag: "!!str", value: key}}, items: []*node{n}}
}

// expected describes what is accepted in place of n, for messages: the short forms of a struct, and
// the mapping that a number may have been intended as.
func (l *layout) expected(n *node) string {
	var forms []string
	if l.scalar != nil {
		if _, words, ok := strings.Cut(l.scalar.rules, "oneof="); ok {
			forms = strings.Fields(words)
		} else {
			forms = []string{"text"}
		}
	}
	if l.number != nil {
		forms = append(forms, "a number")
	}
	form := "a mapping"
	for i := range l.fields {
		if f := &l.fields[i]; n.isNumber() && numeric(f.typ) {
			form += fmt.Sprintf(" such as {%s: %s}", f.name, clip(n.value))
			break
		}
	}
	if len(forms) == 0 {
		return form
	}
	return strings.Join(forms, ", ") + " or " + form
}

func numeric(t reflect.Type) bool {
	v := reflect.Zero(t)
	return v.CanInt() || v.CanUint() || v.CanFloat()
}

// bareText decodes text into the one field of a struct that accepts it.
func (d *decoder) bareText(n *node, v reflect.Value, f *field, path string) {
	at(v, f.index).SetString(n.value)
	owner := inlined(at(v, f.index[:len(f.index)-1]))
	for _, broken := range violations(owner) {
		if broken.key == "" {
			d.Problemf(path, nil, "%s%s", broken.rule, broken.found)
		}
	}
}

// variant creates the struct that the key "type" selects. complete is false if the type is unknown,
// so that other keys cannot be judged.
func (d *decoder) variant(n *node, v reflect.Value, l *layout, path, table string) (chosen reflect.Value, complete bool) {
	t, ok := d.tables[table]
	if !ok {
		panic(tagError{l.typ, "", "uses an unknown table: " + quote(table)})
	}
	name := t.Default
	given := n.get(typeKey)
	switch {
	case given == nil && name == "":
		d.addKey(n.at, path, typeKey, "required key %q is missing: one of %s", typeKey, strings.Join(t.Names(), ", "))
		return chosen, false
	case given != nil && !given.isText():
		return chosen, false // reported with the other keys
	case given != nil:
		name = given.value
	}
	variant, ok := t.Lookup(name)
	if !ok {
		d.add(given.at, join(path, typeKey), "%s", unknownType(t, name))
		return chosen, false
	}
	at(v, l.lookup(typeKey).index).SetString(name)
	return newOf(variant.Type), true
}

func unknownType(t *Table, name string) string {
	message := Unknown(t.What, name, t.Names())
	if strings.HasSuffix(message, "?") {
		message += " Known are " + strings.Join(t.Names(), ", ")
	}
	return message
}

// keys decodes each key of n into the corresponding field of v or of the chosen variant.
func (d *decoder) keys(n *node, v, chosen reflect.Value, complete bool, path string) {
	l := layoutOf(v.Type())
	known := l.names()
	var cl *layout
	if chosen.IsValid() {
		cl = layoutOf(chosen.Type())
		known = append(known, cl.names()...)
	}
	for i, key := range n.keys {
		if d.repeated(n, i, path) {
			continue
		}
		switch f := l.lookup(key.value); {
		case f != nil:
			d.value(n.items[i], at(v, f.index), join(path, f.name), f.table)
		case cl != nil && cl.lookup(key.value) != nil:
			f = cl.lookup(key.value)
			d.value(n.items[i], at(chosen, f.index), join(path, f.name), f.table)
		case l.rest != nil:
			d.entry(n, i, at(v, l.rest.index), path, l.rest.table)
		case complete:
			d.addKey(key.at, path, key.value, "%s", d.unknownKey(l, key.value, path, known))
		}
	}
}

// unknownKey suggests what a key may have been intended as: a known one, or one that belongs a
// level deeper, or at the top.
func (d *decoder) unknownKey(l *layout, key, path string, known []string) string {
	if nearest.Name(key, known) == "" {
		for _, f := range l.fields {
			t := f.typ
			if t.Kind() == reflect.Pointer {
				t = t.Elem()
			}
			if t.Kind() == reflect.Struct && !readsText(t) && layoutOf(t).lookup(key) != nil && key != typeKey {
				return fmt.Sprintf("unknown key %q, did you mean %s?", key, join(join(path, f.name), key))
			}
		}
		if d.top.lookup(key) != nil {
			return fmt.Sprintf("unknown key %q, did you mean the one at the top of the file?", key)
		}
	}
	return Unknown("key", key, known)
}

// absent handles the keys that n omits: required ones are problems, and nested structs are decoded
// from nothing, so that required keys inside are found missing and variants inside get their
// default.
func (d *decoder) absent(n *node, v reflect.Value, l *layout, path string) {
	for _, f := range l.fields {
		if n.get(f.name) != nil {
			continue
		}
		switch {
		case f.required():
			d.addKey(n.at, path, f.name, "required key %q is missing", f.name)
		case f.typ.Kind() == reflect.Struct && !readsText(f.typ) && !f.omitEmpty():
			d.structure(&node{at: n.at, kind: mapping}, at(v, f.index), join(path, f.name), f.table)
		}
	}
}

// rules reports the violated rules of a struct and of those inlined into it, except for rules that
// depend on unreadable values.
func (d *decoder) rules(n *node, v reflect.Value, l *layout, path string) {
	failed := false
	for _, f := range l.fields {
		failed = failed || d.Failed(join(path, f.name))
	}
	for _, index := range l.inlined {
		owner := inlined(at(v, index))
		for _, broken := range violations(owner) {
			if broken.key == "" { // about the bare text, or about the other keys
				d.Problemf(broken.path(path), nil, "%s%s", broken.rule, broken.found)
				continue
			}
			f := l.lookup(broken.key)
			if f.owner != owner.Type() {
				continue // hidden by an outer field
			}
			absent := n.get(f.name) == nil && !f.hasDefault
			switch {
			case broken.crosses && failed, absent && f.required():
				// a consequence of what has been reported
			case broken.oneOf != nil:
				d.addKey(n.at, path, f.name, "required key %s is missing", list(broken.oneOf))
			case absent && at(v, f.index).IsZero():
				d.addKey(n.at, path, f.name, "required key %q is missing: it %s", f.name, broken.rule)
			default:
				d.Problemf(broken.path(join(path, f.name)), nil, "%s%s", broken.rule, broken.found)
			}
		}
	}
}

type selfChecked interface{ Validate() error }

// check calls the Validate methods of a struct and of those inlined into it. As in Go, a struct's
// method replaces those of the structs embedded in it.
func (d *decoder) check(n *node, v reflect.Value, path string) {
	l := layoutOf(v.Type())
	for _, i := range l.inlined {
		if last := len(i) - 1; last >= 0 {
			outer := inlined(at(v, i[:last]))
			if _, covers := outer.Addr().Interface().(selfChecked); covers && outer.Type().Field(i[last]).Anonymous {
				continue
			}
		}
		own, ok := inlined(at(v, i)).Addr().Interface().(selfChecked)
		if !ok {
			continue
		}
		err := own.Validate()
		if err == nil {
			continue
		}
		// "split.train: is 0" from the struct at data.split is about data.split.train.
		name := path[strings.LastIndexByte(path, '.')+1:]
		message := strings.TrimPrefix(strings.TrimPrefix(oneLine(err), name+"."), name+": ")
		key, rest, ok := strings.Cut(message, ": ")
		if ok && l.lookup(key) != nil {
			p := join(path, key)
			d.add(d.Position(p), p, "%s", rest)
			continue
		}
		d.add(n.at, path, "%s", message)
	}
}
