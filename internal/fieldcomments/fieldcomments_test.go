package fieldcomments_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/fieldcomments"
	"github.com/chiasm-ml/chiasm/internal/fieldcomments/internal/sample"
)

const module = "github.com/chiasm-ml/chiasm"

func Example() {
	comments, err := fieldcomments.Collect("../..", module, []reflect.Type{reflect.TypeFor[sample.Options]()})
	fmt.Println(comments[module+"/internal/fieldcomments/internal/sample.Options.Depth"], err)
	// Output: Depth is how many layers there are; more than one line of comment becomes one. <nil>
}

func TestCollect(t *testing.T) {
	got, err := fieldcomments.Collect("../..", module, []reflect.Type{reflect.TypeFor[sample.Options](), reflect.TypeFor[sample.Grouped]()})
	if err != nil {
		t.Fatal(err)
	}
	const p = module + "/internal/fieldcomments/internal/sample."
	want := map[string]string{
		p + "Options":       "Options are an example.",
		p + "Options.Depth": "Depth is how many layers there are; more than one line of comment becomes one.",
		p + "Options.Width": "Width is explained behind.",
		p + "Grouped":       "Grouped is one of several in a declaration.",
		p + "Grouped.A":     "A has a comment.",
	}
	if d := difference.Of(want, got); d != "" {
		t.Error(d)
	}
}

func TestCollectRefuses(t *testing.T) {
	for _, c := range []struct {
		t    reflect.Type
		want string
	}{
		{reflect.TypeFor[sample.Silent](), "sample.Silent.A has the key a but no comment"},
		{reflect.TypeFor[strings.Builder](), "strings is not in the module"},
		{reflect.TypeFor[sample.Alias](), "there is no struct Alias"},
	} {
		_, err := fieldcomments.Collect("../..", module, []reflect.Type{c.t})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %s", c.t, err, c.want)
		}
	}
}

func TestBrokenSource(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "internal", "fieldcomments", "internal", "sample")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte("package sample\n\ntype {"), 0o644); err != nil {
		t.Fatal(err)
	}
	types := []reflect.Type{reflect.TypeFor[sample.Options]()}
	if _, err := fieldcomments.Collect(root, module, types); err == nil {
		t.Error("broken source was read")
	}
	if _, err := fieldcomments.Collect(t.TempDir(), module, types); err == nil {
		t.Error("a missing folder was read")
	}
}
