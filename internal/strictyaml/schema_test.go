package strictyaml

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v4"

	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/strictyaml/schematest"
)

var update = flag.Bool("update", false, "rewrite testdata")

var comments = Comments{
	"github.com/chiasm-ml/chiasm/internal/strictyaml.cnn":             "A stack of convolutions.",
	"github.com/chiasm-ml/chiasm/internal/strictyaml.Source.Column":   "Column of the table.",
	"github.com/chiasm-ml/chiasm/internal/strictyaml.training.Epochs": "Passes over the data.",
}

func schemaOf(t testing.TB) []byte {
	t.Helper()
	b, err := Schema(reflect.TypeFor[root](), newTables(t), comments)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSchemaText(t *testing.T) {
	got := schemaOf(t)
	const file = "testdata/schema.json"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference.Of(string(want), string(got)); d != "" {
		t.Error(d)
	}
}

// What the schema says and what Decode takes are the same: only rules about two fields, Validate
// methods, spellings of numbers and repeated keys are beyond it.
func TestSchemaAgreesWithDecode(t *testing.T) {
	schema, err := schematest.Compile(schemaOf(t))
	if err != nil {
		t.Fatal(err)
	}
	beyond := []string{
		"must be at least low", "add up to more", "must be at most dim", "five blocks", "no photographs", "is repeated", "plain decimal", "expected low or high", "too large", "merge keys",
		"the tag", "found the number 0x10", "an empty key",
	}
	checked := 0
	for _, p := range append(problemCases, struct {
		name, src string
		want      []string
	}{"whole", whole, nil}) {
		src := p.src
		if rest, ok := strings.CutPrefix(src, "+"); ok {
			src = good + rest
		}
		value, ok := asJSON(src)
		if !ok {
			continue // no document at all
		}
		_, err := load(t, src)
		if err != nil && slices.ContainsFunc(beyond, func(s string) bool { return strings.Contains(err.Error(), s) }) {
			continue
		}
		checked++
		if schemaErr := schema.Validate(value); (schemaErr == nil) != (err == nil) {
			t.Errorf("%s: Decode says %v, the schema %v", p.name, err, schemaErr)
		}
	}
	if checked < 40 {
		t.Errorf("only %d documents were compared", checked)
	}
}

// asJSON is a document as JSON.
func asJSON(src string) ([]byte, bool) {
	if len(src) > maxBytes {
		return nil, false
	}
	var v any
	if err := yaml.Load([]byte(src), &v); err != nil {
		return nil, false
	}
	b, err := json.Marshal(v)
	return b, err == nil
}

func TestTypes(t *testing.T) {
	var got []string
	for _, typ := range Types(reflect.TypeFor[root](), newTables(t)) {
		got = append(got, typ.Name())
	}
	want := "Source average caption cnn columns concat encoder input operand patience picture root training transformer tree weights"
	if d := difference.Of(want, strings.Join(got, " ")); d != "" {
		t.Error(d)
	}
}
