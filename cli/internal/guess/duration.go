package guess

import (
	"regexp"
	"strings"
	"sync"

	"github.com/chiasm-ml/chiasm/data"
)

// timeUnits are what people write behind the numbers of a duration.
const timeUnits = `(?:y|yrs?|years?|mos?|months?|w|wks?|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|ms|` +
	`jahre?|monate?|wochen?|tage?|std|stunden?|minuten?|sek|sekunden?|ans?|mois|semaines?|jours?|heures?|secondes?|` +
	`años?|semanas?|d[ií]as?|horas?|minutos?|segundos?|giorni|giorno|ore|ora|minuti|secondi|dagen|dag|uur|uren|seconden)\.?`

var (
	oneSpan     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[+-]?[0-9]+(?:[.,][0-9]+)? ?` + timeUnits + `$`) })
	severalSpan = sync.OnceValue(func() *regexp.Regexp {
		one := `[0-9]+(?:[.,][0-9]+)? ?` + timeUnits
		return regexp.MustCompile(`^[+-]?` + one + `(?:,? ?(?:and |und |et |y |e |en )?` + one + `)+$`)
	})
	isoSpan   = regexp.MustCompile(`^[+-]?p(?:[0-9]+(?:[.,][0-9]+)?[ymwd])*(?:t(?:[0-9]+(?:[.,][0-9]+)?[hms])+)?$`)
	colonSpan = regexp.MustCompile(`^[+-]?(?:[0-9]+ days?,? ?)?[+-]?[0-9]+:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?$`)
)

// duration says whether a text is how long something takes, in several numbers: 3h 5m,
// PT3H, 26:15:00, 2 days 03:04:05. single says that it is one number with a unit of time,
// which data reads where all cells have the same one. A time of day is neither.
func duration(text string) (is, single bool) {
	s := strings.ToLower(strings.TrimSpace(text))
	if s == "" || len(s) > 60 || !strings.ContainsAny(s[:min(2, len(s))], "+-p0123456789") {
		return false, false
	}
	if len(s) > 2 && isoSpan.MatchString(s) || severalSpan().MatchString(s) || colonSpan.MatchString(s) && !data.IsClock(s) {
		return true, false
	}
	return false, oneSpan().MatchString(s)
}

// durations says why a column is one of durations, which no input reads as they are
// written; empty where it is not. Times of day up to 23:59:59 may be durations too, and are
// read as times: their hours are among the numbers.
func (p *profile) durations() string {
	if float64(p.spans) <= strayShare*float64(p.present) || !p.share(p.spans+p.clocks+p.timed, mostlyOf) {
		return ""
	}
	for _, cell := range p.cells() {
		if is, _ := duration(cell.Text); is {
			return ofCells(p.spans+p.clocks+p.timed, p.present) + " are durations, such as " + show(cell.Text) + "; write them as numbers of one unit, such as minutes, to have them read"
		}
	}
	return ""
}
