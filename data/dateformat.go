package data

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A DateFormat is the one way in which a column writes its dates. It is a regular
// expression of what every language has, so that an export reads dates by it too.
type DateFormat struct {
	Name    string   `json:"name"`    // as of strftime: %d/%m/%Y
	Pattern string   `json:"pattern"` // of the whole cell, a group for each of Fields
	Fields  []string `json:"fields"`  // year, month, day, hour, half, minute, second, fraction, zone; month may be a name, half is AM or PM
	match   *regexp.Regexp
}

// directives are what a format may hold, with what each matches.
var directives = map[byte]struct{ field, pattern string }{
	'Y': {"year", `([0-9]{4})`}, 'y': {"year", `([0-9]{2})`}, 'm': {"month", `([0-9]{1,2})`}, 'd': {"day", `([0-9]{1,2})`}, 'b': {"month", `([A-Za-z]{3,9})`},
	'H': {"hour", `([0-9]{1,2})`}, 'I': {"hour", `([0-9]{1,2})`}, 'M': {"minute", `([0-9]{2})`}, 'S': {"second", `([0-9]{2})`},
	'p': {"half", ` ?([AaPp][Mm])`}, 'z': {"zone", ` ?(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)`},
}

// goLayout is how Go writes formats, in terms of strftime; what has two digits comes
// before what has one.
var goLayout = strings.NewReplacer("2006", "%Y", "January", "%b", "Jan", "%b", "Z07:00", "%z", "-07:00", "%z", "-0700", "%z", "PM", "%p",
	"01", "%m", "02", "%d", "03", "%I", "04", "%M", "05", "%S", "06", "%y", "15", "%H", "1", "%m", "2", "%d", "3", "%I")

// goFraction is what a layout of Go writes behind the seconds; %S reads fractions anyway.
var goFraction = regexp.MustCompile(`05[.,](0+|9+)`)

// newDateFormat reads a format as strftime or Go has it: %d/%m/%Y, 02/01/2006.
func newDateFormat(name string) (DateFormat, error) {
	if !strings.Contains(name, "%") {
		name = goLayout.Replace(goFraction.ReplaceAllString(name, "05"))
	}
	name = strings.ReplaceAll(name, "%B", "%b")
	f := DateFormat{Name: name}
	p := "^"
	for i := 0; i < len(name); i++ {
		if name[i] != '%' {
			p += regexp.QuoteMeta(name[i : i+1])
			continue
		}
		if i++; i == len(name) {
			return f, fmt.Errorf("%q ends with %%", name)
		}
		d, ok := directives[name[i]]
		if !ok {
			return f, fmt.Errorf("%%%c is not known; known are %%Y %%y %%m %%b %%d %%H %%I %%p %%M %%S %%z", name[i])
		}
		pattern := d.pattern
		if strings.HasPrefix(name, "%Y%m%d") && (d.field == "month" || d.field == "day") {
			pattern = strings.Replace(pattern, "{1,2}", "{2}", 1) // nothing stands between
		}
		p += pattern
		f.Fields = append(f.Fields, d.field)
		if d.field == "second" {
			p += `(?:[.,]([0-9]+))?`
			f.Fields = append(f.Fields, "fraction")
		}
	}
	if err := f.complete(); err != nil {
		return f, err
	}
	f.Pattern = p + "$"
	f.match = regexp.MustCompile(f.Pattern)
	return f, nil
}

// complete refuses a format that lacks a part of a date, or has one twice.
func (f *DateFormat) complete() error {
	has := map[string]int{}
	for _, field := range f.Fields {
		if has[field]++; has[field] > 1 {
			return fmt.Errorf("%q has the %s twice", f.Name, field)
		}
	}
	for _, need := range []string{"year", "month", "day"} {
		if has[need] == 0 {
			return fmt.Errorf("%q has no %s, expected a format such as %%d/%%m/%%Y or 02/01/2006", f.Name, need)
		}
	}
	if strings.Contains(f.Name, "%I") != (has["half"] == 1) {
		return fmt.Errorf("%q: hours up to twelve (%%I) and AM or PM (%%p) go together", f.Name)
	}
	return nil
}

// Timed says whether the format has an hour.
func (f *DateFormat) Timed() bool { return slices.Contains(f.Fields, "hour") }

var months = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// number is a group of a format as a number: seconds of a zone, nanoseconds of a
// fraction, 12 of PM. A group that is not there is 0.
func (f *DateFormat) number(field, text string) (int, bool) {
	n, err := strconv.Atoi(text)
	switch {
	case text == "":
		return 0, true
	case field == "month" && err != nil:
		n = 1 + slices.IndexFunc(months, func(m string) bool { return strings.HasPrefix(m, strings.ToLower(text)) })
	case field == "year" && len(text) == 2: // as strptime of POSIX
		if n += 1900; n < 1969 {
			n += 100
		}
	case field == "half":
		n = 0
		if text[0] == 'P' || text[0] == 'p' {
			n = 12
		}
	case field == "zone" && len(text) == 1:
		n = 0
	case field == "zone":
		digits := (strings.ReplaceAll(text[1:], ":", "") + "00")[:4]
		h, _ := strconv.Atoi(digits[:2])
		m, _ := strconv.Atoi(digits[2:])
		if n = h*3600 + m*60; text[0] == '-' {
			n = -n
		}
		return n, h < 24 && m < 60
	case field == "fraction":
		n, _ = strconv.Atoi((text + "000000000")[:9])
	}
	return n, true
}

