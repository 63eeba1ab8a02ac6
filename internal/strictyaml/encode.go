package strictyaml

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	yaml "go.yaml.in/yaml/v4"
)

// Marshal writes a struct filled by Decode as YAML, with every default filled in and keys in the
// order of declaration. Absent optional keys without a default stay absent. Decoding the text
// yields the same value.
func Marshal(v any) ([]byte, error) {
	s := reflect.ValueOf(v)
	if s.Kind() == reflect.Pointer {
		s = s.Elem()
	}
	c := reflect.New(s.Type()).Elem() // addressable
	c.Set(s)
	n, err := encode(c)
	if err != nil {
		return nil, err
	}
	return yaml.Dump(n, yaml.WithLineWidth(-1))
}

func encode(v reflect.Value) (*yaml.Node, error) {
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		if v.IsNil() {
			return plain("!!null", "null"), nil
		}
		return encode(v.Elem())
	case t == durationType:
		return text(time.Duration(v.Int()).String()), nil
	case readsText(t):
		return encodeText(v)
	case t.Kind() == reflect.Struct:
		return encodeStruct(v)
	case t.Kind() == reflect.Map:
		return encodeMap(v)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && layoutOf(t.Elem()).key != nil:
		return encodeKeyed(v)
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		return encodeList(v)
	}
	return encodeScalar(v)
}

func plain(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

// text is a string; the emitter quotes it if it would otherwise be read as something else.
func text(s string) *yaml.Node { return plain("!!str", s) }

func number(s string) *yaml.Node {
	if decimal.MatchString(s) {
		return plain("!!int", s)
	}
	return plain("!!float", s)
}

func encodeScalar(v reflect.Value) (*yaml.Node, error) {
	switch {
	case v.Kind() == reflect.Bool:
		return plain("!!bool", strconv.FormatBool(v.Bool())), nil
	case v.Kind() == reflect.String:
		return text(v.String()), nil
	case v.CanInt():
		return plain("!!int", strconv.FormatInt(v.Int(), 10)), nil
	case v.CanUint():
		return plain("!!int", strconv.FormatUint(v.Uint(), 10)), nil
	case v.CanFloat():
		x := v.Float()
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("a configuration cannot contain the number %v", x)
		}
		return number(strconv.FormatFloat(x, 'g', -1, v.Type().Bits())), nil
	}
	return nil, tagError{v.Type(), "", "has a kind that a configuration cannot contain"}
}

func encodeText(v reflect.Value) (*yaml.Node, error) {
	b, err := v.Addr().Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return nil, err
	}
	// A type that reads 0.05 is written without quotes, as a person would.
	if decimal.Match(b) || isFloat(string(b)) {
		return number(string(b)), nil
	}
	return text(string(b)), nil
}

func isFloat(s string) bool {
	x, err := strconv.ParseFloat(s, 64)
	return err == nil && s == strconv.FormatFloat(x, 'g', -1, 64)
}

func encodeList(v reflect.Value) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for i := range v.Len() {
		e, err := encode(v.Index(i))
		if err != nil {
			return nil, err
		}
		if e.Kind != yaml.ScalarNode {
			n.Style = 0 // only lists of plain values fit on a line
		}
		n.Content = append(n.Content, e)
	}
	return n, nil
}

func encodeMap(v reflect.Value) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
	for _, k := range keys {
		c := reflect.New(v.Type().Elem()).Elem() // addressable
		c.Set(v.MapIndex(k))
		e, err := encode(c)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, text(k.String()), e)
	}
	return n, nil
}

func encodeKeyed(v reflect.Value) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := range v.Len() {
		e := v.Index(i)
		body, err := encode(e)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, text(at(e, layoutOf(e.Type()).key).String()), body)
	}
	return n, nil
}

func encodeStruct(v reflect.Value) (*yaml.Node, error) {
	l := layoutOf(v.Type())
	if l.scalar != nil {
		if s := at(v, l.scalar.index).String(); s != "" {
			return text(s), nil
		}
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := range l.fields {
		if l.variant != nil && i == l.at {
			if err := encodeVariant(n, at(v, l.variant)); err != nil {
				return nil, err
			}
		}
		if err := encodeField(n, v, &l.fields[i]); err != nil {
			return nil, err
		}
	}
	if l.variant != nil && l.at == len(l.fields) {
		if err := encodeVariant(n, at(v, l.variant)); err != nil {
			return nil, err
		}
	}
	if l.rest != nil {
		rest, err := encodeMap(at(v, l.rest.index))
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, rest.Content...)
	}
	return n, nil
}

// encodeVariant writes the keys of the struct that a type selected.
func encodeVariant(n *yaml.Node, v reflect.Value) error {
	if v.IsNil() {
		return nil
	}
	c := reflect.New(v.Elem().Type()).Elem()
	c.Set(v.Elem())
	body, err := encodeStruct(c)
	if err != nil {
		return err
	}
	n.Content = append(n.Content, body.Content...)
	return nil
}

func encodeField(n *yaml.Node, v reflect.Value, f *field) error {
	value := at(v, f.index)
	if value.IsZero() && !f.hasDefault && !f.required() && (f.omitEmpty() || !always(f.typ)) {
		return nil
	}
	e, err := encode(value)
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	if e.Kind == yaml.MappingNode && len(e.Content) == 0 && f.typ.Kind() == reflect.Struct {
		return nil // nothing in it has a value
	}
	n.Content = append(n.Content, text(f.name), e)
	return nil
}

// always reports whether the zero of a type is worth writing: false and 0 are values, whereas ""
// and an empty list mean absence.
func always(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Map, reflect.Pointer:
		return false
	}
	return !readsText(t)
}
