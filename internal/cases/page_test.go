package cases_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/cases"
)

//go:generate go test . -run TestPage -update

var update = flag.Bool("update", false, "write the table of fusions into docs/fusion.md")

const (
	page  = "../../docs/fusion.md"
	begin = "<!-- fusions: written by go generate ./internal/cases -->\n"
	end   = "<!-- end -->\n"
)

var heading = regexp.MustCompile("(?m)^### (`.+)$")

// The page has a row for every fusion, and a section that its row leads to.
func TestPage(t *testing.T) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), begin)
	table, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", page)
	}
	sections := map[string]string{} // by fusion, as links have them
	for _, h := range heading.FindAllStringSubmatch(after, -1) {
		link := strings.ReplaceAll(strings.ReplaceAll(h[1], "`", ""), " ", "-")
		for i, name := range strings.Split(h[1], "`") {
			if i%2 == 1 {
				sections[name] = link
			}
		}
	}
	want := "| `type` | family | in one line |\n|---|---|---|\n"
	for _, f := range cases.Fusions {
		if sections[f.Name] == "" {
			t.Errorf("docs/fusion.md has no section ### `%s`", f.Name)
		}
		want += fmt.Sprintf("| [`%s`](#%s) | %s | %s |\n", f.Name, sections[f.Name], f.Family, f.Line)
	}
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != want {
		t.Error("docs/fusion.md does not show the table of internal/cases; run go generate ./internal/cases")
	}
}
