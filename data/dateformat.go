package data

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A DateFormat is the one way in which a column writes its dates. It is a regular
// expression of what every language has, so that an export reads dates by it too.
type DateFormat struct {
	Name    string   `json:"name"`    // as of strftime: %d/%m/%Y
	Pattern string   `json:"pattern"` // of the whole cell, a group for each of Fields
	Fields  []string `json:"fields"`  // of fieldSets, perhaps with fraction and zone; month may be a name, half is AM or PM
	// Months are the names of each month, of which a cell may have the beginning; only of
	// a format with names.
	Months [][]string `json:"months,omitempty"`
	match  *regexp.Regexp
}

// fieldSets are what a format may be made of, each set whole but for what is optional.
// What a date lacks is its beginning: the first of a month or of a quarter; a week is its
// Thursday, which is in the month and the year that most of it is in.
var fieldSets = []struct{ needs, may []string }{
	{[]string{"year", "month", "day"}, clockFields},
	{[]string{"year", "month"}, nil},
	{[]string{"year", "quarter"}, nil},
	{[]string{"iso_year", "week"}, []string{"weekday"}},
	{[]string{"hour"}, []string{"half", "minute", "second", "fraction"}}, // a time of day
	{[]string{"epoch"}, []string{"fraction"}},                            // seconds since 1970
	{[]string{"epoch_ms"}, nil},
}

var clockFields = []string{"hour", "half", "minute", "second", "fraction", "zone"}

// What a month's name is made of, with an abbreviation's point behind it, and what may
// stand behind the number of a day beside it: 3rd, 1er, 3., 1º.
const (
	monthWord = "([A-Za-zÀ-ÿ\u0300-\u036f]{3,12})\\.?"
	ordinal   = `(?:[Ss][Tt]|[Nn][Dd]|[Rr][Dd]|[Tt][Hh]|er|e|[ºª°]|\.)?`
)

// directives are what a format may hold, with what each matches.
var directives = map[byte]struct{ field, pattern string }{
	'Y': {"year", `([0-9]{4})`}, 'y': {"year", `([0-9]{2})`}, 'm': {"month", `([0-9]{1,2})`}, 'd': {"day", `([0-9]{1,2})`}, 'e': {"day", ` ?([0-9]{1,2})`}, 'b': {"month", monthWord},
	'H': {"hour", `([0-9]{1,2})`}, 'I': {"hour", `([0-9]{1,2})`}, 'M': {"minute", `([0-9]{2})`}, 'S': {"second", `([0-9]{2})`},
	'p': {"half", ` ?([AaPp]\.?[Mm]\.?)`}, 'z': {"zone", ` ?(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)`}, 'Z': {"zone", ` ?([Gg][Mm][Tt]|[Uu][Tt][Cc])`},
	'a': {"", weekdays()}, // a date has one without being told
	'G': {"iso_year", `([0-9]{4})`}, 'V': {"week", `([0-9]{2})`}, 'u': {"weekday", `([1-7])`}, 'q': {"quarter", `([1-4])`},
	's': {"epoch", `([0-9]{1,11})`}, 'Q': {"epoch_ms", `([0-9]{1,14})`},
}

// weekdays matches the names of the days of a week and their short forms, in any case.
func weekdays() string {
	anyCase := func(s string) (p string) {
		for _, r := range s {
			p += "[" + strings.ToUpper(string(r)) + string(r) + "]"
		}
		return p
	}
	var all []string
	for _, day := range [][]string{{"mon", "day"}, {"tue", "s", "day"}, {"wed", "s", "nesday"}, {"thu", "r", "s", "day"}, {"fri", "day"}, {"sat", "urday"}, {"sun", "day"}} {
		p := anyCase(day[0])
		for _, more := range day[1:] {
			p += "(?:" + anyCase(more) + ")?"
		}
		all = append(all, p)
	}
	return "(?:" + strings.Join(all, "|") + `)\.?`
}

// goLayout is how Go writes formats, in terms of strftime; what has two digits comes
// before what has one.
var goLayout = strings.NewReplacer("2006", "%Y", "January", "%b", "Jan", "%b", "Monday", "%a", "Mon", "%a", "Z07:00", "%z", "-07:00", "%z", "-0700", "%z", "MST", "%Z", "PM", "%p",
	"01", "%m", "02", "%d", "_2", "%e", "03", "%I", "04", "%M", "05", "%S", "06", "%y", "15", "%H", "1", "%m", "2", "%d", "3", "%I")

// goFraction is what a layout of Go writes behind the seconds; %S reads fractions anyway.
var goFraction = regexp.MustCompile(`05[.,](0+|9+)`)

// ParseDateFormat reads a format as strftime or Go has it: %d/%m/%Y, 02/01/2006.
func ParseDateFormat(name string) (DateFormat, error) {
	if !strings.Contains(name, "%") {
		name = goLayout.Replace(goFraction.ReplaceAllString(name, "05"))
	}
	name = strings.NewReplacer("%B", "%b", "%A", "%a").Replace(name)
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
			return f, fmt.Errorf("%%%c is not known; known are %%Y %%y %%m %%b %%d %%e %%a %%H %%I %%p %%M %%S %%z %%Z %%G %%V %%u %%q %%s %%Q", name[i])
		}
		pattern := d.pattern
		if strings.HasPrefix(name, "%Y%m") && (d.field == "month" || d.field == "day" || d.field == "hour" && strings.Contains(name, "%H%M")) {
			pattern = strings.Replace(pattern, "{1,2}", "{2}", 1) // nothing stands between
		}
		if d.field == "day" && strings.Contains(name, "%b") {
			pattern += ordinal
		}
		if p += pattern; d.field == "" {
			continue
		}
		f.Fields = append(f.Fields, d.field)
		if d.field == "second" || d.field == "epoch" {
			p += `(?:[.,]([0-9]+))?`
			f.Fields = append(f.Fields, "fraction")
		}
	}
	if err := f.complete(); err != nil {
		return f, err
	}
	f.Pattern = p + "$"
	if strings.Contains(name, "%b") {
		f.Months = months()
	}
	f.match = regexp.MustCompile(f.Pattern)
	return f, nil
}

