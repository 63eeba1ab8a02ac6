package config

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/fieldcomments"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
)

var update = flag.Bool("update", false, "rewrite generated files")

// The embedded comments are those of the sources; go generate renews them.
func TestCommentsAreFresh(t *testing.T) {
	types := strictyaml.Types(reflect.TypeFor[Config](), Builtin().tables())
	c, err := fieldcomments.Collect("..", "github.com/chiasm-ml/chiasm", types)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(c, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("comments.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("comments.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("comments.json is not what the sources say; run go generate ./config")
	}
}
