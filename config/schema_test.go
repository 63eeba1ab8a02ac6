package config_test

import (
	"encoding/json"
	"testing"

	yamllib "go.yaml.in/yaml/v4"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/strictyaml/schematest"
)

// The schema takes every config that is right, and every effective one, and
// refuses the wrong keys, types and bounds that it can know of.
func TestSchemaAgrees(t *testing.T) {
	b, err := config.Schema(config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	schema, err := schematest.Compile(b)
	if err != nil {
		t.Fatal(err)
	}
	validate := func(src string) error {
		var v any
		if err := yamllib.Load([]byte(src), &v); err != nil {
			return err
		}
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return schema.Validate(b)
	}
	for name, src := range bases() {
		if err := validate(src); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := validate(yaml(t, parse(t, src))); err != nil {
			t.Errorf("%s, effective: %v", name, err)
		}
	}
	refused := 0
	for _, c := range problemCases {
		if validate(c.src) != nil {
			refused++
		}
	}
	if refused < 35 {
		t.Errorf("the schema refuses %d of %d wrong configs", refused, len(problemCases))
	}
	t.Logf("the schema refuses %d of %d wrong configs", refused, len(problemCases))
}
