package strictyaml

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// Comments are the doc comments of struct types and their fields, keyed by "import/path.Type" and
// "import/path.Type.Field".
type Comments map[string]string

// Schema describes what Decode accepts for a struct, as JSON Schema (draft 2020-12): keys, types,
// bounds, defaults, the variants of each table, and the comments as descriptions. It cannot express
// rules about two fields together, or what Validate methods check: a document that the schema
// accepts may still be refused, but never the other way round.
func Schema(t reflect.Type, tables Tables, comments Comments) ([]byte, error) {
	if err := Check(t); err != nil {
		return nil, err
	}
	s := &schemer{tables: tables, comments: comments, named: map[definition]string{}}
	root := s.of(t, nil, "")
	out := object{{"$schema", "https://json-schema.org/draft/2020-12/schema"}}
	out = append(out, root...)
	slices.SortFunc(s.definitions, func(a, b member) int { return strings.Compare(a.name, b.name) })
	out = append(out, member{"$defs", s.definitions})
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(out)
	return b.Bytes(), err
}

// A definition is a struct and the table that its variant uses.
type definition struct {
	t     reflect.Type
	table string
}

type schemer struct {
	tables      Tables
	comments    Comments
	named       map[definition]string
	definitions object
}

// of describes a value of type t under the given rules.
func (s *schemer) of(t reflect.Type, rules []string, table string) object {
	switch {
	case t.Kind() == reflect.Pointer:
		return object{{"anyOf", []object{s.of(t.Elem(), rules, table), {{"type", "null"}}}}}
	case t == durationType:
		return object{{"type", "string"}, {"pattern", `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$|^0$`}}
	case readsText(t):
		return object{{"type", []string{"string", "number", "boolean"}}}
	case t.Kind() == reflect.Struct:
		return object{{"$ref", "#/$defs/" + s.define(t, table)}}
	case t.Kind() == reflect.Map,
		t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && layoutOf(t.Elem()).key != nil:
		own, inner := splitRules(rules)
		o := object{{"type", "object"}}
		o = append(o, constraints(own, "minProperties", "maxProperties")...)
		return append(o, member{"additionalProperties", s.of(t.Elem(), inner, table)})
	case t.Kind() == reflect.Slice:
		own, inner := splitRules(rules)
		o := object{{"type", "array"}}
		o = append(o, constraints(own, "minItems", "maxItems")...)
		return append(o, member{"items", s.of(t.Elem(), inner, table)})
	case t.Kind() == reflect.Array:
		_, inner := splitRules(rules)
		one := s.of(t.Elem(), inner, table)
		list := object{{"type", "array"}, {"items", one}, {"minItems", t.Len()}, {"maxItems", t.Len()}}
		return object{{"anyOf", []object{one, list}}}
	}
	return scalarSchema(t, rules)
}

func scalarSchema(t reflect.Type, rules []string) object {
	switch t.Kind() {
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.String:
		return append(object{{"type", "string"}}, constraints(rules, "minLength", "maxLength")...)
	case reflect.Float32, reflect.Float64:
		return append(object{{"type", "number"}}, constraints(rules, "minimum", "maximum")...)
	}
	o := object{{"type", "integer"}}
	bounds := constraints(rules, "minimum", "maximum")
	lower := func(m member) bool { return m.name == "minimum" || m.name == "exclusiveMinimum" || m.name == "enum" }
	if reflect.Zero(t).CanUint() && !slices.ContainsFunc(bounds, lower) {
		o.set("minimum", 0)
	}
	return append(o, bounds...)
}

// constraints lists the rules that JSON Schema can express.
func constraints(rules []string, least, most string) object {
	var o object
	counts := least != "minimum"
	for _, rule := range rules {
		name, param, _ := strings.Cut(rule, "=")
		switch name {
		case "required":
			if least == "minLength" {
				o.set(least, 1)
			}
		case "min", "gte":
			o.set(least, json.Number(param))
		case "max", "lte":
			o.set(most, json.Number(param))
		case "len":
			o.set(least, json.Number(param))
			o.set(most, json.Number(param))
		case "gt":
			if !counts {
				o.set("exclusiveMinimum", json.Number(param))
			}
		case "lt":
			if !counts {
				o.set("exclusiveMaximum", json.Number(param))
			}
		case "hexcolor":
			o.set("pattern", "^#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$")
		case "unique":
			if least == "minItems" {
				o.set("uniqueItems", true)
			}
		case "oneof":
			o.set("enum", enum(param, counts))
		}
	}
	return o
}

func enum(param string, text bool) []any {
	var values []any
	for _, v := range strings.Fields(param) {
		if text {
			values = append(values, v)
		} else {
			values = append(values, json.Number(v))
		}
	}
	return values
}
