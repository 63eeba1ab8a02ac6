package reference_test

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/reference"
)

//go:generate go test . -run TestPageIsFresh -update

var update = flag.Bool("update", false, "rewrite docs/config.md")

const page = "../../docs/config.md"

func generated(t *testing.T) string {
	t.Helper()
	schema, err := config.Schema(config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	b, err := reference.Config(schema)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPageIsFresh(t *testing.T) {
	got := generated(t)
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("docs/config.md is not what the options say; run go generate ./internal/reference")
	}
}

// Every type and every key of the schema is on the page, and explained.
func TestPageIsWhole(t *testing.T) {
	text := generated(t)
	reg := config.Builtin()
	var entries []config.Entry
	for _, input := range reg.Inputs() {
		entries = append(entries, reg.Encoders(input)...)
	}
	entries = append(append(append(entries, reg.Fusions()...), reg.Optimizers()...), reg.Schedules()...)
	for _, e := range entries {
		if !strings.Contains(text, "Type `"+e.Name+"`: "+e.Summary) && !strings.Contains(text, "Type `"+e.Name+"`, the default: "+e.Summary) {
			t.Errorf("the page lacks %s: %s", e.Name, e.Summary)
		}
	}
	schema, err := config.Schema(reg)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`"(\w+)": \{\n +"(?:type|anyOf|\$ref)"`).FindAllStringSubmatch(string(schema), -1) {
		if key := m[1]; !slices.Contains([]string{"items", "properties", "additionalProperties"}, key) && !strings.Contains(text, "| `"+key+"` |") {
			t.Errorf("the page lacks the key %s", key)
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "| `") && (strings.HasSuffix(line, "|  |") || strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 5) {
			t.Errorf("the line %q explains nothing, or has another number of cells", line)
		}
	}
}

// configs are the YAML blocks of a document.
func configs(text string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// The configs that the documents show can be read.
func TestShownConfigsAreRight(t *testing.T) {
	blocks := configs(generated(t))
	whole, tree := blocks[0], blocks[1]
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	all := append(configs(string(readme)), whole, regexp.MustCompile(`(?m)^fusion: .*\n`).ReplaceAllLiteralString(whole, tree))
	if len(all) != 3 {
		t.Fatalf("there are %d configs", len(all))
	}
	for _, src := range all {
		if _, err := config.Parse("shown.yaml", []byte(src), config.Builtin()); err != nil {
			t.Errorf("%v, in\n%s", err, src)
		}
	}
}

func TestBadSchemas(t *testing.T) {
	for _, s := range []string{"", "[]", `{"$defs":`, `{"a":[1,`} {
		if _, err := reference.Config([]byte(s)); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}
