package strictyaml

import (
	"reflect"
	"strings"
	"testing"
)

// A mistake in a struct's tags is found when the type is registered, and says
// where it is.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		t    reflect.Type
		want string
	}{
		{reflect.TypeFor[struct{ A int }](), "A has no yaml tag"},
		{reflect.TypeFor[struct {
			A int `yaml:"a"`
			B int `yaml:"a"`
		}](), `B repeats the key "a"`},
		{reflect.TypeFor[struct {
			A int `yaml:"a,optional"`
		}](), `A has the unknown yaml option "optional"`},
		{reflect.TypeFor[struct {
			A int `yaml:"a" default:"many"`
		}](), `has an invalid default: field A: invalid default "many"`},
		{reflect.TypeFor[struct {
			A [2]int `yaml:"a" default:"[1, 2]"`
		}](), `A is an array with a default`},
		{reflect.TypeFor[struct {
			A int `yaml:"a" validate:"minimum=1"`
		}](), `has an invalid validate tag: Undefined validation function 'minimum' on field 'A'`},
		{reflect.TypeFor[struct {
			A any `yaml:"a"`
		}](), `interface {} has a kind that a configuration cannot contain`},
		{reflect.TypeFor[struct {
			A map[int]string `yaml:"a"`
		}](), `has keys that are not text`},
		{reflect.TypeFor[struct {
			A int `yaml:",inline"`
		}](), `A cannot be inlined: it is neither a struct nor a map`},
		{reflect.TypeFor[struct {
			A any `yaml:",inline" variant:"x"`
		}](), `has a variant but no key "type"`},
		{reflect.TypeFor[struct {
			a int `yaml:"a"` //nolint:unused // the mistake under test
		}](), `a has a yaml tag but is not exported`},
		{reflect.TypeFor[struct {
			A onlyReads `yaml:"a"`
		}](), `reads text but cannot write it`},
		{reflect.TypeFor[root](), ""},
	} {
		err := Check(c.t)
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || c.want == "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v:\ngot  %v\nwant %s", c.t, err, c.want)
		}
	}
}

type onlyReads struct{ s string }

func (o *onlyReads) UnmarshalText(b []byte) error { o.s = string(b); return nil }

func TestTable(t *testing.T) {
	tb := &Table{What: "fusion", Reserved: []string{"of"}}
	for _, c := range []struct {
		v    Variant
		want string
	}{
		{VariantOf[concat]("b", ""), ""},
		{VariantOf[concat]("a", "first"), ""},
		{VariantOf[average]("b", ""), `fusion: the name "b" is taken`},
		{VariantOf[average]("", ""), `fusion: "" is not a valid name`},
		{VariantOf[average](" c", ""), `fusion: " c" is not a valid name`},
		{VariantOf[int]("c", ""), `fusion c: its options are a int, not a struct`},
		{VariantOf[struct{ A int }]("c", ""), `fusion c: struct { A int }.A has no yaml tag`},
		{VariantOf[tree]("c", ""), `fusion c: strictyaml.tree repeats the key "type" of every fusion`},
		{VariantOf[struct {
			Of int `yaml:"of"`
		}]("c", ""), `repeats the key "of" of every fusion`},
	} {
		err := tb.Add(c.v)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.v.Name, err, c.want)
		}
	}
	if got := strings.Join(tb.Names(), " "); got != "a b" {
		t.Errorf("names are %s", got)
	}
	if v, ok := tb.Lookup("a"); !ok || v.Summary != "first" || len(tb.Variants()) != 2 {
		t.Errorf("a is %+v", v)
	}
}
