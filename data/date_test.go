package data

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func datesOf(t testing.TB, c TabularConfig, cells ...string) (*Tabular, *Table, error) {
	t.Helper()
	table, err := NewTable("t.csv", Strings("d", cells...))
	if err != nil {
		t.Fatal(err)
	}
	c.Dates, c.Transform, c.MinCount = []string{"d"}, "none", 1
	if c.Missing == "" {
		c.Missing = MissingError
	}
	p, err := NewTabular(c)
	if err != nil {
		t.Fatal(err)
	}
	return p, table, p.Fit(context.Background(), table, upTo(len(cells)), nil)
}

// The one format of a column is found, and its dates are the numbers that a calendar
// has for them.
func TestF28_FormatsAreFound(t *testing.T) {
	for want, cells := range map[string][]string{
		"%Y-%m-%d": {"2024-02-29", "2023-12-31"}, "%Y%m%d": {"20240229", "20231231"}, "%d/%m/%Y": {"05/06/2024", "13/6/2024"}, "%m/%d/%Y": {"05/06/2024", "6/13/2024"},
		"%d.%m.%Y": {"1.2.2024", "28.02.2024"}, "%Y/%m/%d %H:%M": {"2024/02/29 23:59", "2024/01/01 00:00"}, "%b %d, %Y": {"March 14, 2026", "Sep 1, 2025"},
		"%Y-%m-%dT%H:%M:%S%z": {"2026-03-14T15:09:26Z", "2026-03-14T15:09:26.123+02:00"}, "%Y-%m-%d %H:%M:%S": {"2026-03-14 15:09:26", "2026-03-14 15:09:26.5"},
		"%d-%b-%Y": {"14-Mar-2026", "1-apr-2025"},
	} {
		p, table, err := datesOf(t, TabularConfig{}, cells...)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		r := p.DateRules()[0]
		if r.Name != want {
			t.Errorf("%q have the format %s, want %s", cells, r.Name, want)
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again := &Tabular{}
		if err := json.Unmarshal(b, again); err != nil {
			t.Fatal(err)
		}
		slots, _, _ := one(t, p, table, 0, Augment{})
		other, _, _ := one(t, again, table, 0, Augment{})
		if len(slots[0].F32) != len(r.Parts) {
			t.Errorf("%s: %d numbers for the parts %v", want, len(slots[0].F32), r.Parts)
		}
		for i, v := range slots[0].F32 {
			if other[0].F32[i] != v {
				t.Errorf("%s: %s is %v, and %v as read back", want, r.Parts[i], v, other[0].F32[i])
			}
		}
	}
}

func TestF28_PartsOfADate(t *testing.T) {
	f, err := newDateFormat("%Y-%m-%dT%H:%M:%S%z")
	if err != nil {
		t.Fatal(err)
	}
	r := newDateRule(f)
	r.Newest = seconds(time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC))
	v, err := CellRule{As: AsDate, Date: r}.Read(Cell{"2026-03-14T01:00:00+02:00", String}) // a Friday, 23 o'clock
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{2026, math.Sin(math.Pi / 3), math.Cos(math.Pi / 3), math.Sin(2 * math.Pi * 4 / 7), math.Cos(2 * math.Pi * 4 / 7), math.Sin(2 * math.Pi * 23 / 24), math.Cos(2 * math.Pi * 23 / 24), 25.0 / 24}
	for i, w := range want {
		if math.Abs(v.Numbers[i]-w) > 2e-12 {
			t.Errorf("%s is %v, want %v", r.Parts[i], v.Numbers[i], w)
		}
	}
}

func TestF28_DatesThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  []string
	}{
		{[]string{"05/06/2024", "07/08/2024"}, []string{"%d/%m/%Y or %m/%d/%Y", "no training row tells which", "date_formats"}},
		{[]string{"13/06/2024", "06/13/2024"}, []string{"row 2", "%m/%d/%Y", "row 1", "%d/%m/%Y", "one format"}},
		{[]string{"2024-01-31", "2024-02-30"}, []string{"row 2", `"2024-02-30" is no date`}},
		{[]string{"2024-01-31", "2024-02-01 10:00"}, []string{"row 2", "%Y-%m-%d %H:%M", "row 1"}},
		{[]string{"2024-01-31", ""}, []string{"row 2", "empty"}},
		{[]string{"yesterday"}, []string{`"yesterday" is no date`}},
	} {
		_, _, err := datesOf(t, TabularConfig{}, c.cells...)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %s", c.cells, err, want)
			}
		}
	}
	for name, want := range map[string]string{"%d/%m/%Y": "%d/%m/%Y", "02/01/2006": "%d/%m/%Y", "01/02/2006": "%m/%d/%Y"} {
		p, _, err := datesOf(t, TabularConfig{DateFormats: map[string]string{"d": name}}, "05/06/2024", "07/08/2024")
		if err != nil || p.DateRules()[0].Name != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewTabular(TabularConfig{Dates: []string{"d"}, Missing: MissingError, Transform: "none", MinCount: 1, DateFormats: map[string]string{"d": "%d/%q/%Y"}}); err == nil || !strings.Contains(err.Error(), "date_formats") {
		t.Errorf("an unknown directive: %v", err)
	}
}
