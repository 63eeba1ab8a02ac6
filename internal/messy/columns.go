package messy

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"time"
)

// makers add a column each, or a few.
var makers = []func(m *maker){
	func(m *maker) {
		m.numbers("decimal numbers", m.pick("height", "Länge", "a: b", "null", "x,y"), func(row int) string { return fmt.Sprintf("%.2f", 5+m.normal(row)) })
	},
	func(m *maker) {
		m.numbers("whole numbers", m.pick("rooms", "n", "Anzahl"), func(row int) string { return fmt.Sprint(m.whole(row, 9)) })
	},
	func(m *maker) {
		m.numbers("long tail", m.pick("views", "income"), func(row int) string { return fmt.Sprintf("%.1f", math.Exp(3*m.normal(row))) })
	},
	func(m *maker) {
		m.numbers("an outlier", "reading", func(row int) string {
			if row == m.rows/2 {
				return "1000000000000"
			}
			return fmt.Sprintf("%.3f", m.normal(row))
		})
	},
	func(m *maker) {
		m.numbers("rounding noise", "ratio", func(row int) string { return []string{"0.3333333333333333", "0.33333333333333337"}[m.whole(row, 2)] })
	},
	func(m *maker) {
		m.column("exponents and signs", "charge", func(row int) string { return fmt.Sprintf("%+.2e", m.normal(row)) })
	},
	func(m *maker) {
		m.numbers("gaps", "age", func(row int) string {
			if m.whole(row, 4) == 0 {
				return ""
			}
			return fmt.Sprint(20 + m.whole(row+1000, 50))
		})
	},
	func(m *maker) {
		m.column("nearly empty", "remark", func(row int) string { return []string{"", "late"}[zeroOf(m.whole(row, 40))] })
	},
	func(m *maker) { m.column("empty", "spare", func(int) string { return "" }) },
	func(m *maker) { m.column("constant", "source", func(int) string { return "web" }) },
	func(m *maker) {
		m.column("set or empty", "member_since_birth", func(row int) string { return []string{"", "x"}[m.whole(row, 2)] })
	},
	func(m *maker) {
		m.column("categories", m.pick("city", "Stadt"), func(row int) string { return []string{"Graz", "linz", "Linz", "Wels am Inn", "Köln"}[m.whole(row, 5)] })
	},
	func(m *maker) {
		m.column("many categories", "brand", func(row int) string { return fmt.Sprintf("Brand%c%c", 'a'+m.whole(row, 26), 'a'+m.whole(row+5000, 3)) })
	},
	func(m *maker) {
		m.column("truth", m.pick("paid", "aktiv"), func(row int) string {
			return [][]string{{"true", "false"}, {"yes", "no"}, {"True", "False"}, {"0", "1"}}[m.drawn%4][m.whole(row, 2)]
		})
	},
	func(m *maker) {
		m.column("leading zeros", m.pick("zip", "PLZ", "shop"), func(row int) string { return fmt.Sprintf("%05d", 501+m.whole(row, 12)*1741) })
	},
	func(m *maker) {
		m.column("telephone numbers", m.pick("phone", "contact"), func(row int) string { return fmt.Sprintf("+1755%07d", m.whole(row, 9_999_999)) })
	},
	func(m *maker) {
		m.column("codes", m.pick("version", "ip", "uuid"), func(row int) string {
			return []string{
				fmt.Sprintf("1.%d.%d", m.whole(row, 4), m.whole(row+999, 3)), fmt.Sprintf("10.0.0.%d", m.whole(row, 200)), fmt.Sprintf("%016x", m.ofColumn().Uint64(row)),
				fmt.Sprintf("400%010d", m.whole(row, 1<<30)),
			}[m.drawn%4]
		})
	},
	func(m *maker) {
		m.column("counts rows", m.pick("id", "nr", "row"), func(row int) string { return fmt.Sprint(row) })
	},
	func(m *maker) {
		m.column("groups", m.pick("patient_id", "user", "session", "subjectId"), func(row int) string { return fmt.Sprintf("p%d", row/3) })
	},
	func(m *maker) { m.dates() },
	func(m *maker) { m.dates() }, // of several, for what has many forms, each of which is to be met
	func(m *maker) { m.calendar() },
	func(m *maker) { m.durations() },
	func(m *maker) {
		m.column("time of day", "at", func(row int) string { return fmt.Sprintf("%02d:%02d", m.whole(row, 24), 15*m.whole(row+99, 4)) })
	},
	func(m *maker) {
		m.column("titles", m.pick("title", "Bezeichnung"), func(row int) string { return m.words(row, 1+m.whole(row, 6)) })
	},
	func(m *maker) {
		m.column("texts with quotes and line ends", "note", func(row int) string {
			return m.words(row, 4) + []string{", \"quoted\"", "\nnext line", "; and more", "\ttab", " 日本語の文 🙂", " # no comment"}[m.whole(row, 6)]
		})
	},
	func(m *maker) {
		m.column("long texts", "body", func(row int) string { return m.words(row, 3+m.whole(row, 60)*m.whole(row+77, 30)) })
	},
	func(m *maker) {
		m.column("lists of numbers", "location", func(row int) string { return fmt.Sprintf("%.4f, %.4f", 47+m.uniform(row), 9+m.uniform(row+999)) })
	},
	func(m *maker) { m.pictures() },
	func(m *maker) {
		m.column("addresses of images", "image_url", func(row int) string { return fmt.Sprintf("https://example.org/%d.png", row) })
	},
	func(m *maker) { m.table.Reading.Missing = append(m.table.Reading.Missing, "N/A"); m.standIns() },
	func(m *maker) { m.measures() },
	func(m *maker) { m.measures() },
	func(m *maker) { m.measures() },
	func(m *maker) { m.grouped() },
	func(m *maker) { m.grouped() },
}

