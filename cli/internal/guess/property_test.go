package guess_test

import (
	"context"
	encoding "encoding/csv"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/config"
)

// cells are ways to fill a column; a few of them are mistakes.
var cells = []func(t *rapid.T, row int) string{
	func(t *rapid.T, row int) string { return fmt.Sprint(rapid.Float64Range(-1e6, 1e6).Draw(t, "v")) },
	func(t *rapid.T, row int) string { return fmt.Sprint(rapid.IntRange(0, 30).Draw(t, "v")) },
	func(t *rapid.T, row int) string { return fmt.Sprint(rapid.Float32().Draw(t, "v")) },
	func(t *rapid.T, row int) string {
		return rapid.SampledFrom([]string{"a", "b", "c d", "E"}).Draw(t, "v")
	},
	func(t *rapid.T, row int) string { return rapid.SampledFrom([]string{"0", "1"}).Draw(t, "v") },
	func(t *rapid.T, row int) string {
		return rapid.SampledFrom([]string{"a|b", "b", "", "c|a"}).Draw(t, "v")
	},
	func(t *rapid.T, row int) string {
		return rapid.SampledFrom([]string{"", "", "2.5", "-1e3"}).Draw(t, "v")
	},
	func(t *rapid.T, row int) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"the", "red", "boat", "is", "1", "ä", "日本"}), 0, 9).Draw(t, "v"), " ")
	},
	func(t *rapid.T, row int) string { return rapid.StringMatching(`[a-z0-9]{1,6}`).Draw(t, "v") },
	func(t *rapid.T, row int) string { return rapid.String().Draw(t, "v") },
	func(t *rapid.T, row int) string { return fmt.Sprintf("2026-%02d-01", 1+row%12) },
	func(t *rapid.T, row int) string { return fmt.Sprint(row) },
	func(t *rapid.T, row int) string { return fmt.Sprintf("%d.png", row%3) },
	func(t *rapid.T, row int) string {
		return rapid.SampledFrom([]string{"train", "train", "val", "test"}).Draw(t, "v")
	},
	func(t *rapid.T, row int) string { return "same" },
	func(t *rapid.T, row int) string {
		return rapid.SampledFrom([]string{"1e-30", "3e37", "0", "-3e37"}).Draw(t, "v")
	},
}

var greys = []color.Color{color.Gray{9}, color.Gray{99}, color.NRGBA{R: 200, A: 255}}

// A table has mistakes, which are named, or a config that train takes as it is.
func TestMistakesOrConfig(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		write(t, dir, fmt.Sprintf("%d.png", i), png1(t, 9+i, 12, greys[i]))
	}
	path := filepath.Join(dir, "table.csv")
	configs := 0
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		w := encoding.NewWriter(&b)
		rows, kinds := rapid.IntRange(1, 60).Draw(t, "rows"), rapid.SliceOfN(rapid.IntRange(0, len(cells)-1), 2, 5).Draw(t, "kinds")
		record := []string{"what"}
		for i := range kinds[1:] {
			record = append(record, fmt.Sprint("column ", i))
		}
		for row := range rows + 1 {
			if err := w.Write(record); err != nil {
				t.Fatal(err)
			}
			for i, k := range kinds {
				record[i] = strings.ReplaceAll(strings.ReplaceAll(cells[k](t, row), "\x00", ""), "\r", "")
			}
		}
		w.Flush()
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		found, err := guess.Look(context.Background(), guess.Options{Table: path, Target: "what", Output: filepath.Join(dir, "config.yaml")})
		if err != nil || len(found.Mistakes) > 0 {
			return
		}
		configs++
		c, err := config.Parse(filepath.Join(dir, "config.yaml"), []byte(found.Config), config.Builtin())
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, found.Config, b.String())
		}
		if err := prepare(c); err != nil {
			t.Fatalf("%v\n%s\n%s", err, found.Config, b.String())
		}
	})
	if configs == 0 {
		t.Error("no table had a config")
	}
}