// parse reads a date in UTC; a date without a zone counts as UTC.
func (f *DateFormat) parse(s string) (time.Time, bool) {
	groups := f.match.FindStringSubmatch(strings.Trim(s, " \t"))
	if groups == nil {
		return time.Time{}, false
	}
	v := map[string]int{}
	for i, field := range f.Fields {
		n, ok := f.number(field, groups[i+1])
		if !ok {
			return time.Time{}, false
		}
		v[field] = n
	}
	if slices.Contains(f.Fields, "half") {
		if v["hour"] < 1 || v["hour"] > 12 {
			return time.Time{}, false
		}
		v["hour"] = v["hour"]%12 + v["half"]
	}
	t := time.Date(v["year"], time.Month(v["month"]), v["day"], v["hour"], v["minute"], v["second"], v["fraction"], time.UTC)
	// Time carries over what is too much: a 31st of February would be one of March.
	if v["month"] < 1 || v["month"] > 12 || t.Day() != v["day"] || t.Hour() != v["hour"] || t.Minute() != v["minute"] || t.Second() != v["second"] || v["year"] == 0 {
		return time.Time{}, false
	}
	t = t.Add(-time.Duration(v["zone"]) * time.Second)
	return t, t.Year() >= 1 && t.Year() <= 9999
}

// withClocks are the formats of dates alone, and of each with a time of day.
func withClocks(dates ...string) []DateFormat {
	var all []DateFormat
	for _, date := range dates {
		for _, clock := range []string{"", "T%H:%M", "T%H:%M:%S", " %H:%M", " %H:%M:%S", "T%H:%M%z", "T%H:%M:%S%z", " %H:%M%z", " %H:%M:%S%z", " %I:%M%p", " %I:%M:%S%p"} {
			f, err := newDateFormat(date + clock)
			if err != nil {
				panic(err) // of a list of ours
			}
			all = append(all, f)
		}
	}
	return all
}

// isoDates have one meaning everywhere; dateFormats are all that are found by looking.
// A year of two digits that may as well be a day is among them, so that a column in
// which no row tells is refused.
var (
	isoDates    = sync.OnceValue(func() []DateFormat { return withClocks("%Y-%m-%d") })
	dateFormats = sync.OnceValue(func() []DateFormat {
		return append(slices.Clone(isoDates()), withClocks("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
			"%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d-%b-%Y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d", "%d-%b-%y", "%d %b %y")...)
	})
)

// ParseDate reads a date as SplitConfig.Time does: year, month and day with - between
// them, perhaps with a time of day, as ISO 8601 has it. Without a zone it counts as
// UTC. It is false for anything else.
func ParseDate(s string) (time.Time, bool) {
	if s = strings.Trim(s, " \t"); len(s) < 8 || s[4] != '-' {
		return time.Time{}, false
	}
	for _, f := range isoDates() {
		if d, ok := f.parse(s); ok {
			return d, true
		}
	}
	return time.Time{}, false
}

// fits are the formats, of some, in which a text is a date.
func fits(formats []DateFormat, s string) (out []DateFormat) {
	for _, f := range formats {
		if _, ok := f.parse(s); ok {
			out = append(out, f)
		}
	}
	return out
}

func formatNames(formats []DateFormat) string {
	var names []string
	for _, f := range formats {
		names = append(names, f.Name)
	}
	return strings.Join(names, " or ")
}

// FindDateFormat is the one format of a column's training rows.
func FindDateFormat(t *Table, column *Column, rows []int) (DateFormat, error) {
	left := dateFormats()
	first := -1
	for _, row := range rows {
		c := column.Cell(row)
		if c.Missing() {
			continue
		}
		own := fits(left, c.Text)
		if len(own) > 0 {
			if left = own; first < 0 {
				first = row
			}
			continue
		}
		e := t.Errorf(row, column.Name, "%s is no date", show(c.Text)).WithHint("expected dates such as 2026-03-14, 14/03/2026, 20260314 or 2026-03-14T15:09:26Z; another format is named by date_formats")
		if other := fits(dateFormats(), c.Text); len(other) > 0 && first >= 0 {
			e = t.Errorf(row, column.Name, "%s is a date as %s, and %s in row %d as %s", show(c.Text), formatNames(other), show(column.Cell(first).Text), first+1, formatNames(left)).
				WithHint("write all dates of a column in one format")
		}
		if err := t.skip(e); err != nil {
			return DateFormat{}, err
		}
	}
	switch {
	case first < 0:
		return dateFormats()[0], nil // no row has one; the caller warns
	case len(left) > 1:
		return DateFormat{}, t.Errorf(-1, column.Name, "dates such as %s can be read as %s, and no training row tells which", show(column.Cell(first).Text), formatNames(left)).
			WithHint("say so: date_formats: {%s: %q}", column.Name, left[0].Name)
	}
	return left[0], nil
}
