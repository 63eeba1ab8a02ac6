package data

import (
	"math"
	"strings"
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
	for _, format := range []string{"%Y", "%H:%M%z", "%M", "%m-%d", "%Y %V", "%G-%V %d", "%YQ%q-%m", "%Y-%m %H:%M", "%d/%m/%Y %d", "%Y %y-%m-%d", "%Y-%m-%d %I:%M", "%Y-%m-%d %H:%M %p", "%Y-%m-%d %H %I", "%Y-%m-%d %", "%q", "%s %H", "%s%Q", "%Q%z", "%a %s %d"} {
		if _, err := ParseDateFormat(format); err == nil {
			t.Errorf("the format %s is taken", format)
		}
	}
}

// A month is told by its name in seven languages, and no name is two months'.
func TestF28_MonthsInSevenLanguages(t *testing.T) {
	for _, l := range monthNames {
		for i, names := range strings.Fields(l.names) {
			for _, name := range strings.Split(names, "|") {
				if monthOf(name) != i+1 || monthOf(strings.ToUpper(name)+".") != i+1 {
					t.Errorf("%s %s is month %d", l.language, name, monthOf(name))
				}
			}
		}
	}
	for word, want := range map[string]int{"März": 3, "Ma\u0308rz": 3, "févr.": 2, "août": 8, "jui": 0, "juil.": 7, "Dez": 12, "dic": 12, "mrt.": 3, "set": 9, "out": 10, "ma": 0, "mä": 0, "marvel": 0, "mayor": 0, "": 0} {
		if got := monthOf(word); got != want {
			t.Errorf("%q is month %d, want %d", word, got, want)
		}
	}
	for want, texts := range map[string][]string{"German": {"3. März 2024", "1. Mai 2024"}, "French": {"3 mars 2024", "1 août 2024"}, "Italian": {"3 marzo 2024", "1 luglio 2024"}, "": {"3 mars 2024", "1. Juli 2024"}, "English German French Spanish Italian Dutch Portuguese": {"3 nov 2024", "7 nov. 2023"}} {
		if got := strings.Join(MonthLanguages(texts), " "); got != want {
			t.Errorf("%q are in %q, want %q", texts, got, want)
		}
	}
}

// What is no day of a calendar with months: weeks of ISO 8601, whose year is their
// Thursday's, quarters, months, and times of day.
func TestF28_PartsOfWhatIsNoDay(t *testing.T) {
	for _, c := range []struct{ format, text, day, parts string }{
		{"%G-W%V", "2025-W01", "2025-01-02", "year month_sin month_cos age_days"},
		{"%G-W%V", "2020-W53", "2020-12-31", "year month_sin month_cos age_days"},
		{"%G-W%V", "2024-W53", "", ""},
		{"%G-W%V", "2024-W00", "", ""},
		{"%G-W%V-%u", "2024-W07-3", "2024-02-14", "year month_sin month_cos weekday_sin weekday_cos age_days"},
		{"%G-W%V-%u", "2020-W01-1", "2019-12-30", "year month_sin month_cos weekday_sin weekday_cos age_days"},
		{"%YQ%q", "2024Q3", "2024-07-01", "year month_sin month_cos age_days"},
		{"%Y-%m", "2024-02", "2024-02-01", "year month_sin month_cos age_days"},
		{"%Y-%m", "2024-13", "", ""},
		{"%H:%M", "18:00", "1970-01-01", "time_sin time_cos hours"},
		{"%H:%M", "24:00", "", ""},
		{"%I:%M%p", "6:00 p.m.", "1970-01-01", "time_sin time_cos hours"},
	} {
		f, err := ParseDateFormat(c.format)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := f.parse(c.text)
		if ok != (c.day != "") || ok && got.Format(time.DateOnly) != c.day {
			t.Errorf("%s as %s is %v, %t; want %s", c.text, c.format, got, ok, c.day)
		}
		if !ok {
			continue
		}
		r := NewDateRule(f)
		if parts := strings.Join(r.Parts, " "); parts != c.parts {
			t.Errorf("%s has the parts %s", c.format, parts)
		}
		if again, ok := f.parse(r.Format(seconds(got))); !ok || !again.Equal(got) {
			t.Errorf("%s is shown as %s", c.text, r.Format(seconds(got)))
		}
		if f.Clock() {
			if n := r.numbers(got); n[0] != -1 || n[1] != 0 || n[2] != 18 {
				t.Errorf("%s is %v", c.text, n)
			}
		}
	}
}

// A model of an older program has the pattern of its time, and reads what it read.
func TestF28_PatternsOfOlderPrograms(t *testing.T) {
	f, err := ParseDateFormat("%d %b %Y %I:%M%p")
	if err != nil {
		t.Fatal(err)
	}
	r := NewDateRule(f)
	r.Pattern, r.Months = `^([0-9]{1,2}) ([A-Za-z]{3,9}) ([0-9]{4}) ([0-9]{1,2}):([0-9]{2}) ?([AaPp][Mm])$`, nil
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	if _, ok := r.parse("3 Sept 2024 1:45 pm"); !ok {
		t.Error("what it read is refused")
	}
	if r.Pattern += "x"; r.Check() == nil {
		t.Error("another pattern is taken")
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
		"2024-W05-3", "2024W05", "W05 2024", "2024-03", "03/2024", "mars 2024", "Fevr. 2024", "2024Q1", "Q4 2023", "3rd March 2024", "3rd of March 2024", "March 22nd, 2024 1:45 p.m.", "1er mars 2024", "3. März 2024", "3. Ma\u0308rz 2024", "12 août 2023", "3 de marzo de 2024", "7 mrt 2024", "31 DÉC. 2024",
		"1 Sept 2021", "Sept 1, 2021", "JANUARY 31, 2024 12:59pm", "10/Oct/2000:13:55:36 -0700", "24/12/31", "31.1.2024 10:20", "Thurs., 4 Mar 2021",
	} {
		if !look.Is(s) || !(&DateLook{}).Is(s) {
			t.Errorf("%q is no date", s)
		}
	}
	for _, s := range []string{"", "2024", "1700000000", "555-123-4567", "192.168.10.1", "1.2.3", "12/34/5678", "31/02/2024", "2024-13-01", "march", "3 blind mice", "Mon", "10:20:30", "2024-W54", "2024-W05-8", "1834-12", "2024-13", "2024Q5", "Q0 2024", "13/2024", "3 jui 2024", "de mars 2024", "red 3 2024", "1/2", "may be 12 2024", "20241301", "99999999"} {
		if look.Is(s) {
			t.Errorf("%q is a date", s)
		}
	}
}
