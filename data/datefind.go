package data

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// clocks are the times of day that may stand behind a date.
var clocks = []string{
	"", "T%H:%M", "T%H:%M:%S", " %H:%M", " %H:%M:%S", "T%H:%M%z", "T%H:%M:%S%z", " %H:%M%z", " %H:%M:%S%z", " %H:%M%Z", " %H:%M:%S%Z",
	" %I:%M%p", " %I:%M:%S%p", ", %H:%M", ", %H:%M:%S", ", %I:%M%p", ", %I:%M:%S%p",
}

// withClocks are the formats of dates alone, and of each with a time of day.
func withClocks(dates ...string) []DateFormat {
	var all []DateFormat
	for _, date := range dates {
		for _, clock := range clocks {
			all = append(all, known(date+clock)...)
		}
	}
	return all
}

// known are formats of a list of ours.
func known(names ...string) (all []DateFormat) {
	for _, name := range names {
		f, err := ParseDateFormat(name)
		if err != nil {
			panic(err)
		}
		all = append(all, f)
	}
	return all
}

// isoDates have one meaning everywhere; dateFormats are all that are found by looking.
// A year of two digits that may as well be a day is among them, so that a column in
// which no row tells is refused.
var (
	isoDates    = sync.OnceValue(func() []DateFormat { return withClocks("%Y-%m-%d") })
	dateFormats = sync.OnceValue(func() []DateFormat {
		all := append(slices.Clone(isoDates()), withClocks("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
			"%d %b %Y", "%d %b, %Y", "%b %d, %Y", "%b %d %Y", "%d-%b-%Y", "%d/%b/%Y", "%d.%b.%Y", "%Y-%b-%d", "%Y %b %d", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d", "%d-%b-%y", "%d %b %y", "%d/%b/%y", "%b %d, %y",
			"%a, %d %b %Y", "%a %d %b %Y", "%a, %d-%b-%Y", "%a, %d-%b-%y", "%a, %b %d, %Y", "%a %b %d, %Y", "%a %b %e %Y")...)
		return append(all, known("%Y%m%dT%H%M%S", "%Y%m%dT%H%M%S%z", "%Y%m%d %H%M%S", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%d/%b/%Y:%H:%M:%S%z",
			"%a %b %e %H:%M:%S %Y", "%a %b %e %H:%M:%S%z %Y", "%a %b %e %H:%M:%S%Z %Y", "%s", "%Q")...)
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

// plausible says whether a number that counts from 1970 has the digits of one: 9 or 10
// for seconds, from 1973 on, 13 for milliseconds. Twelve are year to minute. Only formats
// that are looked for are held to it.
func (f *DateFormat) plausible(d time.Time) bool {
	const before, behind = 100_000_000, 10_000_000_000
	s := d.Unix()
	return !f.epoch() || s < behind && (s >= before && f.Fields[0] == "epoch" || s >= 10*before)
}

// fits are the formats, of some, in which a text is a date.
func fits(formats []DateFormat, s string) (out []DateFormat) {
	for _, f := range formats {
		if d, ok := f.parse(s); ok && f.plausible(d) {
			out = append(out, f)
		}
	}
	return out
}

// A DateLook tells dates from other texts, in the formats that are looked for. It
// remembers the one that it saw last, since columns have one. Seconds since 1970 are left
// out: a number may be anything.
type DateLook struct{ last *DateFormat }

// Is says whether a text is a date.
func (l *DateLook) Is(s string) bool {
	if l.last != nil {
		if _, ok := l.last.parse(s); ok {
			return true
		}
	}
	if !beginsAsDate().MatchString(strings.ToLower(strings.Trim(s, " \t"))) {
		return false
	}
	formats := dateFormats()
	for i := range formats {
		if f := &formats[i]; !f.epoch() {
			if _, ok := f.parse(s); ok {
				l.last = f
				return true
			}
		}
	}
	return false
}

// beginsAsDate matches what may begin a date, in lower case: three parts, of digits or a
// month's name, or all digits of a day.
var beginsAsDate = sync.OnceValue(func() *regexp.Regexp {
	part := `([0-9]{1,2}|[0-9]{4}|` + strings.Join(shortMonths(), "|") + `)[a-z]{0,6}`
	return regexp.MustCompile(`^((` + strings.Join(shortDays, "|") + `)[a-z.]{0,7},? )?` + part + `[-/., ]{1,2}` + part + `[-/., ]{1,2}([0-9]{1,4}|` + part + `)|^[0-9]{8}([ t]?[0-9]{4}|$)`)
})

var shortDays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func shortMonths() (short []string) {
	for _, m := range months {
		short = append(short, m[:3])
	}
	return short
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
		e := t.Errorf(row, column.Name, "%s is no date", show(c.Text)).WithHint("expected dates such as 2026-03-14, 14/03/2026, 20260314, Sat, 14 Mar 2026, 2026-03-14T15:09:26Z or seconds since 1970; another format is named by date_formats")
		if other := fits(dateFormats(), c.Text); len(other) > 0 && first >= 0 {
			e = t.Errorf(row, column.Name, "%s is a date as %s, and %s in row %d as %s", show(c.Text), formatNames(other), show(column.Cell(first).Text), first+1, formatNames(left)).
				WithHint("write all dates of a column in one format")
		}
		if err := t.Skip(e); err != nil {
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