// complete refuses a format that lacks a part of a date, or has one twice, or parts that
// do not go together.
func (f *DateFormat) complete() error {
	has := map[string]int{}
	for _, field := range f.Fields {
		if has[field]++; has[field] > 1 {
			return fmt.Errorf("%q has the %s twice", f.Name, field)
		}
	}
	for _, set := range fieldSets {
		if f.hasAll(set.needs) && !slices.ContainsFunc(f.Fields, func(field string) bool {
			return !slices.Contains(set.needs, field) && !slices.Contains(set.may, field)
		}) {
			return f.halves()
		}
	}
	if f.epoch() {
		return fmt.Errorf("%q: seconds or milliseconds since 1970 are the whole date, with nothing beside them", f.Name)
	}
	return fmt.Errorf("%q is no date, expected a format such as %%d/%%m/%%Y or 02/01/2006, %%Y-%%m, %%YQ%%q, %%G-W%%V, or of a time of day %%H:%%M", f.Name)
}

// halves refuses hours up to twelve of which nothing says which half of the day they are
// in, and a format that has two names for one field.
func (f *DateFormat) halves() error {
	if strings.Contains(f.Name, "%I") != slices.Contains(f.Fields, "half") {
		return fmt.Errorf("%q: hours up to twelve (%%I) and AM or PM (%%p) go together", f.Name)
	}
	return nil
}

func (f *DateFormat) hasAll(fields []string) bool {
	return !slices.ContainsFunc(fields, func(field string) bool { return !slices.Contains(f.Fields, field) })
}

// Daily says whether the format tells days apart, and so the days of the week.
func (f *DateFormat) Daily() bool {
	return f.hasAll([]string{"day"}) || f.hasAll([]string{"weekday"}) || f.epoch()
}

// Clock says whether the format is of times of day, on no date.
func (f *DateFormat) Clock() bool {
	return slices.Contains(f.Fields, "hour") && !slices.Contains(f.Fields, "year")
}

// Timed says whether the format has an hour.
func (f *DateFormat) Timed() bool { return slices.Contains(f.Fields, "hour") || f.epoch() }

// epoch says whether the format counts from 1970.
func (f *DateFormat) epoch() bool {
	return len(f.Fields) > 0 && strings.HasPrefix(f.Fields[0], "epoch")
}

// number is a group of a format as a number: seconds of a zone, nanoseconds of a
// fraction, 12 of PM. A group that is not there is 0.
func (f *DateFormat) number(field, text string) (int, bool) {
	n, err := strconv.Atoi(text)
	switch {
	case text == "":
		return 0, true
	case field == "month" && err != nil:
		n = monthOf(text)
	case field == "year" && len(text) == 2: // as strptime of POSIX
		if n += 1900; n < 1969 {
			n += 100
		}
	case field == "half":
		n = 0
		if text[0] == 'P' || text[0] == 'p' {
			n = 12
		}
	case field == "zone" && text[0] != '+' && text[0] != '-': // Z, GMT, UTC
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
	if f.epoch() {
		t := time.UnixMilli(int64(v["epoch_ms"])).Add(time.Duration(v["fraction"]))
		return time.Unix(t.Unix()+int64(v["epoch"]), int64(t.Nanosecond())).UTC(), true
	}
	if slices.Contains(f.Fields, "half") {
		if v["hour"] < 1 || v["hour"] > 12 {
			return time.Time{}, false
		}
		v["hour"] = v["hour"]%12 + v["half"]
	}
	t, ok := f.at(v)
	if !ok {
		return time.Time{}, false
	}
	t = t.Add(-time.Duration(v["zone"]) * time.Second)
	return t, t.Year() >= 1 && t.Year() <= 9999
}

// at is the time of the fields of a date, without its zone.
func (f *DateFormat) at(v map[string]int) (time.Time, bool) {
	switch {
	case f.Clock():
		v["year"], v["month"], v["day"] = 1970, 1, 1
	case slices.Contains(f.Fields, "week"):
		return weekday(v["iso_year"], v["week"], v["weekday"])
	case slices.Contains(f.Fields, "quarter"):
		v["month"], v["day"] = 3*v["quarter"]-2, 1
	case !slices.Contains(f.Fields, "day"):
		v["day"] = 1
	}
	t := time.Date(v["year"], time.Month(v["month"]), v["day"], v["hour"], v["minute"], v["second"], v["fraction"], time.UTC)
	// Time carries over what is too much: a 31st of February would be one of March.
	return t, v["month"] >= 1 && v["month"] <= 12 && t.Day() == v["day"] && t.Hour() == v["hour"] && t.Minute() == v["minute"] && t.Second() == v["second"] && v["year"] != 0
}

// weekday is a day of a week of ISO 8601, from 1 for Monday; 0 is its Thursday. Week 1 has
// the 4th of January.
func weekday(year, week, day int) (time.Time, bool) {
	if day == 0 {
		day = int(time.Thursday)
	}
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	t := monday.AddDate(0, 0, 7*(week-1)+day-1)
	y, w := t.ISOWeek()
	return t, year != 0 && y == year && w == week
}
