package messy_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/messy"
)

var (
	out   = flag.String("out", "", "folder to write tables into, for scripts/messy.py")
	count = flag.Uint64("tables", 300, "how many")
)

// A seed makes the same table each time, and another seed another one.
func TestSeeds(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		a, b, c := messy.Make(seed), messy.Make(seed), messy.Make(seed+1)
		if !maps.EqualFunc(a.Files, b.Files, slices.Equal) || maps.EqualFunc(a.Files, c.Files, slices.Equal) {
			t.Errorf("seed %d", seed)
		}
	}
}

// TestWrite writes tables where it is asked to, each with how pandas is to read it.
func TestWrite(t *testing.T) {
	if *out == "" {
		t.Skip("no -out")
	}
	for seed := uint64(1); seed <= *count; seed++ {
		table := messy.Make(seed)
		dir := filepath.Join(*out, fmt.Sprint(seed))
		path, err := table.Write(dir)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(map[string]any{"path": path, "target": table.Target, "traits": table.Traits, "reading": table.Reading})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "reading.json"), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
