package strictyaml

import (
	"reflect"
	"slices"
	"strings"
)

// Types lists the named structs that a configuration of type t can contain, including variants:
// those whose comments Schema uses.
func Types(t reflect.Type, tables Tables) []reflect.Type {
	seen := map[reflect.Type]bool{}
	var all []reflect.Type
	var walk func(t reflect.Type, table string)
	walk = func(t reflect.Type, table string) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			walk(t.Elem(), table)
			return
		case reflect.Struct:
		default:
			return
		}
		l := layoutOf(t)
		if l.table != "" {
			table = l.table
		}
		if l.variant != nil {
			for _, v := range tables[table].Variants() {
				walk(v.Type, "")
			}
		}
		if seen[t] || readsText(t) {
			return
		}
		seen[t] = true
		all = append(all, t)
		for _, f := range l.fields {
			if f.owner != t && !seen[f.owner] {
				seen[f.owner] = true
				all = append(all, f.owner)
			}
			walk(f.typ, f.table)
		}
		if l.rest != nil {
			walk(l.rest.typ, l.rest.table)
		}
	}
	walk(t, "")
	slices.SortFunc(all, func(a, b reflect.Type) int { return strings.Compare(typeName(a), typeName(b)) })
	return all
}

// typeName is the key of a type in Comments.
func typeName(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }
