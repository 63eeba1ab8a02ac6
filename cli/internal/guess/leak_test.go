package guess_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/rng"
)

// drawn is a column of so many values by chance.
func drawn(name string, values int) column {
	key := rng.New(7).Name(name)
	return column{name, func(row int) string { return fmt.Sprintf("v%d", key.IntN(row, values)) }}
}

// A rare label is told by nobody who says the frequent one, however seldom that is
// wrong; and of many columns, some come near it by chance.
func TestF24_ALeakExplainsTheMinority(t *testing.T) {
	for name, rare := range map[string]float64{"7 in 1,000": 0.007, "1 in 100": 0.01, "1 in 20": 0.05} {
		for _, rows := range []int{300, 1500} {
			key := rng.New(1).Name(name)
			isRare := func(row int) bool { return key.Float64(row) < rare || row < 3 }
			columns := []column{{"what", func(row int) string { return []string{"no", "yes"}[btoi(isRare(row))] }}}
			for i := range 30 {
				columns = append(columns, drawn(fmt.Sprint("column ", i), []int{2, 3, 6, 20, 100, rows / 3}[i%6]))
			}
			columns = append(columns,
				column{"flag", func(row int) string { return []string{"no", "yes"}[btoi(row%100 == 50)] }}, // as rare, of other rows
				column{"half", func(row int) string { return []string{"n", "y"}[btoi(isRare(row) && row%2 == 0)] }},
			)
			for _, g := range look(t, write(t, t.TempDir(), "table.csv", csv(rows, columns...)), "what").Guesses {
				if g.Kind == guess.Leak {
					t.Errorf("%s of %d rows: %s is said to be a leak: %s", name, rows, g.Column, g.Why)
				}
			}
			columns[0], columns[1] = column{"told", func(row int) string { return []string{"low", "low", "mid", "high"}[2*btoi(isRare(row))+row%2] }}, columns[0]
			columns[2] = column{"when", func(row int) string { return []string{"", fmt.Sprint("on day ", row)}[btoi(isRare(row) || row%9 == 0)] }}
			found := look(t, write(t, t.TempDir(), "table.csv", csv(rows, columns...)), "what")
			if g := found.Guesses[0]; g.Kind != guess.Leak || g.Why != "each of its values has one label in every row" {
				t.Errorf("%s of %d rows: what tells all rare labels is %s: %s", name, rows, g.Kind, g.Why)
			}
			if g := found.Guesses[2]; g.Kind == guess.Leak {
				t.Errorf("%s of %d rows: what is there for others too is a leak: %s", name, rows, g.Why)
			}
		}
	}
}

// In few rows, or among many columns, no leak is claimed that chance would make.
func TestF24_ChanceIsNoLeak(t *testing.T) {
	for _, rows := range []int{20, 30, 60, 200} {
		for _, classes := range []int{2, 3, 9} {
			columns := []column{drawn("what", classes)}
			for i := range 300 {
				columns = append(columns, drawn(fmt.Sprint("column ", i), 2+i%9))
			}
			for _, g := range look(t, write(t, t.TempDir(), "table.csv", csv(rows, columns...)), "what").Guesses {
				if g.Kind == guess.Leak {
					t.Errorf("%d rows of %d labels: %s: %s", rows, classes, g.Column, g.Why)
				}
			}
		}
	}
}

// Of numbers, a leak is the target in another unit or by another scale, but for few
// rows; outliers, and zeros that most rows have, make none.
func TestF24_LeaksOfNumbers(t *testing.T) {
	const rows = 400
	key := rng.New(3)
	draw := func(row int) float64 { return math.Exp(key.Normal(row)) * 100 }
	noise := func(row int) float64 { return math.Exp(key.Name("noise").Normal(row)) * 100 }
	number := func(f func(row int) float64) func(int) string {
		return func(row int) string { return fmt.Sprintf("%.4f", f(row)) }
	}
	zeros := func(f func(row int) float64, every int) func(int) float64 {
		return func(row int) float64 {
			if row%every == 0 {
				return f(row)
			}
			return 0
		}
	}
	outlier := func(f func(row int) float64) func(int) float64 {
		return func(row int) float64 { return f(row) + 1e7*float64(btoi(row == 77)) }
	}
	for name, c := range map[string]struct {
		hint, target func(row int) float64
		why          string // empty: no leak
	}{
		"another unit":       {func(row int) float64 { return 2*draw(row) + 32 }, draw, "the target is 0.5 times it minus 16 in every row"},
		"in whole numbers":   {func(row int) float64 { return math.Floor(draw(row)) }, draw, ", to within 0."},
		"but for two rows":   {func(row int) float64 { return 2 * draw(row) * float64(1+5*btoi(row == 8 || row == 9)) }, draw, "the target is 0.5 times it, but for 2 rows, the first of which is row 9"},
		"with an outlier":    {outlier(draw), func(row int) float64 { return 3 * outlier(draw)(row) }, "the target is 3 times it in every row"},
		"a logarithm":        {func(row int) float64 { return math.Log(draw(row)) }, draw, "sorted by it, the target rises, but for small steps in every row"},
		"the other way":      {func(row int) float64 { return 1 / draw(row) }, draw, "sorted by it, the target falls, but for small steps in every row"},
		"noise":              {noise, draw, ""},
		"an outlier of both": {outlier(noise), outlier(draw), ""},
		"mostly zeros":       {zeros(noise, 30), zeros(draw, 50), ""},
		"zeros of both":      {zeros(noise, 30), zeros(draw, 30), ""},
		"close":              {func(row int) float64 { return draw(row) + noise(row)/3 }, draw, ""},
	} {
		path := write(t, t.TempDir(), "table.csv", csv(rows, column{"hint", number(c.hint)}, drawn("other", 3), column{"what", number(c.target)}))
		g := look(t, path, "what").Guesses[0]
		if (g.Kind == guess.Leak) != (c.why != "") || !strings.Contains(g.Why, c.why) {
			t.Errorf("%s: %s, %q, want %q", name, g.Kind, g.Why, c.why)
		}
	}
}

