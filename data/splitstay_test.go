package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
)

// splitOf says which split each row is in, by the row's id.
func splitOf(t testing.TB, c SplitConfig, seed uint64, rows []splitRow) (map[int]string, *Splits) {
	t.Helper()
	groups, values := make([]string, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		groups[i], values[i] = r.group, r.value
	}
	table, err := NewTable("x.csv", Strings("g", groups...), Strings("v", values...))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Split(table, seed)
	if err != nil {
		t.Fatal(err)
	}
	of := map[int]string{}
	for name, part := range s.All() {
		for _, row := range part {
			of[rows[row].id] = name
		}
	}
	return of, s
}

type splitRow struct {
	id           int
	group, value string
}

func splitRows(n int) []splitRow {
	rows := make([]splitRow, n)
	for i := range rows {
		rows[i] = splitRow{i, fmt.Sprintf("g%02d", i/3), string(rune('a' + i%2))}
	}
	return rows
}

// moved counts the rows of both tables that are not in the same split.
func moved(before, after map[int]string) (n int) {
	for id, split := range before {
		if now, ok := after[id]; ok && now != split {
			n++
		}
	}
	return n
}

// One new row of a known group moved 96 of 120 rows.
func TestF1_NewRowsMoveNothing(t *testing.T) {
	fractions := SplitConfig{Train: 0.6, Validation: 0.2, Test: 0.2}
	byGroup, byValue := fractions, fractions
	byGroup.Group, byValue.Stratify = "g", "v"
	rows := splitRows(120)
	appended := map[string][]splitRow{
		"of a known group": append(slices.Clone(rows), splitRow{120, "g00", "a"}),
		"of a new group":   append(slices.Clone(rows), splitRow{120, "new", "b"}),
		"of a new value":   append(slices.Clone(rows), splitRow{120, "g00", "c"}),
		"many":             append(slices.Clone(rows), splitRows(2000)[120:]...),
	}
	for name, c := range map[string]SplitConfig{"group": byGroup, "stratify": byValue, "rows": fractions} {
		for seed := range uint64(20) {
			before, _ := splitOf(t, c, seed, rows)
			for what, more := range appended {
				if after, _ := splitOf(t, c, seed, more); moved(before, after) > 0 {
					t.Errorf("by %s, seed %d: a row %s moves %d rows", name, seed, what, moved(before, after))
				}
			}
			if name != "group" {
				continue
			}
			for what, other := range map[string][]splitRow{
				"another order":    reversed(rows),
				"a row in between": slices.Insert(slices.Clone(rows), 5, splitRow{120, "g07", "a"}),
				"without some":     append(slices.Clone(rows[:10]), rows[40:]...),
			} {
				if after, _ := splitOf(t, c, seed, other); moved(before, after) > 0 {
					t.Errorf("seed %d: %s moves %d rows", seed, what, moved(before, after))
				}
			}
		}
	}
}

func reversed(rows []splitRow) []splitRow {
	rows = slices.Clone(rows)
	slices.Reverse(rows)
	return rows
}

// Stratified groups are ranked within their stratum: new rows of known groups
// move nothing while the most frequent value stays, and a new group at most one
// other at each of the two cuts.
func TestF1_StratifiedGroupsMoveLittle(t *testing.T) {
	c := SplitConfig{Train: 0.6, Validation: 0.2, Test: 0.2, Group: "g", Stratify: "v"}
	rows := splitRows(240)
	for i := range rows {
		rows[i].value = string(rune('a' + i/3%4))
	}
	for seed := range uint64(50) {
		before, _ := splitOf(t, c, seed, rows)
		if after, _ := splitOf(t, c, seed, append(reversed(rows), splitRow{240, "g00", "a"})); moved(before, after) > 0 {
			t.Errorf("seed %d: a row of a known group moves %d rows", seed, moved(before, after))
		}
		if after, _ := splitOf(t, c, seed, append(slices.Clone(rows), splitRow{240, "new", "a"})); moved(before, after) > 2*3 {
			t.Errorf("seed %d: a new group moves %d rows", seed, moved(before, after))
		}
		for _, v := range "abcd" {
			trains := 0
			for _, r := range rows {
				if r.value == string(v) && before[r.id] == "train" {
					trains++
				}
			}
			if trains < 33 || trains > 39 { // 20 groups of 3 rows
				t.Errorf("seed %d: %d of 60 rows of %c train, want 36", seed, trains, v)
			}
		}
	}
}

// Every row is trained on with the probability that was asked for, wherever it
// stands, so no place of a table is left out of the test rows for all seeds.
func TestF1_EveryPlaceMayJudge(t *testing.T) {
	const rows, seeds = 60, 4000
	for _, f := range [][3]float64{{0.8, 0.1, 0.1}, {0.6, 0.2, 0.2}, {0.34, 0.33, 0.33}, {0.05, 0.05, 0.9}, {0.9, 0, 0.1}} {
		var got [rows][3]int
		for seed := range uint64(seeds) {
			for i, s := range cutByChance(rows, f, splitKey(seed)) {
				got[i][s]++
			}
		}
		for i := range got {
			for s := range f {
				if sd := math.Sqrt(seeds * f[s] * (1 - f[s])); math.Abs(float64(got[i][s])-seeds*f[s]) > 5*sd+1e-6 {
					t.Errorf("%v: row %d is in %s for %d of %d seeds", f, i, splitNames[s], got[i][s], seeds)
				}
			}
		}
	}
}

