package strictyaml

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A Variant is a struct that the key "type" can select.
type Variant struct {
	Name    string
	Summary string // one line for people
	Type    reflect.Type
}

// A Table holds the variants of one kind of value, such as the encoders of images, sorted by name.
type Table struct {
	What     string   // what one of them is, for messages: "image encoder"
	Default  string   // the type if none is given; "" if it is required
	Reserved []string // other keys that accompany every variant

	variants []Variant
}

// Tables maps the name in a variant tag to its table.
type Tables map[string]*Table

// Add registers a variant. Its type must be a struct that this package can read.
func (t *Table) Add(v Variant) error {
	if v.Name == "" || strings.TrimSpace(v.Name) != v.Name {
		return fmt.Errorf("%s: %q is not a valid name", t.What, v.Name)
	}
	if _, taken := t.Lookup(v.Name); taken {
		return fmt.Errorf("%s: the name %q is taken", t.What, v.Name)
	}
	if v.Type == nil || v.Type.Kind() != reflect.Struct {
		return fmt.Errorf("%s %s: its options are a %v, not a struct", t.What, v.Name, v.Type)
	}
	if err := Check(v.Type); err != nil {
		return fmt.Errorf("%s %s: %w", t.What, v.Name, err)
	}
	for _, key := range append([]string{typeKey}, t.Reserved...) {
		if layoutOf(v.Type).lookup(key) != nil {
			return fmt.Errorf("%s %s: %v repeats the key %q of every %s", t.What, v.Name, v.Type, key, t.What)
		}
	}
	i, _ := slices.BinarySearchFunc(t.variants, v.Name, func(e Variant, name string) int {
		return strings.Compare(e.Name, name)
	})
	t.variants = slices.Insert(t.variants, i, v)
	return nil
}

// Lookup finds a variant by name.
func (t *Table) Lookup(name string) (Variant, bool) {
	for _, v := range t.variants {
		if v.Name == name {
			return v, true
		}
	}
	return Variant{}, false
}

// Variants lists all entries, sorted by name.
func (t *Table) Variants() []Variant { return slices.Clone(t.variants) }

// Names lists the names of all entries, sorted.
func (t *Table) Names() []string {
	if t == nil {
		return nil
	}
	names := make([]string, len(t.variants))
	for i, v := range t.variants {
		names[i] = v.Name
	}
	return names
}

// VariantOf returns a Variant with options of type C.
func VariantOf[C any](name, summary string) Variant {
	return Variant{Name: name, Summary: summary, Type: reflect.TypeFor[C]()}
}
