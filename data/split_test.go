package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/property"
	"github.com/chiasm-ml/chiasm/rng"
)

func TestSplitByColumn(t *testing.T) {
	table, _ := NewTable("x.csv", Strings("part", "test", "train", "val", "train", "validation"))
	got, err := SplitConfig{Column: "part"}.Split(table, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of(&Splits{Train: []int{1, 3}, Validation: []int{2, 4}, Test: []int{0}}, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		values []string
		want   string
	}{
		{[]string{"train", "trian"}, `x.csv: row 2, column "part": "trian" is not a split (expected train, training; validation, val, valid, dev, development, eval, evaluation; test, testing, holdout, hold-out, hold_out, held-out, held_out, in any case)`},
		{[]string{"train", ""}, `x.csv: row 2, column "part": "" is not a split (expected train, training; validation, val, valid, dev, development, eval, evaluation; test, testing, holdout, hold-out, hold_out, held-out, held_out, in any case)`},
		{[]string{"test", "val"}, `x.csv: column "part": no row is for training (the column needs rows that say train)`},
	} {
		table, _ := NewTable("x.csv", Strings("part", c.values...))
		if _, err := (SplitConfig{Column: "part"}).Split(table, 1); err == nil || err.Error() != c.want || exitCode(err) != 3 {
			t.Errorf("%v: %v, want %s", c.values, err, c.want)
		}
	}
	if _, err := (SplitConfig{Column: "prat"}).Split(table, 1); err == nil || !strings.Contains(err.Error(), `did you mean "part"?`) {
		t.Error(err)
	}
}

// The words that people have for splits are read, in any case; two for one split are told.
func TestF25_WordsForSplits(t *testing.T) {
	for _, c := range []struct {
		cells string
		want  Splits
	}{
		{"Train,Dev,Test", Splits{Train: []int{0}, Validation: []int{1}, Test: []int{2}}},
		{"TRAIN,VALID,HOLDOUT", Splits{Train: []int{0}, Validation: []int{1}, Test: []int{2}}},
		{" training ,eval,hold-out,Training", Splits{Train: []int{0, 3}, Validation: []int{1}, Test: []int{2}}},
		{"train,dev,val,test,holdout,validation", Splits{Train: []int{0}, Validation: []int{1, 2, 5}, Test: []int{3, 4}, Warnings: []string{
			`column "part" says dev and val, which are all taken for validation`, `column "part" says test and holdout, which are all taken for test`}}},
	} {
		table, _ := NewTable("x.csv", Strings("part", strings.Split(c.cells, ",")...))
		got, err := SplitConfig{Column: "part"}.Split(table, 1)
		if err != nil {
			t.Errorf("%s: %v", c.cells, err)
		} else if diff := difference.Of(&c.want, got); diff != "" {
			t.Errorf("%s: %s", c.cells, diff)
		}
	}
}

func TestSplitConfigValidate(t *testing.T) {
	for _, c := range []struct {
		config SplitConfig
		field  string
	}{
		{SplitConfig{}, ""}, {SplitConfig{Column: "part"}, ""}, {SplitConfig{Train: 1}, ""},
		{SplitConfig{Train: 0.7, Validation: 0.1, Test: 0.2, Stratify: "a", Group: "b"}, ""},
		{SplitConfig{Column: "part", Train: 0.5}, "split.column"},
		{SplitConfig{Column: "part", Group: "x"}, ""},
		{SplitConfig{Column: "part", Time: "x"}, "split.column"},
		{SplitConfig{Time: "when"}, ""},
		{SplitConfig{Train: 1, Time: "when", Group: "x"}, "split.time"},
		{SplitConfig{Train: 1, Time: "when", Stratify: "x"}, "split.time"},
		{SplitConfig{Train: 0.8, Test: 0.1}, "split"},
		{SplitConfig{Train: 1.2, Test: -0.2}, "split.train"},
		{SplitConfig{Train: math.NaN()}, "split.train"},
		{SplitConfig{Validation: 0.5, Test: 0.5}, "split.train"},
		{SplitConfig{Train: 1, Stratify: "a", Group: "a"}, "split.stratify"},
	} {
		err := c.config.WithDefaults().Validate()
		if e, ok := err.(*ConfigError); (c.field == "") != (err == nil) || ok && e.Field != c.field {
			t.Errorf("%+v: %v, want field %q", c.config, err, c.field)
		}
		if err != nil && exitCode(err) != 2 {
			t.Errorf("exit code %d", exitCode(err))
		}
	}
}

// randomSplit draws a table with a label of skewed frequencies and a group.
func randomSplit(t *property.T) (*Table, SplitConfig, uint64) {
	n := property.IntRange(12, 300).Draw(t, "rows")
	labels, groups := make([]string, n), make([]string, n)
	for i := range n {
		labels[i] = string(rune('a' + min(property.IntRange(0, 5).Draw(t, "label"), property.IntRange(0, 5).Draw(t, "label"))))
		groups[i] = fmt.Sprint("g", property.IntRange(0, n/2).Draw(t, "group"))
	}
	for i := range 3 { // enough groups for three splits
		groups[i] = fmt.Sprint("g", i)
	}
	table, err := NewTable("x.csv", Strings("label", labels...), Strings("group", groups...))
	if err != nil {
		t.Fatal(err)
	}
	a := property.IntRange(1, 8).Draw(t, "train")
	b := property.IntRange(0, 9-a).Draw(t, "validation")
	c := SplitConfig{Train: float64(a) / 10, Validation: float64(b) / 10, Test: float64(10-a-b) / 10}
	if property.Bool().Draw(t, "stratify") {
		c.Stratify = "label"
	}
	if property.Bool().Draw(t, "by group") {
		c.Group = "group"
	}
	return table, c, property.Uint64().Draw(t, "seed")
}

func TestSplitProperties(t *testing.T) {
	property.Check(t, func(t *property.T) {
		table, c, seed := randomSplit(t)
		s, err := c.Split(table, seed)
		if err != nil && strings.Contains(err.Error(), "no row is for training (") && strings.Contains(err.Error(), "chance cut") {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		of := make([]int, table.Len())
		seen, part := 0, 0
		for name, rows := range s.All() {
			if !slices.IsSorted(rows) {
				t.Errorf("%s is not in table order", name)
			}
			for _, row := range rows {
				of[row] += 1 << part
				seen++
			}
			want := c.fractions()[part] * float64(table.Len())
			if c.Group == "" && c.Stratify == "" && math.Abs(float64(len(rows))-want) > 2+2*math.Sqrt(want) {
				t.Errorf("%s has %d rows, want about %.1f", name, len(rows), want)
			}
			if want > 0 && len(rows) == 0 && len(s.Warnings) == 0 {
				t.Errorf("%s is empty, want %.1f, and nothing is said", name, want)
			}
			if want == 0 && len(rows) > 0 {
				t.Errorf("%s was not asked for and has %d rows", name, len(rows))
			}
			part++
		}
		if seen != table.Len() {
			t.Errorf("%d rows of %d are in a split", seen, table.Len())
		}
		if c.Group != "" {
			where := map[string]int{}
			for row, cell := range table.Columns[1].All() {
				if w, ok := where[cell.Text]; ok && w != of[row] {
					t.Errorf("group %s is in two splits", cell.Text)
				}
				where[cell.Text] = of[row]
			}
		} else if c.Stratify != "" {
			checkStrata(t, table, of, c.fractions())
		}
		again, err := c.Split(table, seed)
		if err != nil || !difference.None(s, again) {
			t.Errorf("the same seed split twice differs: %v", err)
		}
	})
}

// checkStrata holds each label's share of each split to what chance explains, and
// asks for one training row at least of what has enough rows for that.
func checkStrata(t *property.T, table *Table, of []int, fractions [3]float64) {
	counts := map[string]*[3]int{}
	for row, cell := range table.Columns[0].All() {
		if counts[cell.Text] == nil {
			counts[cell.Text] = &[3]int{}
		}
		counts[cell.Text][of[row]>>1]++ // 1, 2, 4 to 0, 1, 2
	}
	for label, got := range counts {
		n := got[0] + got[1] + got[2]
		if n < newSampler(fractions[0], rng.New(1)).first() {
			continue
		}
		if got[0] == 0 {
			t.Errorf("label %s is not trained on", label)
		}
		for s, f := range fractions {
			if math.Abs(float64(got[s])-f*float64(n)) > 2+2*math.Sqrt(f*float64(n)) {
				t.Errorf("label %s: %d of %d rows in %s, want %.1f", label, got[s], n, splitNames[s], f*float64(n))
			}
		}
	}
}

// Turning the table upside down moves no group to another split.
func TestGroupedSplitIgnoresRowOrder(t *testing.T) {
	property.Check(t, func(t *property.T) {
		table, c, seed := randomSplit(t)
		c.Group = "group"
		flipped, _ := NewTable("x.csv", Strings("label"), Strings("group"))
		for i, column := range table.Columns {
			cells := column.Cells()
			slices.Reverse(cells)
			flipped.Columns[i] = NewColumn(column.Name, cells...)
		}
		flipped.rows = table.rows
		a, err := c.Split(table, seed)
		if err != nil && strings.Contains(err.Error(), "no row is for training (") && strings.Contains(err.Error(), "chance cut") {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := c.Split(flipped, seed)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range a.Test {
			if want := table.Len() - 1 - b.Test[len(b.Test)-1-i]; row != want {
				t.Fatalf("test row %d, want %d", row, want)
			}
		}
	})
}

func TestSplitSeeds(t *testing.T) {
	values := make([]string, 200)
	for i := range values {
		values[i] = fmt.Sprint(i / 2)
	}
	table, _ := NewTable("x.csv", Strings("v", values...))
	for _, c := range []SplitConfig{{}, {Train: 0.5, Test: 0.5, Group: "v"}, {Train: 0.5, Test: 0.5, Stratify: "v"}} {
		a, err := c.Split(table, 1)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := c.Split(table, 2)
		if difference.None(a, b) {
			t.Errorf("%+v: two seeds gave one split", c)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	table, _ := NewTable("x.csv", Strings("g", "a", "b", "", "a"), Strings("two", "a", "b", "a", "b"))
	for _, c := range []struct {
		config SplitConfig
		want   string
	}{
		{SplitConfig{Train: 0.5, Test: 0.5, Group: "g"}, `x.csv: row 3, column "g": the cell is empty, and the split is to group by it (fill it in, or take the row out)`},
		{SplitConfig{Train: 0.5, Test: 0.5, Stratify: "g"}, `x.csv: row 3, column "g": the cell is empty, and the split is to stratify by it (fill it in, or take the row out)`},
		{SplitConfig{Train: 0.5, Validation: 0.3, Test: 0.2, Group: "two"}, `x.csv: column "two": the column has 2 values for 3 splits (group by a column of more values, or ask for fewer splits)`},
	} {
		if _, err := c.config.Split(table, 1); err == nil || err.Error() != c.want || exitCode(err) != 3 {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	one, _ := NewTable("x.csv", Strings("v", "1"))
	s, err := SplitConfig{}.Split(one, 1)
	if err != nil || len(s.Train) != 1 {
		t.Errorf("one row: %+v, %v", s, err)
	}
}

func TestShared(t *testing.T) {
	table, _ := NewTable("x.csv", Strings("a", "1", "1", "2", "1"), Strings("b", "x", "x", "x", "y"))
	s := &Splits{Train: []int{0}, Validation: []int{1}, Test: []int{2, 3}}
	for _, c := range []struct {
		columns []string
		want    int
	}{{[]string{"a", "b"}, 1}, {[]string{"a"}, 2}, {[]string{"b"}, 2}} {
		if got, err := s.Shared(table, c.columns); err != nil || got != c.want {
			t.Errorf("%v: %d rows, %v, want %d", c.columns, got, err, c.want)
		}
	}
}
