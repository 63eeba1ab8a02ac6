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
	Fields  []string `json:"fields"`  // year, month, day, hour, half, minute, second, fraction, zone; month may be a name, half is AM or PM; or epoch (seconds since 1970), epoch_ms
	match   *regexp.Regexp
}

// directives are what a format may hold, with what each matches.
var directives = map[byte]struct{ field, pattern string }{
	'Y': {"year", `([0-9]{4})`}, 'y': {"year", `([0-9]{2})`}, 'm': {"month", `([0-9]{1,2})`}, 'd': {"day", `([0-9]{1,2})`}, 'e': {"day", ` ?([0-9]{1,2})`}, 'b': {"month", `([A-Za-z]{3,9})`},
	'H': {"hour", `([0-9]{1,2})`}, 'I': {"hour", `([0-9]{1,2})`}, 'M': {"minute", `([0-9]{2})`}, 'S': {"second", `([0-9]{2})`},
	'p': {"half", ` ?([AaPp][Mm])`}, 'z': {"zone", ` ?(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)`}, 'Z': {"zone", ` ?([Gg][Mm][Tt]|[Uu][Tt][Cc])`},
	'a': {"", weekdays()}, // a date has one without being told
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
			return f, fmt.Errorf("%%%c is not known; known are %%Y %%y %%m %%b %%d %%e %%a %%H %%I %%p %%M %%S %%z %%Z %%s %%Q", name[i])
		}
		pattern := d.pattern
		if strings.HasPrefix(name, "%Y%m%d") && (d.field == "month" || d.field == "day" || d.field == "hour" && strings.Contains(name, "%H%M")) {
			pattern = strings.Replace(pattern, "{1,2}", "{2}", 1) // nothing stands between
		}
		p += pattern
		if d.field == "" {
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
	if f.epoch() {
		if len(f.Fields)-has["fraction"] > 1 {
			return fmt.Errorf("%q: seconds or milliseconds since 1970 are the whole date, with nothing beside them", f.Name)
		}
		return nil
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
func (f *DateFormat) Timed() bool { return slices.Contains(f.Fields, "hour") || f.epoch() }

// epoch says whether the format counts from 1970.
func (f *DateFormat) epoch() bool {
	return len(f.Fields) > 0 && strings.HasPrefix(f.Fields[0], "epoch")
}

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
	t := time.Date(v["year"], time.Month(v["month"]), v["day"], v["hour"], v["minute"], v["second"], v["fraction"], time.UTC)
	// Time carries over what is too much: a 31st of February would be one of March.
	if v["month"] < 1 || v["month"] > 12 || t.Day() != v["day"] || t.Hour() != v["hour"] || t.Minute() != v["minute"] || t.Second() != v["second"] || v["year"] == 0 {
		return time.Time{}, false
	}
	t = t.Add(-time.Duration(v["zone"]) * time.Second)
	return t, t.Year() >= 1 && t.Year() <= 9999
}
