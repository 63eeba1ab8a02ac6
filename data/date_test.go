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
		"%d-%b-%Y": {"14-Mar-2026", "1-apr-2025"}, "%d %b %Y": {"31 Jan 2024", "1 December 1969"}, "%b %d %Y": {"Jan 31 2024"}, "%b %d, %Y %I:%M%p": {"January 31, 2024 12:05 AM", "Sept 1, 2024 1:00pm"},
		"%a, %d %b %Y": {"Mon, 3 Mar 2021", "wednesday, 10 March 2021"}, "%a, %d %b %Y %H:%M:%S%Z": {"Wed, 03 Mar 2021 10:00:00 GMT"}, "%a, %d %b %Y %H:%M:%S%z": {"Wed, 03 Mar 2021 10:00:00 +0100"}, "%a, %b %d, %Y": {"Thursday, March 4, 2021"},
		"%a %b %e %H:%M:%S %Y": {"Wed Mar  3 10:00:00 2021", "Fri Mar 12 10:00:00 2021"}, "%a %b %e %H:%M:%S%Z %Y": {"Wed Mar  3 10:00:00 UTC 2021"}, "%a %b %e %H:%M:%S%z %Y": {"Wed Mar 03 10:00:00 +0000 2021"},
		"%d-%b-%y": {"18-Mar-21", "1-apr-69"}, "%Y-%m-%d %H:%M:%S%Z": {"2024-01-31 10:00:00 UTC", "2024-01-31 10:00:00.123456 UTC"}, "%d/%b/%Y:%H:%M:%S%z": {"10/Oct/2000:13:55:36 -0700"}, "%Y-%b-%d": {"2021-Mar-18"}, "%d.%b.%Y": {"18.Mar.2021"},
		"%m/%d/%Y, %I:%M:%S%p": {"3/14/2026, 3:09:26 PM"}, "%Y%m%dT%H%M%S%z": {"20260314T150926Z"}, "%Y%m%d%H%M%S": {"20260314150926"}, "%Y%m%d%H%M": {"202603141509"},
		"%s": {"1700000000", "881250949", "1700000000.25"}, "%Q": {"1700000000123", "1700000000999"},
		"%m/%d/%y": {"1/31/24", "12/1/99"}, "%d.%m.%y": {"31.01.24"}, "%Y/%m/%d": {"2024/1/31"}, "%Y-%m-%d %H:%M:%S%z": {"2024-01-31 10:00:00+00", "2024-01-31 10:00:00 -0530"}, "%m/%d/%Y %I:%M:%S%p": {"1/31/2024 11:59:59 PM"},
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
	f, err := ParseDateFormat("%Y-%m-%dT%H:%M:%S%z")
	if err != nil {
		t.Fatal(err)
	}
	r := NewDateRule(f)
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
		{[]string{"05/06/07"}, []string{"%d/%m/%y or %m/%d/%y or %y/%m/%d", "no training row tells which", "date_formats"}},
		{[]string{"31 Marvel 2024"}, []string{"row 1", "is no date"}},
		{[]string{"1/31/2024 13:00 PM"}, []string{"row 1", "is no date"}},
		{[]string{"1700000000", "1700000000123"}, []string{"row 2", "as %Q", "row 1 as %s"}},
		{[]string{"12345"}, []string{`"12345" is no date`}},
		{[]string{"Wodan, 3 Mar 2021"}, []string{"is no date"}},
		{[]string{"2021-03-03 10:00:00 CET"}, []string{"is no date"}},
		{[]string{"yesterday"}, []string{`"yesterday" is no date`}},
	} {
		_, _, err := datesOf(t, TabularConfig{}, c.cells...)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %s", c.cells, err, want)
			}
		}
	}
	for name, want := range map[string]string{"%d/%m/%Y": "%d/%m/%Y", "02/01/2006": "%d/%m/%Y", "01/02/2006": "%m/%d/%Y", "2/1/2006": "%d/%m/%Y"} {
		p, _, err := datesOf(t, TabularConfig{DateFormats: map[string]string{"d": name}}, "05/06/2024", "07/08/2024")
		if err != nil || p.DateRules()[0].Name != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewTabular(TabularConfig{Dates: []string{"d"}, Missing: MissingError, Transform: "none", MinCount: 1, DateFormats: map[string]string{"d": "%d/%q/%Y"}}); err == nil || !strings.Contains(err.Error(), "date_formats") {
		t.Errorf("an unknown directive: %v", err)
	}
}

