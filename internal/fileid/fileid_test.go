package fileid_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/fileid"
)

func Example() {
	fmt.Println(fileid.Same(".", "../fileid/"), fileid.Holds("..", "fileid.go"), fileid.Holds("testdata", "fileid.go"))
	// Output: true true false
}

// place is a folder with a table, a link to it, and links to folders.
func place(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"project/data", "other"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "project/data/t.csv"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"link.csv": "project/data/t.csv", "other/t.csv": "../project/data/t.csv", "alias": "project", "loop": "loop", "nowhere": "none",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	if err := os.Link(filepath.Join(dir, "project/data/t.csv"), filepath.Join(dir, "hard.csv")); err != nil {
		t.Skip(err)
	}
	return dir
}

func TestSame(t *testing.T) {
	dir := place(t)
	t.Chdir(dir)
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"project/data/t.csv", "project/../project/./data/t.csv", true},
		{"project/data/t.csv", filepath.Join(dir, "link.csv"), true},
		{"project/data/t.csv", "hard.csv", true},
		{"project/", "alias", true},
		{"alias/data/", "project/data", true},
		{"project", "other", false},
		{"none", "none", false},
		{"nowhere", "nowhere", false},
		{"loop", "loop", false},
		{"", ".", false},
	} {
		if got := fileid.Same(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}

func TestHolds(t *testing.T) {
	dir := place(t)
	t.Chdir(dir)
	for _, c := range []struct {
		folder, path string
		want         bool
	}{
		{".", "project/data/t.csv", true},
		{"project/data/..", "project/data/t.csv", true},
		{"alias", "project/data/t.csv", true},
		{"project", "alias/data/t.csv", true},
		{"project", "link.csv", true},    // that is where the link leads
		{"other", "other/t.csv", true},   // that is where the link is
		{"project", "other/t.csv", true}, // and that where it leads
		{"other", "project/data/t.csv", false},
		{"project/data/t.csv", "link.csv", true},
		{"project/data/t.csv", "project/data", false},
		{"project", "project/none/n.csv", true}, // not there yet
		{"none", "none/n.csv", false},
		{"loop", "loop", false},
		{".", "loop", true},
		{".", "", false},
		{"/", dir, true},
	} {
		if got := fileid.Holds(c.folder, c.path); got != c.want {
			t.Errorf("%q holds %q: %v", c.folder, c.path, got)
		}
	}
}

func TestMissing(t *testing.T) {
	dir := place(t)
	t.Chdir(dir)
	for path, want := range map[string]string{
		"": "", ".": "", "..": "", "../..": "", "none": "", "none/n": "", "none/..n": "", "project/..": "", "project/data/../": "",
		"alias/../other": "", dir + "/other/..": "", "/../tmp": "",
		"none/..": "none", "none/../project": "none", "project/none/../data": "project/none", "./none/../": "./none",
		"project/data/t.csv/..": "project/data/t.csv", "nowhere/..": "nowhere", "project/../none/x/../..": "project/../none/x",
	} {
		if got := fileid.Missing(path); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}