// Whatever the fractions, each beginning of a table has them to within what a
// sample of half its rows would.
func TestF1_FractionsHold(t *testing.T) {
	property.Check(t, func(t *property.T) {
		a, b := property.IntRange(1, 98).Draw(t, "train"), property.IntRange(0, 98).Draw(t, "validation")
		b = min(b, 100-a)
		f := [3]float64{float64(a) / 100, float64(b) / 100, float64(100-a-b) / 100}
		n := property.IntRange(1, 5000).Draw(t, "rows")
		of := cutByChance(n, f, splitKey(property.Uint64().Draw(t, "seed")))
		for s, got := range count(of) {
			if want := f[s] * float64(n); math.Abs(float64(got)-want) > 3+4*math.Sqrt(want*(1-f[s])/2) {
				t.Errorf("%s has %d of %d rows, want %.1f", splitNames[s], got, n, want)
			}
		}
		longer := cutByChance(n+property.IntRange(0, 3000).Draw(t, "more"), f, splitKey(1))
		if shorter := cutByChance(n, f, splitKey(1)); !slices.Equal(shorter, longer[:n]) {
			t.Error("rows behind move rows before")
		}
	})
}

// Few groups cannot hold fractions; a seed that does is named, and does.
func TestF1_MissedFractionsAreSaid(t *testing.T) {
	rows := splitRows(36) // 12 groups
	c := SplitConfig{Train: 0.8, Validation: 0.1, Test: 0.1, Group: "g"}
	said := 0
	for seed := range uint64(30) {
		of, s := splitOf(t, c, seed, rows)
		empty := len(s.Validation) == 0 || len(s.Test) == 0
		if empty && len(s.Warnings) == 0 {
			t.Errorf("seed %d: a split is empty, and nothing is said", seed)
		}
		for _, w := range s.Warnings {
			said++
			_, after, ok := strings.Cut(w, "data.split.seed: ")
			var better uint64
			var n [3]int
			if _, err := fmt.Sscanf(after, "%d gives %d, %d and %d", &better, &n[0], &n[1], &n[2]); !ok || err != nil {
				t.Fatalf("%s: %v", w, err)
			}
			_, then := splitOf(t, c, better, rows)
			if len(then.Train) != n[0] || len(then.Validation) != n[1] || len(then.Test) != n[2] || n[1] == 0 || n[2] == 0 {
				t.Errorf("%s, and it gives %d, %d and %d", w, len(then.Train), len(then.Validation), len(then.Test))
			}
		}
		_ = of
	}
	if said == 0 {
		t.Error("12 groups were within 5 % of the fractions for every seed")
	}
}

// Nearly unique values turned 0.6, 0.2 and 0.2 of 400 rows into 391, 4 and 5.
func TestF16_NearlyUniqueValuesKeepTheFractions(t *testing.T) {
	c := SplitConfig{Train: 0.6, Validation: 0.2, Test: 0.2, Stratify: "v"}
	for _, size := range []int{1, 2, 3, 5} { // rows of each rare value
		rows := splitRows(400)
		for i := range rows {
			rows[i].value = "common"
			if i >= 10 {
				rows[i].value = fmt.Sprint("c", i/size)
			}
		}
		for seed := range uint64(20) {
			_, s := splitOf(t, c, seed, rows)
			for i, n := range []int{len(s.Train), len(s.Validation), len(s.Test)} {
				want := c.fractions()[i] * 400
				if sd := math.Sqrt(want * (1 - want/400)); math.Abs(float64(n)-want) > 4*sd {
					t.Errorf("%d rows a value, seed %d: %s has %d rows, want about %.0f", size, seed, splitNames[i], n, want)
				}
			}
			if want := "391 values, 390 of them in too few rows to be in several splits: such rows (390 of 400) are cut by chance"; size == 1 && (len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], want)) {
				t.Errorf("%q", s.Warnings)
			}
		}
	}
}

// A few rare labels all train, since they could not be predicted otherwise.
func TestF16_FewRareValuesTrain(t *testing.T) {
	rows := splitRows(400)
	for i := range 4 {
		rows[i*50].value = fmt.Sprint("rare", i)
	}
	for seed := range uint64(20) {
		of, s := splitOf(t, SplitConfig{Train: 0.6, Validation: 0.2, Test: 0.2, Stratify: "v"}, seed, rows)
		for i := range 4 {
			if of[i*50] != "train" {
				t.Errorf("seed %d: rare%d is in %s", seed, i, of[i*50])
			}
		}
		if want := `column "v" has 6 values, 4 of them in too few rows to be in several splits: such rows (4) all train`; !slices.Equal(s.Warnings, []string{want}) {
			t.Errorf("%q", s.Warnings)
		}
	}
}

func TestF16_UniqueValuesAreRefusedByTheirCause(t *testing.T) {
	values := make([]string, 400)
	for i := range values {
		values[i] = fmt.Sprint("c", i)
	}
	table, _ := NewTable("x.csv", Strings("u", values...))
	_, err := SplitConfig{Stratify: "u"}.Split(table, 1)
	const want = `x.csv: column "u": the column has 400 different values in 400 rows: there is nothing to stratify by (stratify by a column whose values recur, such as the label, or leave data.split.stratify out)`
	if err == nil || err.Error() != want || exitCode(err) != 3 {
		t.Errorf("%v, want %s", err, want)
	}
}