// Every directive, at the edges of the calendar.
func TestF28_ParsingDates(t *testing.T) {
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	for _, c := range []struct {
		format, text string
		want         time.Time // zero: it is refused
	}{
		{"%Y-%m-%d", "1969-12-31", day(1969, 12, 31)}, {"%Y-%m-%d", "0001-01-01", day(1, 1, 1)}, {"%Y-%m-%d", "9999-12-31", day(9999, 12, 31)}, {"%Y-%m-%d", "0000-01-01", time.Time{}},
		{"%Y-%m-%d", "2024-02-29", day(2024, 2, 29)}, {"%Y-%m-%d", "2023-02-29", time.Time{}}, {"%Y-%m-%d", "1900-02-29", time.Time{}}, {"%Y-%m-%d", "2000-02-29", day(2000, 2, 29)},
		{"%d/%m/%y", "01/02/68", day(2068, 2, 1)}, {"%d/%m/%y", "01/02/69", day(1969, 2, 1)}, {"%d/%m/%y", "01/02/2024", time.Time{}}, {"%y%m%d", "991231", day(1999, 12, 31)},
		{"%d %B %Y", "1 may 2024", day(2024, 5, 1)}, {"January 2, 2006", "Sept 2, 2024", day(2024, 9, 2)}, {"%d %b %Y", "1 ma 2024", time.Time{}}, {"%d %b %Y", "1 Mayor 2024", time.Time{}},
		{"%Y-%m-%d %I:%M %p", "2024-01-01 12:30 AM", day(2024, 1, 1).Add(30 * time.Minute)}, {"2006-01-02 3:04PM", "2024-01-01 12:30 pm", day(2024, 1, 1).Add(750 * time.Minute)}, {"%Y-%m-%d %I:%M %p", "2024-01-01 00:30 AM", time.Time{}},
		{"2006-01-02T15:04:05.000Z07:00", "2024-01-01T00:00:00.5-00:30", day(2024, 1, 1).Add(30*time.Minute + time.Second/2)}, {"%Y-%m-%d %H%z", "2024-01-01 01+01", day(2024, 1, 1)}, {"%Y-%m-%d %H%z", "2024-01-01 01+24", time.Time{}},
		{"%s", "0", day(1970, 1, 1)}, {"%s", "86400.5", day(1970, 1, 2).Add(time.Second / 2)}, {"%Q", "86400500", day(1970, 1, 2).Add(time.Second / 2)}, {"%s", "-1", time.Time{}}, {"%s", "1e9", time.Time{}}, {"%Q", "1.5", time.Time{}}, {"%s", "999999999999", time.Time{}},
		{"Mon, 02 Jan 2006 15:04:05 MST", "Tue, 29 Feb 2000 23:59:59 gmt", day(2000, 3, 1).Add(-time.Second)}, {"Mon Jan _2 15:04:05 2006", "Thu Feb  3 00:00:00 2000", day(2000, 2, 3)}, {"%A %d %B %Y", "Thurs. 3 February 2000", day(2000, 2, 3)}, {"%Y%m%d%H%M%S", "2024013110300", time.Time{}},
		{"%Y-%m-%dT%H:%M:%S%z", "0001-01-01T00:00:00+00:01", time.Time{}}, {"%Y-%m-%dT%H:%M:%S", "2024-01-01T23:59:60", time.Time{}},
	} {
		f, err := ParseDateFormat(c.format)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := f.parse(c.text); ok == c.want.IsZero() && c.text != "0001-01-01" || ok && !got.Equal(c.want) {
			t.Errorf("%s as %s is %v, %t; want %v", c.text, c.format, got, ok, c.want)
		}
	}
	for _, format := range []string{"%Y-%m", "%d/%m/%Y %d", "%Y %y-%m-%d", "%Y-%m-%d %I:%M", "%Y-%m-%d %H:%M %p", "%Y-%m-%d %H %I", "%Y-%m-%d %", "%q", "%s %H", "%s%Q", "%Q%z", "%a %s %d"} {
		if _, err := ParseDateFormat(format); err == nil {
			t.Errorf("the format %s is taken", format)
		}
	}
}

