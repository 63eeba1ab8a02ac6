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

	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/property"
)

// cells are ways to fill a column; a few of them are mistakes.
var cells = []func(t *property.T, row int) string{
	func(t *property.T, row int) string { return fmt.Sprint(property.Float64Range(-1e6, 1e6).Draw(t, "v")) },
	func(t *property.T, row int) string { return fmt.Sprint(property.IntRange(0, 30).Draw(t, "v")) },
	func(t *property.T, row int) string { return fmt.Sprint(property.Float32().Draw(t, "v")) },
	func(t *property.T, row int) string {
		return property.SampledFrom([]string{"a", "b", "c d", "E"}).Draw(t, "v")
	},
	func(t *property.T, row int) string { return property.SampledFrom([]string{"0", "1"}).Draw(t, "v") },
	func(t *property.T, row int) string {
		return property.SampledFrom([]string{"a|b", "b", "", "c|a"}).Draw(t, "v")
	},
	func(t *property.T, row int) string {
		return property.SampledFrom([]string{"", "", "2.5", "-1e3"}).Draw(t, "v")
	},
	func(t *property.T, row int) string {
		return strings.Join(property.SliceOfN(property.SampledFrom([]string{"the", "red", "boat", "is", "1", "ä", "日本"}), 0, 9).Draw(t, "v"), " ")
	},
	func(t *property.T, row int) string {
		return property.StringOfN(property.SampledFrom([]rune("abcdefghijklmnopqrstuvwxyz0123456789")), 1, 6).Draw(t, "v")
	},
	func(t *property.T, row int) string { return property.String().Draw(t, "v") },
	func(t *property.T, row int) string { return fmt.Sprintf("2026-%02d-01", 1+row%12) },
	func(t *property.T, row int) string { return fmt.Sprint(row) },
	func(t *property.T, row int) string { return fmt.Sprintf("%d.png", row%3) },
	func(t *property.T, row int) string {
		return property.SampledFrom([]string{"train", "train", "val", "test"}).Draw(t, "v")
	},
	func(t *property.T, row int) string { return "same" },
	func(t *property.T, row int) string {
		return property.SampledFrom([]string{"1e-30", "3e37", "0", "-3e37"}).Draw(t, "v")
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
	property.Check(t, func(t *property.T) {
		var b strings.Builder
		w := encoding.NewWriter(&b)
		rows, kinds := property.IntRange(1, 60).Draw(t, "rows"), property.SliceOfN(property.IntRange(0, len(cells)-1), 2, 5).Draw(t, "kinds")
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
