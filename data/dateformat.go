package data

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A DateFormat is the one way in which a column writes its dates. It is a regular
// expression of what every language has, so that an export reads dates by it too.
type DateFormat struct {
	Name    string   `json:"name"`    // as of strftime: %d/%m/%Y
	Pattern string   `json:"pattern"` // of the whole cell, a group for each of Fields
	Fields  []string `json:"fields"`  // year, month, day, hour, minute, second, fraction, zone; month may be a name
	match   *regexp.Regexp
}

// directives are what a format may hold, with what each matches.
var directives = map[byte]struct{ field, pattern string }{
	'Y': {"year", `([0-9]{4})`}, 'm': {"month", `([0-9]{1,2})`}, 'd': {"day", `([0-9]{1,2})`}, 'b': {"month", `([A-Za-z]{3,9})`},
	'H': {"hour", `([0-9]{1,2})`}, 'M': {"minute", `([0-9]{2})`}, 'S': {"second", `([0-9]{2})`}, 'z': {"zone", ` ?(Z|z|[+-][0-9]{2}:?[0-9]{2})`},
}

// goLayout is how Go writes formats, in terms of strftime.
var goLayout = strings.NewReplacer("2006", "%Y", "Jan", "%b", "01", "%m", "02", "%d", "15", "%H", "04", "%M", "05", "%S", "Z07:00", "%z", "-07:00", "%z", "-0700", "%z")

// newDateFormat reads a format as strftime or Go has it: %d/%m/%Y, 02/01/2006.
func newDateFormat(name string) (DateFormat, error) {
	if !strings.Contains(name, "%") {
		name = goLayout.Replace(name)
	}
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
			return f, fmt.Errorf("%%%c is not known; known are %%Y %%m %%b %%d %%H %%M %%S %%z", name[i])
		}
		pattern := d.pattern
		if name == "%Y%m%d" || strings.HasPrefix(name, "%Y%m%d") && (d.field == "month" || d.field == "day") {
			pattern = strings.Replace(pattern, "{1,2}", "{2}", 1) // nothing stands between
		}
		p += pattern
		f.Fields = append(f.Fields, d.field)
		if d.field == "second" {
			p += `(?:[.,]([0-9]{1,9}))?`
			f.Fields = append(f.Fields, "fraction")
		}
	}
	for _, need := range []string{"year", "month", "day"} {
		if strings.Count(strings.Join(f.Fields, " "), need) != 1 {
			return f, fmt.Errorf("%q has not one %s, expected a format such as %%d/%%m/%%Y or 02/01/2006", name, need)
		}
	}
	f.Pattern = p + "$"
	f.match = regexp.MustCompile(f.Pattern)
	return f, nil
}

// timed says whether the format has an hour.
func (f *DateFormat) timed() bool { return strings.Contains(f.Name, "%H") }

var months = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// parse reads a date in UTC; a date without a zone counts as UTC.
func (f *DateFormat) parse(s string) (time.Time, bool) {
	groups := f.match.FindStringSubmatch(strings.Trim(s, " \t"))
	if groups == nil {
		return time.Time{}, false
	}
	v := map[string]int{}
	for i, field := range f.Fields {
		text := groups[i+1]
		n, err := strconv.Atoi(text)
		switch {
		case field == "month" && err != nil:
			for m, name := range months {
				if strings.HasPrefix(strings.ToLower(text), name) {
					n = m + 1
				}
			}
		case field == "zone" && len(text) > 1:
			digits := strings.ReplaceAll(text[1:], ":", "")
			h, _ := strconv.Atoi(digits[:2])
			m, _ := strconv.Atoi(digits[2:])
			if h > 23 || m > 59 {
				return time.Time{}, false
			}
			if n = h*3600 + m*60; text[0] == '-' {
				n = -n
			}
		case field == "fraction":
			n, _ = strconv.Atoi((text + "000000000")[:9])
		}
		v[field] = n
	}
	t := time.Date(v["year"], time.Month(v["month"]), v["day"], v["hour"], v["minute"], v["second"], v["fraction"], time.UTC)
	// Time carries over what is too much: a 31st of February would be one of March.
	if v["month"] < 1 || v["month"] > 12 || t.Day() != v["day"] || t.Hour() != v["hour"] || t.Minute() != v["minute"] || t.Second() != v["second"] || v["year"] == 0 {
		return time.Time{}, false
	}
	return t.Add(-time.Duration(v["zone"]) * time.Second), true
}

// dateFormats are those that are found by looking; isoDates are those that have one
// meaning everywhere.
var isoDates, dateFormats = func() (iso, all []DateFormat) {
	for _, date := range []string{"%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y", "%b %d, %Y", "%d-%b-%Y"} {
		for _, clock := range []string{"", "T%H:%M", "T%H:%M:%S", " %H:%M", " %H:%M:%S"} {
			for _, zone := range []string{"", "%z"} {
				if clock == "" && zone != "" {
					continue
				}
				f, err := newDateFormat(date + clock + zone)
				if err != nil {
					panic(err) // of a list of ours
				}
				all = append(all, f)
				if date == "%Y-%m-%d" {
					iso = append(iso, f)
				}
			}
		}
	}
	return iso, all
}()

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

// findDateFormat is the one format of a column's training rows.
func findDateFormat(t *Table, column *Column, rows []int) (DateFormat, error) {
	left := dateFormats
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
		if other := fits(dateFormats, c.Text); len(other) > 0 && first >= 0 {
			e = t.Errorf(row, column.Name, "%s is a date as %s, and %s in row %d as %s", show(c.Text), formatNames(other), show(column.Cell(first).Text), first+1, formatNames(left)).
				WithHint("write all dates of a column in one format")
		}
		if err := t.skip(e); err != nil {
			return DateFormat{}, err
		}
	}
	switch {
	case first < 0:
		return dateFormats[0], nil // no row has one; the caller warns
	case len(left) > 1:
		return DateFormat{}, t.Errorf(-1, column.Name, "dates such as %s can be read as %s, and no training row tells which", show(column.Cell(first).Text), formatNames(left)).
			WithHint("say so: date_formats: {%s: %q}", column.Name, left[0].Name)
	}
	return left[0], nil
}
