package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// namesKinds are the places that may name kinds of heads: who lists them, who guesses one
// for a table, and who uses one.
var namesKinds = []string{"head/", "data/", "config/output.go", "config/build.go", "cli/internal/guess/", "internal/planted/", "examples/", "bench/"}

// Outside package head and its listings nothing asks which kind a head is: what it needs to
// know is a method of the head, its Form, or an optional interface, so that a new kind is
// its own file, its options and its lines in the listings.
func TestNothingAsksForTheKindOfAHead(t *testing.T) {
	asks := regexp.MustCompile(`\bdata\.(Binary|Multiclass|Multilabel|Regression)\b|\bcase (Binary|Multiclass|Multilabel|Regression)Output\b|\.\((Binary|Multiclass|Multilabel|Regression)Output\)|(==|!=|case) "(binary|multiclass|multilabel|regression)"|\bhead\.(Binary|Multiclass|Multilabel|Regression)\b`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, filepath.FromSlash("../../")))
		if d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		for _, place := range namesKinds {
			if strings.HasPrefix(name, place) {
				return nil
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			code, _, _ := strings.Cut(line, "//")
			if found := asks.FindString(code); found != "" && !strings.Contains(code, `errors.New("`) {
				t.Errorf("%s:%d names a kind of head, %s: ask the head (head.FormOf, or a method)", name, i+1, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
