package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/strictyaml/schematest"
)

// changed calls f with a document in which one value is another, for every value in
// it and every way to change one, and one in which one key is missing or added. The
// value itself is root's through set.
func changed(v any, set func(any), f func()) {
	for _, other := range []any{nil, true, "", "x", "0", 0, -1, 0.5, 3, 1e9, []any{}, []any{v}, []any{v, v}, map[string]any{}, map[string]any{"type": "none"}} {
		set(other)
		f()
	}
	set(v)
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			changed(e, func(to any) { v[i] = to }, f)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			e := v[k]
			delete(v, k)
			f()
			v[k] = e
			changed(e, func(to any) { v[k] = to }, f)
		}
		v["another"] = 1
		f()
		delete(v, "another")
	}
}

// The schema is one of the standard, takes the examples, and is read in the same way
// by both implementations, of the examples and of all that is one change from them.
func TestSchemaIsReadAsTheStandardSays(t *testing.T) {
	text, err := config.Schema(config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", doc); err != nil {
		t.Fatal(err)
	}
	standard, err := c.Compile("config.json") // holds it against the schema of schemas
	if err != nil {
		t.Fatal(err)
	}
	ours, err := schematest.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	agree := func(v any) (taken bool) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		want, got := standard.Validate(value), ours.Validate(b)
		if (want == nil) != (got == nil) {
			t.Errorf("%s: the standard says %v, schematest %v", b, want, got)
		}
		return want == nil
	}
	files, err := filepath.Glob("../../examples/*/*.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d examples, error %v", len(files), err)
	}
	compared, refused := 0, 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := yaml.Load(b, &v); err != nil {
			t.Fatal(err)
		}
		if !agree(v) && filepath.Base(filepath.Dir(file)) != "custom" { // which has modules of its own
			t.Errorf("the schema refuses %s", file)
		}
		changed(v, func(to any) { v = to }, func() {
			compared++
			if !agree(v) {
				refused++
			}
		})
	}
	t.Logf("%d documents were compared, of which %d were refused", compared, refused)
	if compared < 8000 || compared-refused < 500 {
		t.Errorf("of %d documents %d were refused: too few to tell", compared, refused)
	}
}