func zeroOf(n int) int {
	if n == 0 {
		return 1
	}
	return 0
}

// monthsOf are the names of months in languages, as Go has none.
var monthsOf = map[string][]string{
	"German":     strings.Fields("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
	"French":     strings.Fields("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
	"Spanish":    strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
	"Italian":    strings.Fields("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
	"Dutch":      strings.Fields("jan feb mrt apr mei jun jul aug sep okt nov dec"),
	"Portuguese": strings.Fields("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
}

// calendar are weeks, quarters, months, times of day, and dates as languages write them.
func (m *maker) calendar() {
	form := m.pick("week", "day of a week", "quarter", "month", "month in digits", "time of day", "half of a day", "ordinal", "German", "French", "Spanish", "Italian", "Dutch", "Portuguese", "mixed")
	name := m.pick("when", "Zeitpunkt", "period")
	m.column("calendar", name, func(row int) string {
		at := time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(m.whole(row, 40_000)) * time.Hour)
		year, week := at.ISOWeek()
		named := func(language string) string { return monthsOf[language][at.Month()-1] }
		switch form {
		case "week":
			return fmt.Sprintf("%d-W%02d", year, week)
		case "day of a week":
			return fmt.Sprintf("%d-W%02d-%d", year, week, (int(at.Weekday())+6)%7+1)
		case "quarter":
			return fmt.Sprintf("%dQ%d", at.Year(), (int(at.Month())+2)/3)
		case "month":
			return at.Format("Jan 2006")
		case "month in digits":
			return at.Format("2006-01")
		case "time of day":
			return at.Format("15:04:05")
		case "half of a day":
			return at.Format("3:04 pm")
		case "ordinal":
			return fmt.Sprintf("%dth of %s %d", 4+at.Day()%17, at.Month(), at.Year())
		case "German":
			return fmt.Sprintf("%d. %s %d", at.Day(), named(form), at.Year())
		case "Spanish", "Portuguese":
			return fmt.Sprintf("%d de %s de %d", at.Day(), named(form), at.Year())
		case "mixed":
			return fmt.Sprintf("%d %s %d", at.Day(), named([]string{"French", "Italian"}[row%2]), at.Year())
		}
		return fmt.Sprintf("%d %s %d", at.Day(), named(form), at.Year())
	})
}

// durations are written as people and programs write them.
func (m *maker) durations() {
	form := m.pick("%dh %dm", "PT%dH%dM", "%d days 02:%02d:00", "%d:%02d:00", "%d Std. %d Min.")
	m.column("durations", m.pick("took", "Dauer"), func(row int) string { return fmt.Sprintf(form, 20+m.whole(row, 40), m.whole(row+99, 60)) })
}

// dates are days or times in one of many forms.
func (m *maker) dates() {
	form := m.pick("2006-01-02", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z", "20060102", "01/02/2006", "02.01.2006", "1/2/2006 15:04", "02.01.06", "Jan 2, 2006", "2 Jan 2006")
	m.trait("dates as " + form)
	m.column("dates", m.pick("seen", "created_at", "Datum"), func(row int) string {
		return time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(m.whole(row, 40_000)) * time.Hour).Format(form)
	})
}

// pictures are files, of which some are not there.
func (m *maker) pictures() {
	gaps := m.once(2)
	folder := m.pick("", "images/", "photos/")
	for i := range 3 {
		p := image.NewNRGBA(image.Rect(0, 0, 10+i, 12))
		for at := range 120 {
			p.Set(at%10, at/10, color.NRGBA{R: uint8(80 * i), G: uint8(at), A: 255})
		}
		var b bytes.Buffer
		if err := png.Encode(&b, p); err != nil {
			panic(err) // into memory
		}
		m.table.Files[fmt.Sprintf("%sp%d.png", folder, i)] = b.Bytes()
	}
	m.column("pictures", "photo", func(row int) string {
		if gaps && m.whole(row, 9) == 0 {
			m.trait("missing pictures")
			return []string{"", "lost.png"}[row%2]
		}
		return fmt.Sprintf("p%d.png", m.whole(row, 3))
	})
}

// standIns are numbers among cells that stand for nothing.
func (m *maker) standIns() {
	for _, more := range []string{"-", "?", "unknown"} {
		if m.once(3) {
			m.table.Reading.Missing = append(m.table.Reading.Missing, more)
		}
	}
	missing := m.table.Reading.Missing
	m.numbers("cells that stand for nothing", "weight", func(row int) string {
		if m.whole(row, 12) == 0 || row < 2 {
			return missing[m.whole(row+1, len(missing))]
		}
		return fmt.Sprintf("%.1f", 60+9*m.normal(row))
	})
}

// measures are numbers with a currency, a unit or a per cent sign.
func (m *maker) measures() {
	form := m.pick("$%.2f", "%.1f kg", "%.0f%%", "€%.2f", "%.0f\"", "%.1f °C")
	m.numbers("units", m.pick("price", "size", "share"), func(row int) string { return fmt.Sprintf(form, 10+math.Abs(9*m.normal(row))) })
	m.trait("unit as in " + strings.NewReplacer("%.2f", "1", "%.1f", "1", "%.0f", "1", "%%", "%").Replace(form))
}

// grouped are numbers with digits in groups, the mark of which the dialect decides.
func (m *maker) grouped() {
	m.numbers("thousands", m.pick("population", "salary"), func(row int) string { return fmt.Sprintf("%d.50", 1000+m.whole(row, 9_000_000)) })
	m.columns[len(m.columns)-1].grouped = true
}

// longList is a long list of like columns.
func (m *maker) longList() {
	for i := range 30 + m.choose(60) {
		m.numbers("long lists", fmt.Sprintf("px%d", i), func(row int) string { return fmt.Sprint(m.whole(row, 256) * min(1, i)) })
	}
}
