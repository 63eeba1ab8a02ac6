package strictyaml

import (
	"path"
	"reflect"
	"slices"
	"strings"
)

// define creates the definition of a struct once and returns its name.
func (s *schemer) define(t reflect.Type, table string) string {
	l := layoutOf(t)
	switch {
	case l.table != "":
		table = l.table
	case l.variant == nil:
		table = "" // makes no difference
	}
	d := definition{t, table}
	if name, ok := s.named[d]; ok {
		return name
	}
	name := path.Base(t.PkgPath()) + "." + t.Name()
	if table != "" && l.table == "" {
		name += "." + strings.ReplaceAll(table, " ", "_")
	}
	s.named[d] = name // before its fields, since a tree refers to itself
	var o object
	if l.variant != nil {
		o = s.variants(l, table)
	} else {
		o = s.structure(l, nil, "", false)
	}
	var forms []object
	for _, f := range []*field{l.scalar, l.number} {
		if f != nil {
			forms = append(forms, s.of(f.typ, strings.Split(f.rules, ","), ""))
		}
	}
	if len(forms) > 0 {
		o = object{{"anyOf", append(forms, o)}}
	}
	s.describe(&o, t, "")
	s.definitions.set(name, o)
	return name
}

func (s *schemer) describe(o *object, t reflect.Type, fieldName string) {
	key := typeName(t)
	if fieldName != "" {
		key += "." + fieldName
	}
	if c := s.comments[key]; c != "" {
		o.set("description", c)
	}
}

func (s *schemer) variants(l *layout, table string) object {
	t, ok := s.tables[table]
	if !ok {
		panic(tagError{l.typ, "", "uses an unknown table: " + quote(table)})
	}
	var short []any
	var all []object
	for _, v := range t.Variants() {
		o := s.structure(l, layoutOf(v.Type), v.Name, v.Name == t.Default)
		if v.Summary != "" {
			o = append(object{{"title", v.Summary}}, o...)
		}
		s.describe(&o, v.Type, "")
		all = append(all, o)
		if complete(v.Type) {
			short = append(short, v.Name)
		}
	}
	if len(short) > 0 && l.scalar == nil {
		all = append(all, object{{"title", "a type with its defaults"}, {"enum", short}})
	}
	return object{{"oneOf", all}}
}

// complete reports whether a struct can be decoded from nothing.
func complete(t reflect.Type) bool {
	v, l := newOf(t), layoutOf(t)
	for _, index := range l.inlined {
		if slices.ContainsFunc(violations(inlined(at(v, index))), func(b violation) bool { return b.oneOf != nil }) {
			return false
		}
	}
	return len(needed(v, l)) == 0
}

// needed lists the required keys of a struct.
func needed(v reflect.Value, l *layout) map[string]bool {
	out := map[string]bool{}
	for _, f := range l.fields {
		if f.required() {
			out[f.name] = true
		}
		if f.typ.Kind() == reflect.Struct && !readsText(f.typ) && !f.omitEmpty() && layoutOf(f.typ).variant == nil && !complete(f.typ) {
			out[f.name] = true
		}
	}
	for _, index := range l.inlined {
		owner := inlined(at(v, index))
		for _, broken := range violations(owner) {
			if f := l.lookup(broken.key); f != nil && f.owner == owner.Type() && !f.hasDefault && broken.oneOf == nil {
				out[broken.key] = true
			}
		}
	}
	return out
}

// structure describes a struct as an object, together with the keys of the variant of type name, if
// it has variants. The standard variant need not be named.
func (s *schemer) structure(l, variant *layout, name string, standard bool) object {
	properties, required, together := object{}, []string{}, []object{}
	add := func(l *layout, fields []field) {
		v := newOf(l.typ)
		must := needed(v, l)
		for i := range fields {
			f := &fields[i]
			if variant != nil && f.name == typeKey {
				properties.set(typeKey, object{{"const", name}})
				if !standard {
					required = append(required, typeKey)
				}
				continue
			}
			properties.set(f.name, s.field(f, at(v, f.index)))
			if must[f.name] {
				required = append(required, f.name)
			}
			together = append(together, presence(f)...)
		}
	}
	if variant == nil {
		add(l, l.fields)
	} else {
		add(l, l.fields[:l.at])
		add(variant, variant.fields)
		add(l, l.fields[l.at:])
	}
	o := object{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		o.set("required", required)
	}
	o.set("additionalProperties", false)
	if l.rest != nil {
		_, entries := splitRules(strings.Split(l.rest.rules, ","))
		o[len(o)-1].value = s.of(l.rest.typ.Elem(), entries, l.rest.table)
	}
	if len(together) > 0 {
		o.set("allOf", together)
	}
	return o
}

// presence describes a field's rules about which keys must or must not occur together.
func presence(f *field) []object {
	var out []object
	for rule := range strings.SplitSeq(f.rules, ",") {
		name, param, _ := strings.Cut(rule, "=")
		for _, other := range strings.Fields(param) {
			o, ok := f.owner.FieldByName(other)
			switch {
			case !ok:
			case name == "required_without":
				out = append(out, object{{"anyOf", []object{{{"required", []string{keyOf(o)}}}, {{"required", []string{f.name}}}}}})
			case name == "excluded_with":
				out = append(out, object{{"not", object{{"required", []string{f.name, keyOf(o)}}}}})
			}
		}
	}
	return out
}

func (s *schemer) field(f *field, value reflect.Value) object {
	o := s.of(f.typ, strings.Split(f.rules, ","), f.table)
	s.describe(&o, f.owner, f.goName)
	if f.hasDefault {
		if n, err := encode(value); err == nil {
			if v := jsonValue(n); v != nil {
				o.set("default", v)
			}
		}
	}
	return o
}
