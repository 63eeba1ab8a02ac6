package config_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fusion"
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
		"a": "", "a b": "cross_attention(a b) a>b", "a c": "score_average(a c)", "c a b": "score_average(cross_attention(a b) a>b c)",
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

// What is left of a film is steered by what is left, and joined otherwise where
// its target is gone; names of trees inside change with what is left of them.
func TestRestrictSteering(t *testing.T) {
	for tree, cases := range map[string]map[string]string{
		"{type: film, target: a}": {"a": "", "b c": "concat(b c)", "a c": "film(a c) of a by all", "a b c": "film(a b c) of a by all"},
		"{type: film, target: a, condition: b+c, of: [a, {type: concat, of: [b, c]}]}":                         {"a b": "film(a b) of a by b", "b c": "concat(b c)", "a b c": "film(a concat(b c)) of a by b+c"},
		"{type: cross_attention, of: [{type: film, target: a, of: [a, b]}, c], pairs: [{query: c, key: a+b}]}": {"a c": "cross_attention(a c) c>a", "a b c": "cross_attention(film(a b) of a by all c) c>a+b"},
	} {
		for names, want := range cases {
			src := strings.Replace(restrictable, "{type: score_average, of: [{type: cross_attention, of: [a, b], pairs: [{query: a, key: b}]}, c]}", tree, 1)
			c, err := config.Parse("n.yaml", []byte(src), config.Builtin())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Restrict(strings.Fields(names)...); err != nil {
				t.Fatal(err)
			}
			if got := drawn(c.Fusion); got != want {
				t.Errorf("%s of %s: %q is left, want %q", names, tree, got, want)
			}
			left, err := c.YAML()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := config.Parse("n.yaml", left, config.Builtin()); err != nil {
				t.Errorf("%s of %s: what is left is no config: %v", names, tree, err)
			}
		}
	}
}

// A score_average whose parts are trained separately stays with the head of one
// part, and lists its parts.
func TestRestrictSeparate(t *testing.T) {
	src := strings.Replace(restrictable, "{type: score_average, of:", "{type: score_average, train: separate, of:", 1)
	for names, want := range map[string]string{
		"a b c": "score_average(cross_attention(a b) a>b c)", "c": "score_average(c)", "a b": "score_average(cross_attention(a b) a>b)", "b": "score_average(b)", "b c": "score_average(b c)",
	} {
		c, err := config.Parse("n.yaml", []byte(src), config.Builtin())
		if err != nil {
			t.Fatal(err)
		}
		some, err := c.Only(strings.Fields(names)...)
		if err != nil {
			t.Fatal(err)
		}
		if got := drawn(some.Fusion); got != want {
			t.Errorf("%s: the fusion is %q, want %q", names, got, want)
		}
		if n := len(some.Parts()); (n > 0) != strings.Contains(want, " c)") {
			t.Errorf("%s has %d parts", want, n)
		}
		if got := drawn(c.Fusion); got != "score_average(cross_attention(a b) a>b c)" {
			t.Errorf("the config itself is now %q", got)
		}
		if p := c.Parts(); len(p) != 2 || p[0].Name != "a+b" || strings.Join(p[0].Inputs, " ") != "a b" || p[1].Name != "c" {
			t.Errorf("parts %v", p)
		}
	}
	c, err := config.Parse("n.yaml", []byte(restrictable), config.Builtin())
	if err != nil || c.Parts() != nil {
		t.Errorf("joint training has parts: %v (%v)", c.Parts(), err)
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
	whole := f.Type + "(" + strings.Join(parts, " ") + ")"
	switch x := f.Config.(type) {
	case fusion.FiLMConfig:
		whole += " of " + x.Target + " by " + cmp.Or(x.Condition, "all")
	case fusion.CrossAttentionConfig:
		for _, p := range x.Pairs {
			whole += " " + p.Query + ">" + p.Key
		}
	}
	return whole
}
