package guess

import (
	"fmt"
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
	f, err := data.FindDateFormat(s.table, p.column, rows)
	if err != nil {
		return "; no one format reads them all, so that date_formats has to name one"
	}
	p.date = f.Name
	return ""
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
