package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

func table(t *testing.T, dir string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "data.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// One seed gives one table, another one another; half of the patients have a
// scan, which can be read, and nobody lacks everything.
func TestGenerate(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	for i, seed := range []uint64{1, 1, 2} {
		if err := generate(dirs[i], seed, []part{{"train", 150}, {"test", 50}}); err != nil {
			t.Fatal(err)
		}
	}
	rows := table(t, dirs[0])
	if !slices.EqualFunc(rows, table(t, dirs[1]), slices.Equal) || slices.EqualFunc(rows, table(t, dirs[2]), slices.Equal) {
		t.Error("the seed does not say what is made")
	}
	scans, count := 0, map[string]int{}
	for i, row := range rows {
		count[row[8]]++
		count[row[9]]++
		if slices.Max(row[1:8]) == "" {
			t.Errorf("patient %s has neither scan nor record", row[0])
		}
		if row[1] == "" {
			continue
		}
		scans++
		a, err := os.ReadFile(filepath.Join(dirs[0], row[1]))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dirs[1], row[1]))
		if err != nil || !slices.Equal(a, b) {
			t.Errorf("scan %s is not the same twice (%v)", row[1], err)
		}
		if i > 20 {
			continue
		}
		if _, err := imaging.Load(a, imaging.Options{Width: side, Height: side, Channels: 1}); err != nil {
			t.Errorf("scan %s: %v", row[1], err)
		}
	}
	if len(rows) != 200 || count["train"] != 150 || scans < 80 || scans > 120 {
		t.Errorf("%d rows, %d scans, %v", len(rows), scans, count)
	}
	for _, f := range findings {
		if count[f] < 40 {
			t.Errorf("%d patients have %s", count[f], f)
		}
	}
}
