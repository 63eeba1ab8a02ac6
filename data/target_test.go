package data

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
)

func target(t *testing.T, c TargetConfig) Target {
	t.Helper()
	if c.Type == Multilabel && c.Separator == "" {
		c.Separator = "|"
	}
	c.Column = "y"
	target, err := NewTarget(c)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestTargets(t *testing.T) {
	for _, c := range []struct {
		name   string
		config TargetConfig
		cells  []string // of which all but the last train
		labels []string
		counts []int
		want   Slot // of all rows
	}{
		{"binary", TargetConfig{Type: Binary}, []string{"yes", "no", "yes", "no"}, []string{"no", "yes"}, []int{1, 2}, Slot{F32: []float32{1, 0, 1, 0}}},
		{"binary of numbers", TargetConfig{Type: Binary}, []string{"1", "0", "1"}, []string{"0", "1"}, []int{1, 1}, Slot{F32: []float32{1, 0, 1}}},
		{"positive", TargetConfig{Type: Binary, Positive: "no"}, []string{"yes", "no", "yes", "no"}, []string{"yes", "no"}, []int{2, 1}, Slot{F32: []float32{0, 1, 0, 1}}},
		{"multiclass", TargetConfig{Type: Multiclass}, []string{"b", "c", "a", "b", "c"}, []string{"a", "b", "c"}, []int{1, 2, 1}, Slot{Int: []int{1, 2, 0, 1, 2}}},
		{"classes by value", TargetConfig{Type: Multiclass}, []string{"10", "2", "-1", "10"}, []string{"-1", "2", "10"}, []int{1, 1, 1}, Slot{Int: []int{2, 1, 0, 2}}},
		{"multilabel", TargetConfig{Type: Multilabel}, []string{"b|a", "", "c", "a | c|a"}, []string{"a", "b", "c"}, []int{1, 1, 1}, Slot{F32: []float32{1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1}}},
		{"separator", TargetConfig{Type: Multilabel, Separator: ","}, []string{"b, a", "a", "b"}, []string{"a", "b"}, []int{2, 1}, Slot{F32: []float32{1, 1, 1, 0, 0, 1}}},
		{"regression", TargetConfig{Type: Regression}, []string{"1", "3", "5", "7"}, nil, nil, Slot{F32: []float32{-1.2247449, 0, 1.2247449, 2.4494898}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, _ := NewTable("x.csv", Strings("y", c.cells...))
			y := target(t, c.config)
			if err := y.Fit(context.Background(), table, upTo(len(c.cells)-1), nil); err != nil {
				t.Fatal(err)
			}
			if diff := difference.Of(c.labels, y.Labels()); diff != "" {
				t.Error(diff)
			}
			if diff := difference.Of(c.counts, y.Counts()); diff != "" {
				t.Error(diff)
			}
			check := func(y Target) {
				slot := makeSlot(y.Feature(), len(c.cells))
				for i := range slot.F32 {
					slot.F32[i] = 99
				}
				for row := range c.cells {
					if err := y.Write(table, row, slot.row(row, y.Feature().Len()), nil); err != nil {
						t.Fatal(err)
					}
				}
				if diff := difference.Of(c.want, slot, near); diff != "" {
					t.Error(diff)
				}
			}
			check(y)
			b, err := json.Marshal(y)
			if err != nil {
				t.Fatal(err)
			}
			restored, err := decodeTarget(b)
			if err != nil {
				t.Fatal(err)
			}
			check(restored)
			if !difference.None(restored.Labels(), y.Labels()) || restored.Config() != y.Config() {
				t.Error("the restored target differs")
			}
		})
	}
}

func TestTargetErrors(t *testing.T) {
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprint(float64(i) + 0.5)
	}
	const noAnswer = `the answer is missing (fill it in, or take the row out; predict needs no answers)`
	const nothing = `there is nothing to learn: choose another column or split`
	for _, c := range []struct {
		kind  string
		cells []string // of which all but the last train
		want  string   // from Fit or from writing the last row
	}{
		{Multiclass, []string{"a", "b", "c"}, `row 3 (line 4), column "y": no training row has the label "c" (correct it, or put rows of it into training, as split.stratify does)`},
		{Binary, []string{"a", "b", "c"}, `row 3 (line 4), column "y": no training row has the label "c" (correct it, or put rows of it into training, as split.stratify does)`},
		{Multilabel, []string{"a", "b", "a|c"}, `row 3 (line 4), column "y": no training row has the label "c" (correct it, or put rows of it into training, as split.stratify does)`},
		{Multiclass, []string{"a", "", "b"}, `row 2 (line 3), column "y": ` + noAnswer},
		{Multiclass, []string{"a", "b", ""}, `row 3 (line 4), column "y": ` + noAnswer},
		{Regression, []string{"1", "", "3"}, `row 2 (line 3), column "y": ` + noAnswer},
		{Regression, []string{"1", "2", ""}, `row 3 (line 4), column "y": ` + noAnswer},
		{Regression, []string{"1", "NaN", "3"}, `row 2 (line 3), column "y": "NaN" is not a number (leave the cell empty if the value is missing)`},
		{Regression, []string{"5", "5", "6"}, `column "y": the target is 5 in every training row (` + nothing + `)`},
		{Multiclass, []string{"a", "a", "a"}, `column "y": every training row has the label "a" (` + nothing + `)`},
		{Binary, []string{"a", "a", "b"}, `column "y": every training row has the label "a" (` + nothing + `)`},
		{Binary, []string{"a", "b", "c", "a"}, `column "y": a binary target has two labels, the training rows have 3: "a", "b", "c" (use type: multiclass)`},
		{Multiclass, []string{"a", "NaN", "b"}, `row 2 (line 3), column "y": the label is NaN, which is no answer (fill it in, or take the row out)`},
		{Multiclass, []string{"1", "2", "nan", "1"}, `column "y": the label "nan" stands among numbers (it is no answer: fill it in, or take its rows out)`},
		{Multiclass, []string{"1", "2", "1.0", "1"}, `column "y": the labels "1" and "1.0" are one number (write it in one way)`},
		{Multiclass, many, `column "y": the column has 39 different numbers in 39 training rows (measurements are for type: regression)`},
		{Multiclass, []string{"a", "b\xff", "a"}, `row 2 (line 3), column "y": the cell is not UTF-8: "b\xff" (set data.encoding to what the file is in, such as windows-1252, or save it as UTF-8)`},
		{Multilabel, []string{"a", "a||b", "a"}, `row 2 (line 3), column "y": "a||b" has nothing between two separators, or at an end (write labels with "|" between them)`},
		{Multilabel, []string{"", "", "a"}, `column "y": no training row has a label (there is nothing to learn)`},
	} {
		var text strings.Builder
		text.WriteString("y,x\n")
		for _, cell := range c.cells {
			text.WriteString(cell + ",1\n")
		}
		y := target(t, TargetConfig{Type: c.kind})
		table, err := readText(t, CSV, text.String())
		if err == nil {
			err = y.Fit(context.Background(), table, upTo(len(c.cells)-1), nil)
		}
		if err == nil {
			err = y.Write(table, len(c.cells)-1, makeSlot(y.Feature(), 1), nil)
		}
		if want := "data.csv: " + c.want; err == nil || err.Error() != want || exitCode(err) != 3 {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	table, _ := NewTable("x.csv", Strings("y", "a", "b"))
	if err := target(t, TargetConfig{Type: Binary, Positive: "c"}).Fit(context.Background(), table, upTo(2), nil); exitCode(err) != 3 {
		t.Errorf("a positive label that is not there: %v", err)
	}
	if err := target(t, TargetConfig{Type: Binary}).Fit(context.Background(), &Table{All: []string{"yy"}}, nil, nil); err == nil || !strings.Contains(err.Error(), `there are: "yy"`) {
		t.Errorf("a column that is not there: %v", err)
	}
	for _, c := range []TargetConfig{{}, {Type: "ordinal", Column: "y"}, {Type: Binary}, {Type: Multilabel, Column: "y"}, {Type: Multilabel, Column: "y", Separator: " "}, {Type: Regression, Column: "y", Positive: "1"}} {
		if _, err := NewTarget(c); exitCode(err) != 2 {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestManyClasses(t *testing.T) {
	cells := make([]string, 20_000)
	for i := range cells {
		cells[i] = fmt.Sprint("class ", i%10_000)
	}
	table, _ := NewTable("x.csv", Strings("y", cells...))
	y := target(t, TargetConfig{Type: Multiclass})
	if err := y.Fit(context.Background(), table, upTo(len(cells)), nil); err != nil || len(y.Labels()) != 10_000 {
		t.Errorf("%d labels, %v", len(y.Labels()), err)
	}
}

func TestRestore(t *testing.T) {
	table, _ := NewTable("x.csv", Strings("y", "1000", "3000", "5000"))
	y := target(t, TargetConfig{Type: Regression}).(*RegressionTarget)
	if err := y.Fit(context.Background(), table, upTo(3), nil); err != nil {
		t.Fatal(err)
	}
	slot := makeSlot(y.Feature(), 1)
	for row, want := range []float64{1000, 3000, 5000} {
		if err := y.Write(table, row, slot, nil); err != nil {
			t.Fatal(err)
		}
		if got := y.Restore(slot.F32[0]); math.Abs(got-want) > 1e-3 {
			t.Errorf("row %d comes back as %g, want %g", row, got, want)
		}
	}
}

func TestBalanced(t *testing.T) {
	// 14 rows and 4 labels: 14/(4·8), 14/(4·2), 14/(4·4)
	if diff := difference.Of([]float32{0.4375, 1.75, 0.875, 0}, Balanced([]int{8, 2, 4, 0}), near); diff != "" {
		t.Error(diff)
	}
	if diff := difference.Of([]float32{1, 1}, Balanced([]int{5, 5}), near); diff != "" {
		t.Error(diff)
	}
}

func TestLabelSpelling(t *testing.T) {
	table, _ := NewTable("x.csv", Strings("y", "Cat", "cat", "dog"))
	var notes Notes
	if err := target(t, TargetConfig{Type: Multiclass}).Fit(context.Background(), table, upTo(3), &notes); err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of([]string{`label "y": 1 value differs from another only in case, spaces, Unicode form or how a number is written, such as "cat" from "Cat"`}, notes.warnings); diff != "" {
		t.Error(diff)
	}
}

// Figures of a rare label that nobody has called positive are those of the other.
func TestF32_RareLabelIsToBePositive(t *testing.T) {
	for _, c := range []struct {
		rare, often int
		positive    string
		warned      bool
	}{
		{1, 19, "", true}, {2, 18, "", false}, {1, 19, "a", false}, {1, 19, "b", false}, {19, 1, "", false}, {10, 10, "", false},
	} {
		target, err := NewTarget(TargetConfig{Type: Binary, Column: "y", Positive: c.positive})
		if err != nil {
			t.Fatal(err)
		}
		table, err := NewTable("t", Strings("y", slices.Concat(slices.Repeat([]string{"a"}, c.rare), slices.Repeat([]string{"b"}, c.often))...))
		if err != nil {
			t.Fatal(err)
		}
		rows := make([]int, table.Len())
		for i := range rows {
			rows[i] = i
		}
		var notes Notes
		if err := target.Fit(context.Background(), table, rows, &notes); err != nil {
			t.Fatal(err)
		}
		var want []string
		if c.warned {
			want = []string{`only 1 of 20 training rows have the label "a", and average precision and thresholds are of the other one; to look for it, set output.positive: a`}
		}
		if diff := difference.Of(want, notes.warnings); diff != "" {
			t.Errorf("%d a, %d b, positive %q: %s", c.rare, c.often, c.positive, diff)
		}
	}
}

// near compares numbers that rounding may change.
var near = difference.Close(func(want, got float64) bool { return math.Abs(want-got) <= 1e-5*(1+math.Abs(want)) })
