package fit_test

import (
	"os"
	"strings"
	"testing"
)

// The first programs of the documentation are those of examples/first, which are
// built with all else, and are short.
func TestLibraryPage(t *testing.T) {
	page, err := os.ReadFile("../docs/library.md")
	if err != nil {
		t.Fatal(err)
	}
	for file, most := range map[string]int{"config": 25, "table": 40} {
		b, err := os.ReadFile("../examples/first/" + file + "/main.go")
		if err != nil {
			t.Fatal(err)
		}
		_, program, _ := strings.Cut(string(b), "\n") // below its comment
		if !strings.Contains(string(page), "```go\n"+program+"```\n") {
			t.Errorf("docs/library.md does not show examples/first/%s/main.go", file)
		}
		if n := strings.Count(program, "\n"); n > most {
			t.Errorf("examples/first/%s/main.go has %d lines, want %d at most", file, n, most)
		}
	}
}