// What splits by time have always read, they read.
func TestF28_DatesOfSplits(t *testing.T) {
	for text, want := range map[string]string{
		"2024-02-29": "2024-02-29T00:00:00Z", "2024-02-29T10:20:30": "2024-02-29T10:20:30Z", "2024-02-29 10:20:30": "2024-02-29T10:20:30Z", "2024-02-29 10:20": "2024-02-29T10:20:00Z",
		"2024-02-29T10:20:30Z": "2024-02-29T10:20:30Z", "2024-02-29T10:20:30.123456789+02:00": "2024-02-29T08:20:30.123456789Z", "2024-02-29 10:20:30,5": "2024-02-29T10:20:30.5Z", "2024-02-29T10:20:30.1234567891": "2024-02-29T10:20:30.123456789Z",
		"2023-02-29": "", "2024-02-29T25:00:00": "", "29/02/2024": "", "20240229": "", "2024": "", "": "", "2024-02-29T": "", "2024-02-29 10": "",
	} {
		got, ok := ParseDate(text)
		if s := got.Format(time.RFC3339Nano); ok != (want != "") || ok && s != want {
			t.Errorf("%q is %s, %t; want %q", text, s, ok, want)
		}
	}
}

// Cells that data.missing_values names are empty when a format is looked for, in
// files of every kind.
func TestF28_MissingDates(t *testing.T) {
	for format, text := range map[Format]string{
		CSV: "d\n-\n13/06/2024\n N/A \n20240101\n01/02/2024\n", TSV: "d\n-\n13/06/2024\nN/A\n20240101\n01/02/2024\n",
		JSONL: `{"d":"-"}` + "\n" + `{"d":"13/06/2024"}` + "\n" + `{"d":null}` + "\n" + `{"d":20240101}` + "\n" + `{"d":"01/02/2024"}`,
		JSON:  `[{"d":"-"},{"d":"13/06/2024"},{"d":"N/A"},{"d":20240101},{"d":"01/02/2024"}]`,
	} {
		table, err := readAs(t, Options{Format: format, Dialect: Dialect{MissingValues: []string{"-", "N/A", "20240101"}}}, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, missing := range []string{MissingError, MissingMask, MissingMean} {
			p, err := NewTabular(TabularConfig{Dates: []string{"d"}, Missing: missing, Transform: "none", MinCount: 1})
			if err != nil {
				t.Fatal(err)
			}
			err = p.Fit(context.Background(), table, upTo(5), &Notes{})
			if missing == MissingError {
				if err == nil || !strings.Contains(err.Error(), "empty") {
					t.Errorf("%s, %s: %v", format, missing, err)
				}
				continue
			}
			if err != nil || p.DateRules()[0].Name != "%d/%m/%Y" {
				t.Errorf("%s, %s: %v", format, missing, err)
			}
		}
	}
}

// A date may be later than those of training: its age is negative. One so far away
// that float32 loses what a layer does with it is refused, as a number is.
func TestF28_LaterDates(t *testing.T) {
	p, _, err := datesOf(t, TabularConfig{}, "2024-01-01T00:00:00", "2024-01-01T00:00:01", "2024-01-01T00:00:02")
	if err != nil {
		t.Fatal(err)
	}
	rule := p.Rules()[0]
	v, err := rule.Read(Cell{"2024-01-02T00:00:02", String})
	if err != nil || v.Numbers[len(v.Numbers)-1] != -1 {
		t.Errorf("%v, %v", v.Numbers, err)
	}
	if _, err := rule.Read(Cell{"9999-01-01T00:00:00", String}); err == nil || !strings.Contains(err.Error(), "standard deviations") {
		t.Error(err)
	}
}

// A text is seen as a date by the formats that are looked for, and by none of its own.
func TestF28_DatesAmongTexts(t *testing.T) {
	look := &DateLook{}
	for _, s := range []string{
		"2024-01-31", " 31/01/2024", "1/31/24", "18-Mar-21", "Mon, 3 Mar 2021", "Monday, March 3, 2021", "Wed Mar  3 10:00:00 2021", "20240131", "20240131T103000", "20240131103000", "2024-01-31T10:20:30.5+02:00",
		"1 Sept 2021", "Sept 1, 2021", "JANUARY 31, 2024 12:59pm", "10/Oct/2000:13:55:36 -0700", "24/12/31", "31.1.2024 10:20", "Thurs., 4 Mar 2021",
	} {
		if !look.Is(s) || !(&DateLook{}).Is(s) {
			t.Errorf("%q is no date", s)
		}
	}
	for _, s := range []string{"", "2024", "1700000000", "555-123-4567", "192.168.10.1", "1.2.3", "12/34/5678", "31/02/2024", "2024-13-01", "march", "3 blind mice", "Mon", "10:20:30", "2024-W05-3", "1/2", "may be 12 2024", "20241301", "99999999"} {
		if look.Is(s) {
			t.Errorf("%q is a date", s)
		}
	}
}
