package guess

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// dated finds the one format of a column of dates, without which it cannot be
// read, and says what there is to say of it.
func (s *survey) dated(p *profile) string {
	var rows []int
	for row := range s.table.Len() {
		if s.readable(row) {
			rows = append(rows, row)
		}
	}
	f, err := s.dateFormat(p, rows)
	var why *data.Error
	switch {
	case err == nil:
		p.date = f.Name
		return p.tongue(f)
	case errors.As(err, &why) && why.Row > 0:
		return fmt.Sprintf("; row %d: %s, so they are not read", why.Row, why.Message)
	case errors.As(err, &why):
		return "; " + why.Message + ", so they are not read until date_formats says"
	}
	return "; they are not read: " + err.Error()
}

// tongue says in which language the names of months are, where it is not English; where
// they are of several, that is said as well: no name is of two months.
func (p *profile) tongue(f data.DateFormat) string {
	if len(f.Months) == 0 {
		return ""
	}
	switch of := data.MonthLanguages(slices.Collect(maps.Keys(p.counts))); {
	case len(of) == 0:
		return "; names of months are of several languages, and read as they are"
	case of[0] == "English":
		return ""
	default:
		return "; names of months are " + strings.Join(of, " or ")
	}
}

// dateFormat is the one format of a column, but for a few rows, which train leaves out.
func (s *survey) dateFormat(p *profile, rows []int) (data.DateFormat, error) {
	bad := s.table.Bad
	defer func() { s.table.Bad = bad }()
	s.table.Bad = bad.Clone()
	f, err := data.FindDateFormat(s.table, p.column, rows)
	if others := s.table.Bad.Len() - bad.Len(); err != nil || float64(others) <= strayShare*float64(len(rows)) {
		return f, err
	}
	s.table.Bad = nil // so that the first of them is an error
	return data.FindDateFormat(s.table, p.column, rows)
}

// The years whose seconds since 1970 a column named as a time is likely to hold.
const firstSecond, lastSecond = 631_152_000, 4_102_444_800 // 1990 and 2100

// ticking says whether the numbers of a column are seconds or milliseconds since 1970,
// by its name and by when they would be.
func (p *profile) ticking() bool {
	if len(p.values) == 0 || len(p.notNumbers) > 0 || !namedTime(p.name()) {
		return false
	}
	low, high := bounds(p.values)
	if p.whole && low >= 1000*firstSecond {
		low, high = low/1000, high/1000
	}
	return firstSecond <= low && high < lastSecond
}

// sure says whether a format of dates can be told from any of them: the year
// comes first.
func sure(format string) bool { return strings.HasPrefix(format, "%Y") }

// writeDates writes the columns of dates, and the formats of those whose days and
// months the training rows alone might not tell apart.
func (s *survey) writeDates(w *page, g group) {
	dates := g.of(Date)
	if len(dates) == 0 {
		return
	}
	w.line("", "    dates: %s", list(dates, "      "))
	var formats []string
	for _, p := range dates {
		if !sure(p.date) {
			formats = append(formats, fmt.Sprintf("%s: %s", scalar(p.name()), scalar(p.date)))
		}
	}
	if len(formats) > 0 {
		w.line("", "    date_formats: {%s}", strings.Join(formats, ", "))
	}
}
