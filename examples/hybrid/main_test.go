package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

// One seed gives one table.
func TestGenerate(t *testing.T) {
	var tables [3][]byte
	for i, seed := range []uint64{1, 1, 2} {
		dir := t.TempDir()
		if err := generate(dir, seed, map[string]int{"train": 30, "validation": 10, "test": 10}); err != nil {
			t.Fatal(err)
		}
		var err error
		if tables[i], err = os.ReadFile(filepath.Join(dir, "data.csv")); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(tables[0], tables[1]) || slices.Equal(tables[0], tables[2]) {
		t.Error("the seed does not say what is made")
	}
	if n := strings.Count(string(tables[0]), "\n"); n != 51 {
		t.Errorf("%d lines, want 51", n)
	}
}

// A product is bought more often by who has looked for its kind, though neither
// the kind nor what was looked for says so alone.
func TestVisits(t *testing.T) {
	bought, all := map[bool]int{}, map[bool]int{}
	byKind, shown := map[string]int{}, map[string]int{}
	for i := range 4000 {
		row := visit(rng.New(1).Int(i))
		for _, p := range products {
			if p.words != row[1] {
				continue
			}
			seen := strings.Contains(row[0], p.kind)
			all[seen]++
			shown[p.kind]++
			if row[6] == "yes" {
				bought[seen]++
				byKind[p.kind]++
			}
		}
	}
	share := func(n, of int) float64 { return float64(n) / float64(of) }
	if yes, no := share(bought[true], all[true]), share(bought[false], all[false]); yes < 0.65 || no > 0.35 {
		t.Errorf("bought by %.2f of those who looked for the kind, %.2f of the others", yes, no)
	}
	for _, p := range products {
		if s := share(byKind[p.kind], shown[p.kind]); s < 0.42 || s > 0.58 {
			t.Errorf("%s is bought in %.2f of the visits", p.kind, s)
		}
	}
}
