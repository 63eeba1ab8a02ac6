package data

import (
	"math"
	"testing"
	"time"
)

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
