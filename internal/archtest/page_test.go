package archtest

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

//go:generate go test . -run TestPageShowsTheHouse -update

var update = flag.Bool("update", false, "write the map into docs/architecture.md")

const (
	page  = "../../docs/architecture.md"
	begin = "<!-- house: written by go generate ./internal/archtest -->\n"
	end   = "<!-- end -->\n"
)

// table is the house from the roof down, as Markdown.
func table() string {
	var b strings.Builder
	b.WriteString("| floor | package | holds |\n|---|---|---|\n")
	for _, f := range slices.Backward(house) {
		name := f.name
		for _, r := range f.rooms {
			if strings.Contains(r.path, "/internal/") {
				continue // of one package's tests
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", name, r.path, r.holds)
			name = ""
		}
	}
	return b.String()
}

// docs/architecture.md shows the map that these tests hold.
func TestPageShowsTheHouse(t *testing.T) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), begin)
	shown, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the map", page)
	}
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+table()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		shown = table()
	}
	if shown != table() {
		t.Error("docs/architecture.md shows another house; run go generate ./internal/archtest")
	}
}
