package data

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// A DateRule says how a date becomes numbers.
type DateRule struct {
	DateFormat
	// Newest is the newest date of the training rows, in seconds since 1970; age_days
	// is counted back from it.
	Newest float64 `json:"newest"`
	// Parts are the numbers, in their order: year, month_sin, month_cos, weekday_sin,
	// weekday_cos (Monday is 0), hour_sin and hour_cos where the format has an hour, and
	// age_days. A sine and a cosine are of the part's place in its cycle,
	// rounded to twelve decimals.
	Parts []string `json:"parts"`
}

func NewDateRule(f DateFormat) *DateRule {
	r := &DateRule{DateFormat: f, Parts: []string{"year", "month_sin", "month_cos", "weekday_sin", "weekday_cos"}}
	if f.Timed() {
		r.Parts = append(r.Parts, "hour_sin", "hour_cos")
	}
	r.Parts = append(r.Parts, agePart)
	return r
}

// twelve rounds to twelve decimals: libraries differ in the last digits of a sine,
// and an export has to give the same numbers.
func twelve(v float64) float64 { return math.Floor(float64(v*1e12)+0.5) / 1e12 }

func seconds(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }

// numbers are the parts of a date.
func (r *DateRule) numbers(t time.Time) []float64 {
	turn := func(place, of int) (sin, cos float64) {
		sin, cos = math.Sincos(2 * math.Pi * float64(place) / float64(of))
		return twelve(sin), twelve(cos)
	}
	ms, mc := turn(int(t.Month())-1, 12)
	ws, wc := turn((int(t.Weekday())+6)%7, 7)
	out := []float64{float64(t.Year()), ms, mc, ws, wc}
	if r.Timed() {
		hs, hc := turn(t.Hour(), 24)
		out = append(out, hs, hc)
	}
	return append(out, r.Age(seconds(t)))
}

// agePart is the last of Parts.
const agePart = "age_days"

// age is how many days a time, in seconds since 1970, lies before the newest.
func (r *DateRule) Age(seconds float64) float64 { return (r.Newest - seconds) / 86400 }

// check restores what JSON leaves out.
func (r *DateRule) Check() error {
	f, err := ParseDateFormat(r.Name)
	if err != nil {
		return err
	}
	want := NewDateRule(f)
	// Hours beside minutes had one digit or two at first.
	if strings.ReplaceAll(r.Pattern, "{1,2}", "{2}") != strings.ReplaceAll(f.Pattern, "{1,2}", "{2}") || fmt.Sprint(r.Fields) != fmt.Sprint(f.Fields) || fmt.Sprint(r.Parts) != fmt.Sprint(want.Parts) || math.IsNaN(r.Newest) || math.IsInf(r.Newest, 0) {
		return fmt.Errorf("the format %q has another pattern, or other parts", r.Name)
	}
	r.DateFormat = f
	return nil
}

// DateRules are those of the columns of dates, in their order.
func (p *Tabular) DateRules() []*DateRule { return p.state.Dates }

// firstPart is where the parts of the i-th column of dates begin among the numbers of a row.
func (p *Tabular) firstPart(i int) int {
	n := len(p.state.Config.Numeric)
	for _, r := range p.state.Dates[:i] {
		n += len(r.Parts)
	}
	return n
}

// width is how many numbers a row has: one a numeric column, and the parts of dates.
func (p *Tabular) width() int { return p.firstPart(len(p.state.Dates)) }

// fitDates learns the format of the i-th column of dates, its newest date, and the
// scales of its parts.
func (p *Tabular) fitDates(t *Table, i int, rows []int, notes *Notes) error {
	c := p.state.Config
	column, err := t.Column(c.Dates[i])
	if err != nil {
		return err
	}
	var f DateFormat
	if given := c.DateFormats[column.Name]; given != "" {
		f, err = ParseDateFormat(given)
	} else {
		f, err = FindDateFormat(t, column, rows)
	}
	if err != nil {
		return err
	}
	r := NewDateRule(f)
	rule := CellRule{Column: column.Name, As: AsDate, Missing: c.Missing, Date: r}
	var all []CellValue
	for _, row := range rows {
		v, err := t.read(rule, column, row)
		if err != nil {
			if err := t.Skip(err); err != nil {
				return err
			}
			continue
		}
		if !v.Missing {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		notes.Warn("column %s has no value in any training row", show(column.Name))
	}
	for k, v := range all {
		if k == 0 || v.Number > r.Newest {
			r.Newest = v.Number
		}
	}
	for k, part := range r.Parts {
		values := make([]float64, len(all))
		for j, v := range all {
			if values[j] = v.Numbers[k]; part == agePart { // which was counted from 1970 so far
				values[j] = r.Age(v.Number)
			}
		}
		s, _ := FitScaling("none", values)
		p.state.Scales = append(p.state.Scales, s)
	}
	p.state.Dates = append(p.state.Dates, r)
	return nil
}

// Format writes a time, in seconds since 1970, as the column has it.
func (r *DateRule) Format(seconds float64) string {
	t := time.Unix(int64(seconds), 0).UTC()
	return strings.NewReplacer("%a", t.Format("Mon"), "%e", t.Format("_2"), "%Z", "UTC", "%s", fmt.Sprint(t.Unix()), "%Q", fmt.Sprint(t.UnixMilli()),
		"%Y", t.Format("2006"), "%y", t.Format("06"), "%I", t.Format("03"), "%p", t.Format("PM"), "%m", t.Format("01"), "%d", t.Format("02"), "%b", t.Format("Jan"),
		"%H", t.Format("15"), "%M", t.Format("04"), "%S", t.Format("05"), "%z", "Z").Replace(r.Name)
}