// What a reason says of rows holds of all of them: a copy of the target with gaps is it
// again where both are there, and a label of one row is in one split.
func TestF24_ReasonsSayOfWhichRows(t *testing.T) {
	copied := column{"again", func(row int) string {
		if row%10 == 3 {
			return ""
		}
		return fmt.Sprint(kindly(row))
	}}
	path := write(t, t.TempDir(), "table.csv", csv(200, copied, drawn("x", 3), column{"what", func(row int) string { return fmt.Sprint(kindly(row)) }}))
	if g := look(t, path, "what").Guesses[0]; g.Why != "it is the target again in all 180 rows that have both" {
		t.Errorf("%q", g.Why)
	}
	one := column{"what", func(row int) string {
		if row == 50 {
			return "rare"
		}
		return string("ab"[row%2])
	}}
	path = write(t, t.TempDir(), "table.csv", csv(300, drawn("x", 3), drawn("z", 4), one))
	if found := look(t, path, "what"); !strings.Contains(found.Config, "nearly the same proportions, but for 1 label of too few rows to be in all three") {
		t.Error(found.Config)
	}
}

// A cut that leaves one label to train on is no reason to refuse a table: the table's own
// is left alone, and another seed is looked for.
func TestF27_SplitsOfOneLabel(t *testing.T) {
	part := column{"part", func(row int) string { return []string{"train", "train", "test", "dev"}[row%4] }}
	rare := column{"what", func(row int) string {
		if row%16 == 2 {
			return "rare"
		}
		return "common"
	}}
	path := write(t, t.TempDir(), "table.csv", csv(120, drawn("x", 3), part, rare))
	found := look(t, path, "what")
	parsed(t, path, found)
	if strings.Contains(found.Config, "split: {column") || !strings.Contains(found.Guesses[1].Why, "it leaves one label to train on, so fractions cut the rows") ||
		len(found.Warnings) == 0 || !strings.Contains(found.Warnings[0].Error(), "have the same label, so it does not cut the rows") {
		t.Errorf("%v\n%s", found.Warnings, found.Config)
	}
	seeds := 0
	for n := range 40 { // few rows, of which the others are one each
		few := column{"what", func(row int) string { return []string{"bird", "bird", "bird", "bird", "boat", "tree"}[(row+n)%6] }}
		path := write(t, t.TempDir(), "table.csv", csv(6, drawn("x", 3), column{"z", func(row int) string { return fmt.Sprint(row * row * n % 7) }}, few))
		found := look(t, path, "what")
		if len(found.Mistakes) > 0 {
			t.Errorf("%d: %v", n, found.Mistakes)
			continue
		}
		parsed(t, path, found)
		if strings.Contains(found.Config, "by smaller seeds all training rows have one label") {
			seeds++
		}
	}
	if seeds == 0 {
		t.Error("no table needed another seed")
	}
}

// kindly is a number of a row that nothing else of it tells.
func kindly(row int) int { return 7 * (row * row % 11 % 3) }

// Where nothing else is left, what gives the target away is used, and said.
func TestLastResort(t *testing.T) {
	path := write(t, t.TempDir(), "table.csv", csv(60, column{"x", func(row int) string { return fmt.Sprint(row * 7 % 60 * row) }}, column{"y", func(row int) string { return fmt.Sprint(row * 7 % 60 * row * 3) }}))
	found := look(t, path, "y")
	parsed(t, path, found)
	if !strings.Contains(found.Config, "numeric: [x]") || len(found.Warnings) != 1 || !strings.Contains(found.Warnings[0].Error(), "the target is 3 times it in every row; it is used all the same") {
		t.Errorf("%v\n%s", found.Warnings, found.Config)
	}
}
