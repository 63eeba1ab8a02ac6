// Package schematest holds documents against JSON Schemas, for tests. It knows the
// keywords that our schemas use, and fails at any other. The module tests holds it
// against an implementation of the whole standard.
package schematest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Schema is draft 2020-12, with references into its own $defs alone.
type Schema struct {
	root map[string]any
}

// Compile reads a schema. A keyword or form that this package does not know is an
// error, so that no rule is passed over.
func Compile(b []byte) (*Schema, error) {
	v, err := parse(b)
	if err != nil {
		return nil, err
	}
	root, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("a schema is an object")
	}
	s := &Schema{root}
	return s, s.known(root, "#")
}

// Validate says where a JSON document is not as the schema wants it; nil: nowhere.
func (s *Schema) Validate(b []byte) error {
	v, err := parse(b)
	if err != nil {
		return err
	}
	return s.check(s.root, v, "")
}

func parse(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// A rule looks at one keyword of a schema. What it does not concern, such as a
// text for minimum, passes.
type rule func(s *Schema, of map[string]any, want, v any, at string) error

var rules map[string]rule

// silent are the keywords that refuse nothing.
var silent = []string{"$schema", "$defs", "$id", "title", "description", "default"}

func init() { // rules and check need each other
	rules = map[string]rule{
		"type": typed, "const": constant, "enum": listed, "$ref": referred, "not": inverse,
		"anyOf": some(func(n, _ int) bool { return n >= 1 }), "oneOf": some(func(n, _ int) bool { return n == 1 }), "allOf": some(func(n, all int) bool { return n == all }),
		"minimum": bound(func(sign int) bool { return sign >= 0 }), "exclusiveMinimum": bound(func(sign int) bool { return sign > 0 }),
		"maximum": bound(func(sign int) bool { return sign <= 0 }), "exclusiveMaximum": bound(func(sign int) bool { return sign < 0 }),
		"minLength": size(runes, 1), "maxLength": size(runes, -1), "minItems": size(items, 1), "maxItems": size(items, -1), "minProperties": size(keys, 1), "maxProperties": size(keys, -1),
		"pattern": pattern, "uniqueItems": unique, "items": every, "required": required, "properties": properties, "additionalProperties": additional,
	}
}

// known says whether all keywords of a schema, and of those within it, are.
func (s *Schema) known(v any, at string) error {
	schema, ok := v.(map[string]any)
	if _, boolean := v.(bool); boolean {
		return nil
	} else if !ok {
		return fmt.Errorf("%s: no schema", at)
	}
	for k, inner := range schema {
		if rules[k] == nil && !slices.Contains(silent, k) {
			return fmt.Errorf("%s: the keyword %s is not known", at, k)
		}
		var within []any
		switch k {
		case "properties", "$defs":
			for _, p := range inner.(map[string]any) {
				within = append(within, p)
			}
		case "anyOf", "oneOf", "allOf":
			within = inner.([]any)
		case "items", "not", "additionalProperties":
			within = []any{inner}
		}
		for _, w := range within {
			if err := s.known(w, at+"/"+k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Schema) check(schema, v any, at string) error {
	if allowed, ok := schema.(bool); ok {
		if !allowed {
			return fmt.Errorf("%s: nothing may be here", at)
		}
		return nil
	}
	of := schema.(map[string]any)
	for k, want := range of {
		if r := rules[k]; r != nil {
			if err := r(s, of, want, v, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func typed(_ *Schema, _ map[string]any, want, v any, at string) error {
	names, several := want.([]any)
	if !several {
		names = []any{want}
	}
	if is := typeOf(v); slices.Contains(names, any(is)) || is == "integer" && slices.Contains(names, any("number")) {
		return nil
	}
	return fmt.Errorf("%s: a %s, want %v", at, typeOf(v), want)
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case json.Number:
		if number(v).IsInt() {
			return "integer"
		}
		return "number"
	}
	return "object"
}

func number(v json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(v.String())
	if !ok {
		panic("no number: " + v.String())
	}
	return r
}

// equal is equality of JSON, of which 1 and 1.0 are one number.
func equal(a, b any) bool { return reflect.DeepEqual(canonical(a), canonical(b)) }

func canonical(v any) any {
	switch v := v.(type) {
	case json.Number:
		return struct{ number string }{number(v).RatString()}
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, canonical(e))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = canonical(e)
		}
		return out
	}
	return v
}

func constant(_ *Schema, _ map[string]any, want, v any, at string) error {
	if !equal(want, v) {
		return fmt.Errorf("%s: %v, want %v", at, v, want)
	}
	return nil
}

func listed(_ *Schema, _ map[string]any, want, v any, at string) error {
	if !slices.ContainsFunc(want.([]any), func(w any) bool { return equal(w, v) }) {
		return fmt.Errorf("%s: %v, want one of %v", at, v, want)
	}
	return nil
}

func referred(s *Schema, _ map[string]any, want, v any, at string) error {
	name, ok := strings.CutPrefix(want.(string), "#/$defs/")
	defined, _ := s.root["$defs"].(map[string]any)
	schema, there := defined[name]
	if !ok || !there {
		return fmt.Errorf("%s: %v refers to nothing", at, want)
	}
	return s.check(schema, v, at)
}

func inverse(s *Schema, _ map[string]any, want, v any, at string) error {
	if s.check(want, v, at) == nil {
		return fmt.Errorf("%s: is what it may not be", at)
	}
	return nil
}

// some is a rule about how many of several schemas take the value.
func some(right func(n, all int) bool) rule {
	return func(s *Schema, _ map[string]any, want, v any, at string) error {
		var why []error
		all := want.([]any)
		for _, w := range all {
			if err := s.check(w, v, at); err != nil {
				why = append(why, err)
			}
		}
		if n := len(all) - len(why); !right(n, len(all)) {
			return fmt.Errorf("%s: %d of %d alternatives: %w", at, n, len(all), errors.Join(why...))
		}
		return nil
	}
}

func bound(right func(sign int) bool) rule {
	return func(_ *Schema, _ map[string]any, want, v any, at string) error {
		if n, ok := v.(json.Number); ok && !right(number(n).Cmp(number(want.(json.Number)))) {
			return fmt.Errorf("%s: %v is beyond %v", at, n, want)
		}
		return nil
	}
}

func runes(v any) (int, bool) { s, ok := v.(string); return utf8.RuneCountInString(s), ok }
func items(v any) (int, bool) { s, ok := v.([]any); return len(s), ok }
func keys(v any) (int, bool)  { s, ok := v.(map[string]any); return len(s), ok }

// size is a rule about a length; sign is 1 for the least and -1 for the most.
func size(of func(any) (int, bool), sign int) rule {
	return func(_ *Schema, _ map[string]any, want, v any, at string) error {
		if n, ok := of(v); ok && big.NewRat(int64(n), 1).Cmp(number(want.(json.Number)))*sign < 0 {
			return fmt.Errorf("%s: has %d, the bound is %v", at, n, want)
		}
		return nil
	}
}

func pattern(_ *Schema, _ map[string]any, want, v any, at string) error {
	if text, ok := v.(string); ok && !regexp.MustCompile(want.(string)).MatchString(text) {
		return fmt.Errorf("%s: %q is not of the form %v", at, text, want)
	}
	return nil
}

func unique(_ *Schema, _ map[string]any, want, v any, at string) error {
	all, ok := v.([]any)
	for i := range all {
		if ok && want == true && slices.ContainsFunc(all[:i], func(w any) bool { return equal(w, all[i]) }) {
			return fmt.Errorf("%s: has %v twice", at, all[i])
		}
	}
	return nil
}

func every(s *Schema, _ map[string]any, want, v any, at string) error {
	all, _ := v.([]any)
	for i, e := range all {
		if err := s.check(want, e, fmt.Sprintf("%s/%d", at, i)); err != nil {
			return err
		}
	}
	return nil
}

func required(_ *Schema, _ map[string]any, want, v any, at string) error {
	o, ok := v.(map[string]any)
	for _, k := range want.([]any) {
		if _, there := o[k.(string)]; ok && !there {
			return fmt.Errorf("%s: lacks %v", at, k)
		}
	}
	return nil
}

func properties(s *Schema, _ map[string]any, want, v any, at string) error {
	o, _ := v.(map[string]any)
	for k, schema := range want.(map[string]any) {
		if e, there := o[k]; there {
			if err := s.check(schema, e, at+"/"+k); err != nil {
				return err
			}
		}
	}
	return nil
}

// additional is about the keys that properties beside it do not name.
func additional(s *Schema, of map[string]any, want, v any, at string) error {
	o, _ := v.(map[string]any)
	named, _ := of["properties"].(map[string]any)
	for k, e := range o {
		if _, ok := named[k]; ok {
			continue
		}
		if err := s.check(want, e, at+"/"+k); err != nil {
			return err
		}
	}
	return nil
}
