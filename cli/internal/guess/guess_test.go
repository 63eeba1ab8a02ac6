package guess_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/config"
)

// column is a column of a table: its name, and its cells by row.
type column struct {
	name string
	cell func(row int) string
}

// csv is a table of columns.
func csv(rows int, columns ...column) string {
	var b strings.Builder
	for row := -1; row < rows; row++ {
		for i, c := range columns {
			if i > 0 {
				b.WriteByte(',')
			}
			if row < 0 {
				b.WriteString(c.name)
			} else {
				b.WriteString(c.cell(row))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// look guesses a config for a table beside which it will be.
func look(t testing.TB, path, target string) *guess.Findings {
	t.Helper()
	found, err := guess.Look(context.Background(), guess.Options{Table: path, Target: target, Output: filepath.Join(filepath.Dir(path), "config.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// parsed is the config that was guessed.
func parsed(t testing.TB, path string, found *guess.Findings) *config.Config {
	t.Helper()
	for _, m := range found.Mistakes {
		t.Error(m)
	}
	c, err := config.Parse(filepath.Join(filepath.Dir(path), "config.yaml"), []byte(found.Config), config.Builtin())
	if err != nil {
		t.Fatalf("%v\n%s", err, found.Config)
	}
	return c
}

func png1(t testing.TB, w, h int, c color.Color) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// labels alternate among so many.
func labels(n int) func(int) string {
	return func(row int) string { return string(rune('a' + row*7%n)) }
}

func TestKinds(t *testing.T) {
	const rows = 60
	words := []string{"small", "old", "red", "boat", "tree", "bird", "near", "wide"}
	text := func(row int) string {
		return words[row%8] + " " + words[row/3%8] + " " + words[row*5%7] + fmt.Sprint(" ", row)
	}
	kind := func(row int) string { return []string{"cat", "dog", "cow"}[row*7%3] }
	for _, c := range []struct {
		name string
		cell func(row int) string
		want guess.Kind
		why  string
	}{
		{"price", func(row int) string { return fmt.Sprint(1.5 * float64(row*row)) }, guess.Number, "numbers from 0 to"},
		{"year", func(row int) string { return fmt.Sprint(1990 + row%30) }, guess.Number, "whole numbers from 1990 to 2019"},
		{"rooms", func(row int) string { return fmt.Sprint(row * 13 % 5) }, guess.Number, "whole numbers from 0 to 4"},
		{"maker", func(row int) string { return []string{"Ada", "Bo", "Cy", "Di Da"}[row*3/2%4] }, guess.Category, "4 different values in 60 cells"},
		{"doors", func(row int) string { return []string{"2", "3", "4", "5+"}[row*3/2%4] }, guess.Category, "4 different values"},
		{"title", text, guess.Text, "60 different values in 60 cells: half have at most 4 words, 19 of 20 at most 4"},
		{"nickname", func(row int) string { return strings.Repeat("x", row%9) + words[row%8] + strings.Repeat("y", row/8) }, guess.Text, "each of one word"},
		{"day", func(row int) string { return fmt.Sprintf("2026-03-%02d", 1+row%28) }, guess.Date, `such as "2026-03-01"`},
		{"us_day", func(row int) string { return fmt.Sprintf("03/%02d/2026", 1+row%28) }, guess.Date, "all 60 cells are dates"},
		{"n", func(row int) string { return fmt.Sprint(100 + row) }, guess.ID, "it counts the rows from 100 to 159"},
		{"userID", func(row int) string { return fmt.Sprint(row * row * 17) }, guess.ID, "every cell is another whole number, and the name says so"},
		{"code", func(row int) string { return fmt.Sprintf("k%x", row*7919) }, guess.ID, "60 different values in 60 cells, each of one word"},
		{"patient_id", func(row int) string { return fmt.Sprintf("p%d", row/2) }, guess.ID, "the name says so, and it has 30 different values"},
		{"answer", func(row int) string { return strings.ToUpper(kind(row)) }, guess.Leak, "it is the target again in every row"},
		{"kind_number", func(row int) string { return fmt.Sprint(row * 7 % 3) }, guess.Leak, "each of its values has one label in every row"},
		{"version", func(int) string { return "7" }, guess.Constant, `every cell that is not empty holds "7"`},
		{"none", func(int) string { return "" }, guess.Empty, "every cell is empty"},
		{"notes", func(row int) string { return []string{"", "late"}[btoi(row == 6)] }, guess.Empty, "59 of 60 cells are empty; the first that is not is row 7"},
		{"told", func(row int) string { return "this one is called a " + kind(row) }, guess.Leak, "each of its values has one label in every row"},
		{"size", func(row int) string { return fmt.Sprint(row*3/2%5, " mg") }, guess.Category, "5 different values"},
		{"part", func(row int) string { return []string{"train", "val", "train", "test", "train"}[row%5] }, guess.Split, "its cells say train (36), test (12), val (12)"},
	} {
		path := write(t, t.TempDir(), "table.csv", csv(rows, column{c.name, c.cell}, column{"other", text}, column{"kind", kind}))
		found := look(t, path, "kind")
		if got := found.Guesses[0]; got.Kind != c.want || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s is %s (%s), want %s (%s)", c.name, got.Kind, got.Why, c.want, c.why)
		}
		parsed(t, path, found)
		if left := !strings.Contains(found.Config, "# Left out:"); left != (found.Guesses[0].Use != "") {
			t.Errorf("%s: left out and not named, or named and not left out:\n%s", c.name, found.Config)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestTargets(t *testing.T) {
	x := column{"x", func(row int) string { return fmt.Sprint(row*row%17, ".5") }}
	for name, c := range map[string]struct {
		cell func(row int) string
		want string // the output's line of the config
	}{
		"two words":       {labels(2), "output: {type: binary, column: what}"},
		"zero and one":    {func(row int) string { return fmt.Sprint(row % 2) }, "output: {type: binary, column: what}"},
		"words":           {labels(4), "output: {type: multiclass, column: what}"},
		"digits":          {func(row int) string { return fmt.Sprint(row % 10) }, "output: {type: multiclass, column: what}"},
		"measurements":    {func(row int) string { return fmt.Sprint(float64(row*31%89) / 8) }, "output: {type: regression, column: what}"},
		"counts":          {func(row int) string { return fmt.Sprint(row * 31 % 89) }, "output: {type: regression, column: what}"},
		"lists":           {func(row int) string { return []string{"a|b", "b", "c|a", "", "b|c|a", "c"}[row%6] }, `output: {type: multilabel, column: what, separator: "|"}`},
		"lists by comma":  {func(row int) string { return `"` + []string{"big, red", "red", "old,big", "old"}[row%4] + `"` }, `output: {type: multilabel, column: what, separator: ","}`},
		"unevenly":        {func(row int) string { return []string{"a", "b"}[btoi(row%10 == 0)] }, "output: {type: binary, column: what, class_weights: sqrt_balanced}"},
		"a label as text": {func(row int) string { return []string{"yes, sir", "no"}[row%2] }, "output: {type: binary, column: what}"},
	} {
		if name == "a label as text" {
			inner := c.cell
			c.cell = func(row int) string { return `"` + inner(row) + `"` }
		}
		path := write(t, t.TempDir(), "table.csv", csv(90, x, column{"what", c.cell}))
		found := look(t, path, "what")
		parsed(t, path, found)
		if !strings.Contains(found.Config, "\n"+c.want) {
			t.Errorf("%s: want %s in\n%s", name, c.want, found.Config)
		}
	}
}

// A column that tells the target in nearly every row gives it away as well, and a
// number in another unit.
func TestNearlyLeaks(t *testing.T) {
	noise := column{"x", func(row int) string { return fmt.Sprint(row*row%17, ".5") }}
	for _, c := range []struct {
		name         string
		hint, target func(row int) string
		why          string
	}{
		{"label", func(row int) string { return fmt.Sprint((btoi(row == 41) + row%3%2) % 2) }, func(row int) string { return []string{"a", "b", "a"}[row%3] },
			"each of its values has one label, but for 1 row, the first of which is row 42"},
		{"again", func(row int) string { return []string{"a", "b", "c"}[(row+btoi(row == 50))%3] }, func(row int) string { return []string{"a", "b", "c"}[row%3] },
			"it is the target again, but for 1 row, the first of which is row 51"},
		{"unit", func(row int) string { return fmt.Sprint(float64(row*31%89) * 2.54) }, func(row int) string { return fmt.Sprint(row * 31 % 89) },
			"the target is 0.3937 times it in every row"},
		{"no leak", func(row int) string { return fmt.Sprint(row * 31 % 89 * (1 + row%2)) }, func(row int) string { return fmt.Sprint(row * 31 % 89) }, ""},
		{"no label", func(row int) string { return fmt.Sprint(row % 3 * btoi(row%10 != 0)) }, func(row int) string { return []string{"a", "b", "c"}[row%3] }, ""},
	} {
		path := write(t, t.TempDir(), "table.csv", csv(150, column{"hint", c.hint}, noise, column{"what", c.target}))
		got := look(t, path, "what").Guesses[0]
		if (got.Kind == guess.Leak) != (c.why != "") || c.why != "" && got.Why != c.why {
			t.Errorf("%s: %s, %q, want %q", c.name, got.Kind, got.Why, c.why)
		}
	}
}

// What a table has decides what the config says.
func TestChoices(t *testing.T) {
	y := column{"what", func(row int) string { return string(rune('a' + row*row%7%3)) }}
	number := func(name string) column {
		return column{name, func(row int) string { return fmt.Sprint(float64(row*row%97) / 4) }}
	}
	text := func(row int) string { return fmt.Sprintf("thing %d of %d", row, row*3%11) }
	for name, c := range map[string]struct {
		rows    int
		columns []column
		want    []string
		not     []string
	}{
		"fractions": {500, []column{number("x"), y}, []string{"split: {train: 0.8, validation: 0.1, test: 0.1, stratify: what}", "epochs: 50", "batch_size: 16"},
			[]string{"fusion:", "missing:", "transform:", "bins"}},
		"few rows":  {60, []column{number("x"), y}, []string{"split: {train: 0.6, validation: 0.2, test: 0.2, stratify: what}"}, nil},
		"many rows": {6000, []column{number("x"), y}, []string{"epochs: 25", "batch_size: 32", "bins: 32"}, nil},
		"questions": {300, []column{
			{"photo", func(row int) string { return fmt.Sprintf("%d.png", row%2) }},
			{"asked", func(row int) string { return "what is in place " + fmt.Sprint(row%9) }},
			{"what", func(row int) string { return string(rune('a' + row*row%7)) }},
		}, []string{"fusion: {type: cross_attention", "# The same asked has other answers in other rows"}, nil},
		"two inputs": {300, []column{number("x"), {"title", text}, y}, []string{"fusion: {type: score_average}", "  title:\n    type: text", "max_tokens: 4",
			"numeric: [x]"}, nil},
		"dates": {300, []column{number("x"), {"seen", func(row int) string { return fmt.Sprintf("2026-%02d-%02d", 1+row%12, 1+row%28) }}, y},
			[]string{"# split: {train: 0.8, validation: 0.1, test: 0.1, time: seen}"}, nil},
		"groups":   {300, []column{number("x"), {"patient_id", func(row int) string { return fmt.Sprint("p", row/3) }}, y}, []string{"add group: patient_id"}, nil},
		"empty":    {300, []column{number("x"), {"z", func(row int) string { return []string{"", "1.5", "2.5"}[row%3] }}, y}, []string{"missing: mask  # 100 cells are empty, most of them in z"}, []string{"missing_all"}},
		"nothing":  {300, []column{{"z", func(row int) string { return []string{"", "1.5", "2.5"}[row%3] }}, y}, []string{"missing_all: prior  # 100 rows"}, nil},
		"tails":    {300, []column{{"z", func(row int) string { return fmt.Sprint(row%7, "e", row%6*row%5) }}, y}, []string{"transform: quantile  # z"}, nil},
		"no judge": {300, []column{number("x"), {"part", func(row int) string { return []string{"train", "test"}[btoi(row > 200)] }}, y}, []string{"split: {column: part}", "monitor: train.loss"}, []string{"early_stopping"}},
		"names":    {300, []column{number(`"a: b, #c"`), number("null"), y}, []string{`numeric: ["a: b, #c", "null"]`}, nil},
	} {
		dir := t.TempDir()
		for i := range 2 {
			write(t, dir, fmt.Sprintf("%d.png", i), png1(t, 20, 20, color.Gray{90}))
		}
		path := write(t, dir, "table.csv", csv(c.rows, c.columns...))
		found := look(t, path, "what")
		parsed(t, path, found)
		for _, want := range c.want {
			if !strings.Contains(found.Config, want) {
				t.Errorf("%s: no %q in\n%s", name, want, found.Config)
			}
		}
		for _, not := range c.not {
			if strings.Contains(found.Config, not) {
				t.Errorf("%s: %q in\n%s", name, not, found.Config)
			}
		}
	}
}

// A target with a long tail is learned by its logarithm, or by its quantiles where
// that does not help; one without stays as it is.
func TestF31_TargetsWithLongTails(t *testing.T) {
	x := column{"x", func(row int) string { return fmt.Sprint(float64(row*row%97) / 4) }}
	normal := func(row int) float64 { return math.Sqrt2 * math.Erfinv(2*(float64(row*37%400)+0.5)/400-1) }
	for name, c := range map[string]struct {
		cell func(row int) string
		want string
	}{
		"prices":    {func(row int) string { return fmt.Sprintf("%.2f", 40*math.Exp(1.2*normal(row))) }, "column: price, transform: log}  # the target has a long tail: among the training rows it goes from "},
		"losses":    {func(row int) string { return fmt.Sprintf("%.2f", 5-40*math.Exp(1.2*normal(row))) }, "column: price, transform: quantile}  # the target has a long tail"},
		"fractions": {func(row int) string { return fmt.Sprintf("%.7f", 1e-4*math.Exp(1.2*normal(row))) }, "column: price, transform: quantile}"},
		"heights":   {func(row int) string { return fmt.Sprintf("%.2f", 170+8*normal(row)) }, "column: price}"},
	} {
		path := write(t, t.TempDir(), "table.csv", csv(400, x, column{"price", c.cell}))
		found := look(t, path, "price")
		parsed(t, path, found)
		if !strings.Contains(found.Config, c.want) {
			t.Errorf("%s: no %q in\n%s", name, c.want, found.Config)
		}
	}
}

func TestPictures(t *testing.T) {
	grey, red := color.Gray{90}, color.NRGBA{R: 200, A: 255}
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"small and grey": {map[string]string{"0.png": png1(t, 28, 28, grey), "1.png": png1(t, 28, 28, grey)}, []string{"size: [28, 28]", "channels: 1", "images: photos"}},
		"in colours":     {map[string]string{"0.png": png1(t, 90, 80, red), "1.png": png1(t, 80, 80, grey)}, []string{"size: [64, 64]"}},
		"of many shapes": {map[string]string{"0.png": png1(t, 90, 30, red), "1.png": png1(t, 30, 60, grey)}, []string{"size: [32, 32]", "fit: pad"}},
	} {
		dir := t.TempDir()
		for file, b := range c.files {
			write(t, dir, "photos/"+file, b)
		}
		path := write(t, dir, "table.csv", csv(60, column{"photo", func(row int) string { return fmt.Sprintf("%d.png", row*3/2%2) }}, column{"what", labels(2)}))
		found := look(t, path, "what")
		parsed(t, path, found)
		for _, want := range c.want {
			if !strings.Contains(found.Config, want) {
				t.Errorf("%s: no %q in\n%s", name, want, found.Config)
			}
		}
	}
}

// What is wrong with rows is named, and they are left out.
func TestBadRows(t *testing.T) {
	dir := t.TempDir()
	good := png1(t, 20, 20, color.Gray{9})
	write(t, dir, "images/0.png", good)
	write(t, dir, "images/1.png", good[:40])
	var b strings.Builder
	b.WriteString("photo,size,weight,kind\n")
	for row := range 40 {
		photo, kind := "0.png", []string{"cat", "dog"}[row%2]
		switch row {
		case 6:
			photo = "1.png"
		case 8:
			kind = ""
		case 9:
			kind = "Dog"
		case 11:
			photo = "9.png"
		}
		fmt.Fprintf(&b, "%s,%d,%d.5,%s\n", photo, row%5, row*7%11, kind)
		if row == 20 {
			b.WriteString("0.png,1,1.5,one, too many\n")
		}
	}
	path := write(t, dir, "table.csv", b.String())
	found := look(t, path, "kind")
	parsed(t, path, found)
	var all []string
	for _, m := range found.Warnings {
		all = append(all, strings.TrimPrefix(m.Error(), dir+"/table.csv: "))
	}
	for _, want := range []string{
		`row 10 (line 11), column "kind": the labels "dog" and "Dog" differ in case, spaces, Unicode form or how a number is written, and are told apart (if they are one, write both in one way)`,
		`row 7 (line 8), column "photo": "1.png": PNG image is damaged`,
		`row 9 (line 10), column "kind": the cell is empty, and the split is to stratify by it (the row is left out)`,
		`row 22 (line 23): the row has 5 cells, the header has 4 columns (the row is left out)`,
	} {
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("not named: %s", want)
		}
	}
	if len(all) != 4 {
		t.Errorf("%d warnings:\n%s", len(all), strings.Join(all, "\n"))
	}
	for _, want := range []string{"max_bad_rows: 3  # as many rows cannot be used: 1 for kind, 1 for photo, 1 of other lengths", "missing: mask  # 1 cell names no file, the first in row 12"} {
		if !strings.Contains(found.Config, want) {
			t.Errorf("no %q in\n%s", want, found.Config)
		}
	}
}

func TestUnusable(t *testing.T) {
	x := column{"x", func(row int) string { return fmt.Sprint(row*row%17, ".5") }}
	for name, c := range map[string]struct {
		table, target, want string
	}{
		"misspelt":       {csv(30, x, column{"kind", labels(2)}), "knid", `the table has no column "knid" (did you mean "kind"?)`},
		"one label":      {csv(30, x, column{"what", func(int) string { return "a" }}), "what", `column "what": the target is "a" in every row`},
		"a text":         {csv(30, x, column{"what", func(row int) string { return fmt.Sprint("it says ", row) }}), "what", `30 different values in 30 cells`},
		"nothing to use": {csv(30, column{"z", labels(1)}, column{"what", labels(2)}), "what", `no column is left to predict "what" from`},
		"no name":        {"x,,what\n1.5,2,a\n", "what", "column 2 has no name"},
		"empty":          {"", "what", "the file is empty"},
		"quotes":         {"x,what\n1,\"a\nb,c\n", "what", "a quoted cell does not end where it should"},
		"absent images":  {csv(30, column{"p", func(row int) string { return fmt.Sprint(row%3, ".png") }}, column{"what", labels(2)}), "what", "say by --images which folder the paths are relative to"},
	} {
		path := write(t, t.TempDir(), "table.csv", c.table)
		found, err := guess.Look(context.Background(), guess.Options{Table: path, Target: c.target, Output: "config.yaml"})
		says := fmt.Sprint(err)
		if err == nil {
			says = ""
			for _, m := range found.Mistakes {
				says += m.Error() + "\n"
			}
			for _, g := range found.Guesses {
				says += g.Why + "\n"
			}
			if found.Config != "" {
				t.Errorf("%s: a config was written:\n%s", name, found.Config)
			}
		}
		if !strings.Contains(says, c.want) {
			t.Errorf("%s: says %q, want %q", name, says, c.want)
		}
	}
}
