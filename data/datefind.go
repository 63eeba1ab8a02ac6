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
			"%d of %b %Y", "%d of %b, %Y", "%d de %b de %Y", "%d de %b %Y", "%a, %d %b %Y", "%a %d %b %Y", "%a, %d-%b-%Y", "%a, %d-%b-%y", "%a, %b %d, %Y", "%a %b %d, %Y", "%a %b %e %Y")...)
		all = append(all, known("%Y-%m", "%Y/%m", "%Y.%m", "%Y%m", "%m/%Y", "%m-%Y", "%m.%Y", "%b %Y", "%b, %Y", "%b-%Y", "%b/%Y", "%b de %Y", "%Y-%b", "%Y %b",
			"%YQ%q", "%Y-Q%q", "%Y Q%q", "%Y/Q%q", "Q%q %Y", "Q%q-%Y", "Q%q/%Y", "%qQ%Y", "%G-W%V-%u", "%G-W%V", "%GW%V%u", "%GW%V", "%G W%V", "W%V %G", "W%V-%G", "W%V/%G",
			"%H:%M", "%H:%M:%S", "%I:%M%p", "%I:%M:%S%p", "%I%p")...)
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

// plausible says whether a date is one that a format may be told by: a number that
// counts from 1970 has 9 or 10 digits for seconds, from 1973 on, 13 for milliseconds (twelve
// are year to minute), and what has no day, which many codes look like, is of this century
// or the one before. Only formats that are looked for are held to it.
func (f *DateFormat) plausible(d time.Time) bool {
	const before, behind = 100_000_000, 10_000_000_000
	s := d.Unix()
	if !f.Daily() && !f.Clock() {
		return d.Year() >= 1900 && d.Year() < 2100
	}
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
// out: a number may be anything. So are times of day; see IsClock.
type DateLook struct{ last *DateFormat }

// Is says whether a text is a date.
func (l *DateLook) Is(s string) bool {
	if l.last != nil {
		if d, ok := l.last.parse(s); ok && l.last.plausible(d) {
			return true
		}
	}
	if !beginsAsDate().MatchString(plainWord(strings.Trim(s, " \t"))) {
		return false
	}
	formats := dateFormats()
	for i := range formats {
		if f := &formats[i]; !f.epoch() && !f.Clock() {
			if d, ok := f.parse(s); ok && f.plausible(d) {
				l.last = f
				return true
			}
		}
	}
	return false
}

// IsClock tells times of day from other texts.
func IsClock(s string) bool {
	if s = strings.Trim(s, " \t"); len(s) < 3 || len(s) > 24 || s[0] < '0' || s[0] > '9' {
		return false
	}
	return slices.ContainsFunc(clockFormats(), func(f DateFormat) bool {
		_, ok := f.parse(s)
		return ok
	})
}

var clockFormats = sync.OnceValue(func() []DateFormat {
	return slices.DeleteFunc(slices.Clone(dateFormats()), func(f DateFormat) bool { return !f.Clock() })
})

// beginsAsDate matches what may begin a date, in lower case and without accents: three
// parts, of digits or a month's name; a month and a year; a quarter; a week; or all digits
// of a day.
var beginsAsDate = sync.OnceValue(func() *regexp.Regexp {
	var short []string
	for _, names := range months() {
		for _, name := range names {
			short = append(short, name[:leastMonth])
		}
	}
	slices.Sort(short)
	month := "(" + strings.Join(slices.Compact(short), "|") + ")[a-z]{0,8}"
	part, between := `([0-9]{1,2}[a-z.ºª°]{0,2}|[0-9]{4}|`+month+`)`, `[-/., ]{1,2}((of|de) )?`
	return regexp.MustCompile(`^((` + strings.Join(shortDays, "|") + `)[a-z.]{0,7},? )?` + part + between + part + between + `([0-9]{1,4}|` + part + `)|^[0-9]{8}([ t]?[0-9]{4}|$)` +
		`|^[0-9]{4}[-/. ]?([0-9]{1,2}|` + month + `)$|^([0-9]{1,2}|` + month + `)` + between + `[0-9]{4}$` +
		`|^[0-9]{4}[-/ ]?q[1-4]$|^q[1-4][-/ ][0-9]{4}$|^[1-4]q[0-9]{4}$|^[0-9]{4}[- ]?w[0-9]{1,2}(-?[1-7])?$|^w[0-9]{1,2}[-/ ][0-9]{4}$`)
})

var shortDays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

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
		e := t.Errorf(row, column.Name, "%s is no date", show(c.Text)).WithHint("expected dates such as 2026-03-14, 14/03/2026, 20260314, Sat, 14 Mar 2026, 2026-03-14T15:09:26Z, 2026-03, 2026Q1, 2026-W11, times of day such as 15:09, or seconds since 1970; another format is named by date_formats")
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
