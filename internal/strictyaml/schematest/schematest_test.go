package schematest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/strictyaml/schematest"
)

func Example() {
	s, err := schematest.Compile([]byte(`{"type": "object", "properties": {"epochs": {"type": "integer", "minimum": 1}}}`))
	if err != nil {
		panic(err)
	}
	fmt.Println(s.Validate([]byte(`{"epochs": 3}`)))
	fmt.Println(s.Validate([]byte(`{"epochs": 0}`)))
	// Output:
	// <nil>
	// /epochs: 0 is beyond 1
}

// Every keyword, with documents that it takes and others that it refuses, a line each.
func TestKeywords(t *testing.T) {
	for schema, c := range map[string]struct{ takes, refuses string }{
		`{"type": "integer"}`:                                                   {"1\n-2.0\n1e3", "1.5\n\"1\"\nnull\ntrue"},
		`{"type": "number"}`:                                                    {"1\n1.5", "\"1\"\n[]"},
		`{"type": ["string", "null"]}`:                                          {"\"\"\nnull", "1\n{}"},
		`{"const": 1}`:                                                          {"1\n1.0", "2\n\"1\"\ntrue"},
		`{"enum": ["a", [1, {"b": 2}]]}`:                                        {"\"a\"\n[1.0, {\"b\": 2}]", "\"b\"\n[1]\n[1, {\"b\": 3}]"},
		`{"$ref": "#/$defs/a", "$defs": {"a": {"const": 1}}}`:                   {"1", "2"},
		`{"not": {"type": "null"}}`:                                             {"1", "null"},
		`{"anyOf": [{"minimum": 3}, {"maximum": 1}]}`:                           {"3\n1\n\"2\"", "2"},
		`{"oneOf": [{"minimum": 1}, {"maximum": 3}]}`:                           {"0\n4", "2\n\"x\""},
		`{"allOf": [{"minimum": 1}, {"maximum": 3}]}`:                           {"1\n3", "0\n4"},
		`{"exclusiveMinimum": 0, "exclusiveMaximum": 1}`:                        {"0.1\n\"0\"", "0\n1\n0.0"},
		`{"minLength": 2, "maxLength": 3}`:                                      {"\"éé\"\n\"abc\"\n1", "\"é\"\n\"abcd\""},
		`{"minItems": 1, "maxItems": 2}`:                                        {"[1]\n[1, 2]\n{}", "[]\n[1, 2, 3]"},
		`{"minProperties": 1, "maxProperties": 1}`:                              {"{\"a\": 1}\n[]", "{}\n{\"a\": 1, \"b\": 2}"},
		`{"pattern": "b"}`:                                                      {"\"abc\"\n1", "\"ac\""},
		`{"uniqueItems": true}`:                                                 {"[1, 2]\n[\"1\", 1]", "[1, 1.0]\n[{\"a\": 1}, {\"a\": 1}]"},
		`{"items": {"type": "string"}}`:                                         {"[]\n[\"a\"]\n1", "[1]\n[\"a\", null]"},
		`{"required": ["a"]}`:                                                   {"{\"a\": null}\n1", "{}\n{\"b\": 1}"},
		`{"properties": {"a": {"const": 1}}, "additionalProperties": false}`:    {"{}\n{\"a\": 1}", "{\"a\": 2}\n{\"b\": 1}"},
		`{"properties": {"a": {}}, "additionalProperties": {"type": "string"}}`: {"{\"a\": 1, \"b\": \"x\"}", "{\"b\": 1}"},
	} {
		s, err := schematest.Compile([]byte(schema))
		if err != nil {
			t.Errorf("%s: %v", schema, err)
			continue
		}
		for doc := range strings.Lines(c.takes) {
			if err := s.Validate([]byte(doc)); err != nil {
				t.Errorf("%s, %s: %v", schema, doc, err)
			}
		}
		for doc := range strings.Lines(c.refuses) {
			if s.Validate([]byte(doc)) == nil {
				t.Errorf("%s takes %s", schema, doc)
			}
		}
	}
}

// A rule that is not known is not passed over.
func TestUnknownKeywords(t *testing.T) {
	for _, schema := range []string{
		`[]`, `{"if": {}}`, `{"properties": {"a": {"multipleOf": 2}}}`, `{"anyOf": [{"contains": {}}]}`, `{"$defs": {"a": {"dependentRequired": {}}}}`, `{"items": [1]}`,
	} {
		if _, err := schematest.Compile([]byte(schema)); err == nil {
			t.Errorf("%s is taken", schema)
		}
	}
}
