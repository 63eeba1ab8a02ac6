package planted_test

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/planted"
)

func TestTablesAreAFunctionOfTheirOptions(t *testing.T) {
	o := planted.Options{Rows: 30, Seed: 1, Missing: 0.2}
	for _, k := range planted.Kinds() {
		a := k.CSV(o)
		if !bytes.Equal(a, k.CSV(o)) {
			t.Errorf("%s: two tables of the same options differ", k.Name)
		}
		for _, other := range []planted.Options{{Rows: 30, Seed: 2, Missing: 0.2}, {Rows: 30, Seed: 1}} {
			if bytes.Equal(a, k.CSV(other)) {
				t.Errorf("%s: options %+v and %+v make the same table", k.Name, o, other)
			}
		}
		// A longer table begins as a shorter one, and the one in memory is the file.
		if cells := k.Cells(planted.Options{Rows: 40, Seed: 1, Missing: 0.2}); !slices.EqualFunc(cells[:30], k.Cells(o), slices.Equal[[]string]) {
			t.Errorf("%s: more rows change the first ones", k.Name)
		}
		table := k.Table(o)
		for j, name := range k.Header() {
			c, err := table.Column(name)
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range k.Cells(o) {
				if c.Cell(i).Text != row[j] {
					t.Errorf("%s: row %d of %s is %q, want %q", k.Name, i, name, c.Cell(i).Text, row[j])
				}
			}
		}
	}
	if _, err := planted.Find("xnor"); err == nil || !strings.Contains(err.Error(), `"xnor"; known are redundant, unique, additive, xor, product, grounded`) {
		t.Errorf("an unknown kind: error %v", err)
	}
}

// A share of the cells of each input is empty, all of an input or none, and no
// row lacks both.
func TestMissing(t *testing.T) {
	for _, k := range planted.Kinds() {
		var lacks [2]int
		const rows = 2000
		for i, row := range k.Cells(planted.Options{Rows: rows, Seed: 1, Missing: 0.3}) {
			at, absent := 0, 0
			for side, columns := range k.Columns {
				empty := 0
				for range columns {
					if row[at] == "" {
						empty++
					}
					at++
				}
				if empty == len(columns) {
					lacks[side]++
					absent++
				} else if empty > 0 {
					t.Errorf("%s: row %d has a part of an input: %v", k.Name, i, row)
				}
			}
			if absent == 2 {
				t.Errorf("%s: row %d has nothing", k.Name, i)
			}
		}
		for side, n := range lacks {
			if rate := float64(n) / rows; math.Abs(rate-0.3) > 0.04 {
				t.Errorf("%s: %s is missing in a share of %.2f, want 0.3", k.Name, k.Inputs[side], rate)
			}
		}
	}
}

// What answers depend on, by definition, and how they fall out.
func TestAnswers(t *testing.T) {
	number := func(text string) float64 {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	bit := func(b bool) string {
		if b {
			return "v1"
		}
		return "v0"
	}
	for kind, answer := range map[string]func(row []string) string{
		"redundant": func(row []string) string { return bit(number(row[0])+number(row[1])+number(row[2])+number(row[3]) > 0) },
		"unique":    func(row []string) string { return bit(number(row[0]) > 0) },
		"additive":  func(row []string) string { return bit(number(row[0])+number(row[4]) > 0) },
		"xor":       func(row []string) string { return bit(number(row[0]) > 0 != (number(row[4]) > 0)) },
		"grounded":  func(row []string) string { return row[1+int(number(row[0][1:]))] },
	} {
		k, err := planted.Find(kind)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		rows := k.Cells(planted.Options{Rows: 1000, Seed: 3})
		for i, row := range rows {
			got := row[len(row)-2]
			counts[got]++
			if want := answer(row); got != want {
				t.Errorf("%s: the answer of row %d is %s, want %s: %v", kind, i, got, want, row)
			}
		}
		for label, n := range counts {
			if want := len(rows) / k.Labels; n < want*3/4 || n > want*5/4 {
				t.Errorf("%s: %d of %d answers are %s", kind, n, len(rows), label)
			}
		}
		if len(counts) != k.Labels {
			t.Errorf("%s: answers %v, want %d labels", kind, counts, k.Labels)
		}
	}
	k, err := planted.Find("product")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range k.Cells(planted.Options{Rows: 100, Seed: 3}) {
		if got, want := number(row[8]), number(row[0])*number(row[4]); math.Abs(got-want) > 1e-3*(1+math.Abs(want)) {
			t.Errorf("the product of row %d is %v, want %v", i, got, want)
		}
	}
}
