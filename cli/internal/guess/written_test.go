package guess_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/rng"
)

func narrow(s string) string {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

func wide(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func zipped(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A table that is written in another way gets a config that says so.
func TestF27_NoRefusal(t *testing.T) {
	const rows = 200
	key := rng.New(4)
	number := func(row int) string { return fmt.Sprintf("%.2f", 50+9*key.Normal(row)) }
	comma := func(row int) string { return strings.Replace(number(row), ".", ",", 1) }
	y := column{"y", func(row int) string { return []string{"klein", "groß"}[key.IntN(row, 2)] }}
	with := func(name string, cell func(int) string) string {
		return csv(rows, column{name, cell}, drawn("other", 5), y)
	}
	german := strings.ReplaceAll(csv(rows, column{"Größe", func(row int) string { return strings.ReplaceAll(comma(row), ",", "\x00") }}, drawn("other", 5), y), ",", ";")
	german = strings.ReplaceAll(german, "\x00", ",")
	among := func(what string, every int) func(int) string {
		return func(row int) string {
			if row%every == 1 {
				return what
			}
			return number(row)
		}
	}
	for name, c := range map[string]struct {
		file, text string
		want       []string // in the config
		column     guess.Kind
	}{
		"plain":             {"t.csv", with("x", number), []string{"  path: t.csv\n  split:"}, guess.Number},
		"semicolons":        {"t.csv", german, []string{`separator: ";"  # it cuts every row in 3 cells`, `decimal: ","`, "  path: t.csv\n  separator"}, guess.Number},
		"Latin-1":           {"t.csv", narrow(german), []string{"encoding: windows-1252  # line 1 is not UTF-8"}, guess.Number},
		"UTF-16":            {"t.csv", wide(german), []string{"encoding: utf-16"}, guess.Number},
		"compressed":        {"t.csv.gz", zipped(t, german), []string{`separator: ";"`}, guess.Number},
		"pipes":             {"t.csv", strings.ReplaceAll(with("x", number), ",", "|"), []string{`separator: "|"`}, guess.Number},
		"comments":          {"t.csv", "# made by hand, in two parts\n# of 2024\n" + with("x", number), []string{`comment: "#"`}, guess.Number},
		"a header with #":   {"t.csv", "#" + with("x", number), []string{`"#x"`, "path: t.csv\n  split"}, guess.Number},
		"two N/A":           {"t.csv", with("x", among("N/A", 100)), []string{`missing_values: ["N/A"]  # "N/A" in 2 cells of "x", whose others are numbers`, "missing: mask  # 2 cells are empty"}, guess.Number},
		"dashes":            {"t.csv", with("x", among("-", 4)), []string{`missing_values: ["-"]`}, guess.Number},
		"a stray word":      {"t.csv", with("x", among("call us", 50)), []string{`missing_values: ["call us"]  # "call us" in 4 cells of "x", whose others are numbers`}, guess.Number},
		"N/A for an answer": {"t.csv", csv(rows, column{"x", number}, column{"y", func(row int) string { return []string{"a", "b", "N/A"}[min(2, row%4)] }}), []string{`missing_values: ["N/A"]  # "N/A" in 100 cells of "y", which is no answer`, "type: binary", "max_bad_rows: 100  # as many rows cannot be used: 100 for y"}, guess.Number},
		"thousands":         {"t.csv", with("x", func(row int) string { return fmt.Sprintf(`"%d,%03d.50"`, 1+row%9, key.IntN(row, 1000)) }), []string{`thousands: ","`}, guess.Number},
		"whole thousands":   {"t.csv", with("x", func(row int) string { return fmt.Sprintf(`"%d,%03d"`, 1+row%9, key.IntN(row, 1000)) }), []string{`thousands: ","`}, guess.Number},
		"money":             {"t.csv", with("x", func(row int) string { return "$" + number(row) }), []string{"numeric: [x]", `units: {x: "$"}`}, guess.Number},
		"inches":            {"t.csv", with("x", func(row int) string { return `"` + number(row) + `"""` }), []string{`units: {x: "\""}`}, guess.Number},
		"weights":           {"t.csv", with("x", func(row int) string { return number(row) + " kg" }), []string{"units: {x: kg}"}, guess.Number},
		"an index":          {"t.csv", csv(rows, column{"x", number}, column{"", func(row int) string { return fmt.Sprint(row) }}, y), []string{"column 2 (unread): column 2 has no name"}, guess.Number},
		"a trailing comma":  {"t.csv", strings.ReplaceAll(with("x", number), "\n", ",\n"), []string{"numeric: [x]"}, guess.Number},
		"columns of a name": {"t.csv", csv(rows, column{"x", number}, drawn("z", 3), drawn("z", 4), y), []string{`columns 2 and 3 are both named "z"`}, guess.Number},
	} {
		target := "y"
		path := write(t, t.TempDir(), c.file, c.text)
		found := look(t, path, target)
		parsed(t, path, found)
		for _, want := range c.want {
			if !strings.Contains(found.Config, want) {
				t.Errorf("%s: no %q in\n%s", name, want, found.Config)
			}
		}
		if found.Guesses[0].Kind != c.column {
			t.Errorf("%s: %v", name, found.Guesses[0])
		}
	}
}

// Thousands of categories that recur are learnt one by one; long lists of columns are
// told, and written, compactly.
func TestF27_ManyOfAKind(t *testing.T) {
	key := rng.New(6)
	town := column{"town", func(row int) string {
		return fmt.Sprintf("town%c%c%c", 'a'+key.IntN(row, 16), 'a'+key.IntN(row+1e6, 16), 'a'+key.IntN(row+2e6, 8))
	}}
	columns := []column{town, drawn("y", 2)}
	for i := range 60 {
		columns = append(columns, column{fmt.Sprint("px", i), func(row int) string { return fmt.Sprint(key.Int(i).IntN(row, 256)) }})
	}
	path := write(t, t.TempDir(), "table.csv", csv(8000, columns...))
	found := look(t, path, "y")
	parsed(t, path, found)
	if g := found.Guesses[0]; g.Kind != guess.Category || !strings.Contains(g.Why, "cells each: enough to learn each by itself") {
		t.Errorf("%v", g)
	}
	lines := found.Lines()
	if len(lines) != 3 || lines[2].Column != "px0 … px59" || lines[2].Why != "60 columns; of the first: whole numbers from 0 to 255" {
		t.Errorf("%v", lines)
	}
	for line := range strings.Lines(found.Config) {
		if len(line) > 150 {
			t.Errorf("a line of %d: %s", len(line), line)
		}
	}
}
