package strictyaml

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/creasty/defaults"
)

// A field is one key of a struct.
type field struct {
	name  string // the key
	index []int  // for reflect.Value.FieldByIndex, through inlined structs
	typ   reflect.Type
	owner reflect.Type // the struct that declares it
	goName,
	table, // from the variant tag: the table to use inside
	rules string // the validate tag
	hasDefault bool
	mayVanish  bool // yaml:",omitempty": its zero is not written
}

func (f *field) required() bool  { return hasRule(f.rules, "required") && !f.hasDefault }
func (f *field) omitEmpty() bool { return f.mayVanish || hasRule(f.rules, "omitempty") }

// hasRule reports whether the field itself has a rule.
func hasRule(rules, name string) bool {
	own, _ := splitRules(strings.Split(rules, ","))
	return slices.Contains(own, name)
}

// splitRules separates the rules of a list from those of its entries.
func splitRules(rules []string) (own, entries []string) {
	if i := slices.Index(rules, "dive"); i >= 0 {
		return rules[:i], rules[i+1:]
	}
	return rules, nil
}

// A layout is a struct seen as a mapping: its keys in the order of declaration, with those of
// inlined structs in their place.
type layout struct {
	typ     reflect.Type
	fields  []field
	inlined [][]int // this struct (an empty index) and those inlined into it

	key     []int  // field that receives the element's key
	scalar  *field // receives bare text
	number  *field // receives a bare number; also one of fields
	rest    *field // a map that receives all other keys
	variant []int  // field of type any that receives the struct selected by "type"
	table   string
	at      int // the variant's keys precede fields[at]
}

const typeKey = "type"

func (l *layout) lookup(name string) *field {
	for i := range l.fields {
		if l.fields[i].name == name {
			return &l.fields[i]
		}
	}
	return nil
}

func (l *layout) names() []string {
	names := make([]string, len(l.fields))
	for i := range l.fields {
		names[i] = l.fields[i].name
	}
	return names
}

// layoutOf reads the tags of a struct. Invalid tags panic: Check finds them when a type is
// registered.
func layoutOf(t reflect.Type) *layout {
	l := &layout{typ: t}
	l.add(t, nil)
	if l.variant != nil && l.lookup(typeKey) == nil {
		panic(tagError{t, "", `has a variant but no key "type"`})
	}
	return l
}

type tagError struct {
	owner reflect.Type
	field string
	wrong string
}

func (e tagError) Error() string {
	if e.field == "" {
		return fmt.Sprintf("%v %s", e.owner, e.wrong)
	}
	return fmt.Sprintf("%v.%s %s", e.owner, e.field, e.wrong)
}

func (l *layout) add(t reflect.Type, index []int) {
	l.inlined = append(l.inlined, index)
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("yaml")
		if tag == "-" || !f.IsExported() && !tagged {
			continue
		}
		if !f.IsExported() {
			panic(tagError{t, f.Name, "has a yaml tag but is not exported"})
		}
		here := append(append([]int(nil), index...), i)
		name, option, _ := strings.Cut(tag, ",")
		_, hasDefault := f.Tag.Lookup("default")
		made := field{
			name: name, index: here, typ: f.Type, owner: t, goName: f.Name,
			table: f.Tag.Get("variant"), rules: f.Tag.Get("validate"), hasDefault: hasDefault,
			mayVanish: strings.Contains(option, "omitempty"),
		}
		switch option {
		case "", "flow", "omitempty", "flow,omitempty", "number", "omitempty,number":
			if !tagged || name == "" {
				panic(tagError{t, f.Name, "has no yaml tag"})
			}
			l.place(made)
			if strings.HasSuffix(option, "number") {
				l.number = &made
			}
		case "inline":
			l.inline(made)
		case "key":
			l.key = here
		case "scalar":
			l.scalar = &made
		default:
			panic(tagError{t, f.Name, fmt.Sprintf("has the unknown yaml option %q", option)})
		}
	}
}

// place adds a field. As in Go, an outer field hides one with the same key in an inlined struct,
// and takes its place.
func (l *layout) place(f field) {
	old := l.lookup(f.name)
	switch {
	case old == nil:
		l.fields = append(l.fields, f)
	case len(old.index) == len(f.index):
		panic(tagError{f.owner, f.goName, fmt.Sprintf("repeats the key %q", f.name)})
	case len(old.index) > len(f.index):
		*old = f
	}
}

func (l *layout) inline(f field) {
	switch kind := f.typ.Kind(); {
	case kind == reflect.Interface:
		l.variant, l.table, l.at = f.index, f.table, len(l.fields)
	case kind == reflect.Map:
		l.rest = &f
	case kind == reflect.Struct:
		l.add(f.typ, f.index)
	case kind == reflect.Pointer && f.typ.Elem().Kind() == reflect.Struct:
		l.add(f.typ.Elem(), f.index)
	default:
		panic(tagError{f.owner, f.goName, "cannot be inlined: it is neither a struct nor a map"})
	}
}

// at returns a field, or an inlined struct, creating pointers to inlined structs on the way.
func at(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		v = inlined(v).Field(i)
	}
	return v
}

// inlined returns the struct that v is or points to, creating it if there is none.
func inlined(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Pointer {
		return v
	}
	if v.IsNil() {
		v.Set(newOf(v.Type().Elem()).Addr())
	}
	return v.Elem()
}

// newOf returns a new value of t with its defaults set.
func newOf(t reflect.Type) reflect.Value {
	p := reflect.New(t)
	if t.Kind() == reflect.Struct {
		if err := defaults.Set(p.Interface()); err != nil {
			panic(tagError{t, "", "has an invalid default: " + err.Error()})
		}
	}
	return p.Elem()
}

var (
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
	durationType = reflect.TypeFor[time.Duration]()
)

// readsText reports whether a type reads itself from text.
func readsText(t reflect.Type) bool {
	return t != durationType && reflect.PointerTo(t).Implements(textType)
}

// Check reports whether this package can read a type and everything inside it: each field has a
// tag, each default parses, each kind is supported. A failure is a mistake of the type's author,
// detected when it is registered.
func Check(t reflect.Type) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case tagError:
			err = r
		default:
			panic(r)
		}
	}()
	check(t, map[reflect.Type]bool{})
	return nil
}

func check(t reflect.Type, seen map[reflect.Type]bool) {
	if seen[t] || t == durationType {
		return
	}
	seen[t] = true
	if readsText(t) {
		if !reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
			panic(tagError{t, "", "reads text but cannot write it"})
		}
		return
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
	case reflect.Pointer, reflect.Slice, reflect.Array:
		check(t.Elem(), seen)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			panic(tagError{t, "", "has keys that are not text"})
		}
		check(t.Elem(), seen)
	case reflect.Struct:
		newOf(t)
		l := layoutOf(t)
		checkRules(l)
		for _, f := range l.fields {
			if f.hasDefault && f.typ.Kind() == reflect.Array {
				panic(tagError{f.owner, f.goName, "is an array with a default, which is not supported"})
			}
			check(f.typ, seen)
		}
		if l.rest != nil {
			check(l.rest.typ, seen)
		}
	default:
		panic(tagError{t, "", "has a kind that a configuration cannot contain"})
	}
}
