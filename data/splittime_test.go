package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
)

func timed(t testing.TB, times ...string) *Table {
	t.Helper()
	table, err := NewTable("x.csv", Strings("when", times...))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestSplitByTime(t *testing.T) {
	c := SplitConfig{Train: 0.5, Validation: 0.25, Test: 0.25, Time: "when"}
	for name, k := range map[string]struct {
		config SplitConfig
		times  []string
		want   string // the split of each row, t v e
	}{
		"numbers":              {c, []string{"8", "1", "7", "2", "6", "3", "5", "4"}, "etetvtvt"},
		"as numbers, not text": {c, []string{"9", "10", "100", "1e3"}, "ttve"},
		"negative":             {c, []string{"-1", "-2", "0.5", "-1.5"}, "vtet"},
		"dates":                {c, []string{"2026-03-01", "2025-12-31", "2026-02-01", "2024-01-01"}, "etvt"},
		"zones":                {c, []string{"2026-01-01T00:00:00+02:00", "2025-12-31T23:00:00Z", "2026-01-01T02:00:00+01:00", "2025-12-31T21:59:59Z"}, "tvet"},
		"dates of all kinds":   {c, []string{"2026-01-01 10:00", "2026-01-01", "2026-01-01T12:00:00Z", "2026-01-01 11:00:00"}, "ttev"},
		"ties move the cut":    {c, []string{"1", "2", "2", "2", "3", "4", "5", "6"}, "ttttvvee"},
		"ties, back":           {c, []string{"1", "1", "1", "2", "2", "2", "2", "3"}, "tttvvvve"},
		"every split has one":  {c, []string{"1", "1", "1", "1", "1", "1", "2", "3"}, "ttttttve"},
		"one large time last":  {c, []string{"1", "2", "3", "3", "3", "3", "3", "3"}, "tveeeeee"},
		"no validation":        {SplitConfig{Train: 0.5, Test: 0.5, Time: "when"}, []string{"4", "3", "2", "1"}, "eett"},
		"all train":            {SplitConfig{Train: 1, Time: "when"}, []string{"4", "3"}, "tt"},
	} {
		s, err := k.config.Split(timed(t, k.times...), 1)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := make([]byte, len(k.times))
		i := 0
		for _, rows := range s.All() {
			for _, row := range rows {
				got[row] = "tve"[i]
			}
			i++
		}
		if string(got) != k.want {
			t.Errorf("%s: %s, want %s", name, got, k.want)
		}
	}
	for _, k := range []struct {
		times []string
		want  string
	}{
		{[]string{"1", "2", "", "3"}, `x.csv: row 3, column "when": the cell is empty`},
		{[]string{"1", "2", "soon", "3"}, `x.csv: row 3, column "when": "soon" is no time (expected numbers, or dates`},
		{[]string{"2026-01-01", "03/04/2026"}, `row 2, column "when": "03/04/2026" is no time`},
		{[]string{"2026-02-30", "2026-01-01"}, `row 1, column "when": "2026-02-30" is no time`},
		{[]string{"2026-01-01", "2026-01-02", "7"}, `row 3, column "when": "7" is a number, and the rows before have dates`},
		{[]string{"7", "2026-01-01"}, `row 2, column "when": "2026-01-01" is a date, and the rows before have numbers`},
		{[]string{"1", "1", "2", "2"}, `column "when": the column has 2 times for 3 splits`},
	} {
		if _, err := c.Split(timed(t, k.times...), 1); err == nil || !strings.Contains(err.Error(), k.want) || exitCode(err) != 3 {
			t.Errorf("%v: %v, want %s", k.times, err, k.want)
		}
	}
}

// No row of a later split is earlier than one of an earlier split, whatever the
// order of rows; no time is in two splits; and each split is off its share by
// no more than the rows of one time.
func TestSplitByTimeProperties(t *testing.T) {
	property.Check(t, func(t *property.T) {
		times := property.SliceOfN(property.IntRange(0, 30), 6, 120).Draw(t, "times")
		times = append(times, 31, 32, 33)
		texts := make([]string, len(times))
		most := map[int]int{}
		for i, v := range times {
			texts[i] = fmt.Sprint(v)
			most[v]++
		}
		table, err := NewTable("x.csv", Strings("when", texts...))
		if err != nil {
			t.Fatal(err)
		}
		s, err := SplitConfig{Train: 0.6, Validation: 0.2, Test: 0.2, Time: "when"}.Split(table, property.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		last, total, largest := -1, 0, 0
		for _, n := range most {
			largest = max(largest, n)
		}
		want := 0.0
		for i, rows := range [][]int{s.Train, s.Validation, s.Test} {
			var of []int
			for _, row := range rows {
				of = append(of, times[row])
			}
			if len(of) == 0 || slices.Min(of) <= last {
				t.Fatalf("split %d has the times %v, the one before ends at %d", i, of, last)
			}
			last, total = slices.Max(of), total+len(rows)
			want += []float64{0.6, 0.2, 0.2}[i] * float64(len(times))
			if d := float64(total) - want; max(d, -d) > float64(largest)/2+2 {
				t.Errorf("cut %d is after %d rows, want %.1f, with at most %d rows of a time", i, total, want, largest)
			}
		}
		if total != len(times) {
			t.Errorf("%d of %d rows", total, len(times))
		}
	})
}
