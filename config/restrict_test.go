package config_test

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
)

const restrictable = `
name: n
data: {path: d.csv}
inputs:
  a: {type: text, column: a}
  b: {type: text, column: b}
  c: {type: text, column: c}
fusion: {type: score_average, of: [{type: cross_attention, of: [a, b], pairs: [{query: a, key: b}]}, c]}
output: {type: binary, column: y}
`

func TestRestrict(t *testing.T) {
	for names, want := range map[string]string{
		"a": "", "a b": "cross_attention(a b)", "a c": "score_average(a c)", "c a b": "score_average(cross_attention(a b) c)",
	} {
		c, err := config.Parse("n.yaml", []byte(restrictable), config.Builtin())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Restrict(strings.Fields(names)...); err != nil {
			t.Fatal(err)
		}
		if len(c.Inputs) != len(strings.Fields(names)) {
			t.Errorf("%s: %d inputs are left", names, len(c.Inputs))
		}
		if got := drawn(c.Fusion); got != want {
			t.Errorf("%s: the fusion is %q, want %q", names, got, want)
		}
		src, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := config.Parse("n.yaml", src, config.Builtin()); err != nil {
			t.Errorf("%s: what is left is no config: %v", names, err)
		}
	}
	c, err := config.Parse("n.yaml", []byte(restrictable), config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Restrict("d"); err == nil || !strings.Contains(err.Error(), `unknown input "d"`) {
		t.Errorf("an input that is not there: %v", err)
	}
}

func drawn(f *config.Fusion) string {
	if f == nil {
		return ""
	}
	var parts []string
	for _, o := range f.Of {
		if o.Fusion != nil {
			parts = append(parts, drawn(o.Fusion))
		} else {
			parts = append(parts, o.Input)
		}
	}
	return f.Type + "(" + strings.Join(parts, " ") + ")"
}
