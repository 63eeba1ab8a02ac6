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
	// Parts are the numbers, in their order: year, month_sin, month_cos, weekday_sin and
	// weekday_cos (Monday is 0) where the format tells days, hour_sin and hour_cos where it
	// has an hour, and age_days. Of a time of day: time_sin, time_cos and hours, with what
	// is behind them as a fraction. A sine and a cosine are of the part's place in its
	// cycle, rounded to twelve decimals.
	Parts []string `json:"parts"`
}

func NewDateRule(f DateFormat) *DateRule {
	if f.Clock() {
		return &DateRule{DateFormat: f, Parts: []string{"time_sin", "time_cos", "hours"}}
	}
	r := &DateRule{DateFormat: f, Parts: []string{"year", "month_sin", "month_cos"}}
	if f.Daily() {
		r.Parts = append(r.Parts, "weekday_sin", "weekday_cos")
	}
	if f.Timed() {
		r.Parts = append(r.Parts, "hour_sin", "hour_cos")
	}
	r.Parts = append(r.Parts, AgePart)
	return r
}

// twelve rounds to twelve decimals: libraries differ in the last digits of a sine,
// and an export has to give the same numbers.
func twelve(v float64) float64 { return math.Floor(float64(v*1e12)+0.5) / 1e12 }

func seconds(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }

// numbers are the parts of a date.
func (r *DateRule) numbers(t time.Time) []float64 {
	turn := func(place, of float64) []float64 {
		sin, cos := math.Sincos(2 * math.Pi * place / of)
		return []float64{twelve(sin), twelve(cos)}
	}
	if r.Clock() {
		s := seconds(t)
		return append(turn(s, 86400), s/3600)
	}
	out := append([]float64{float64(t.Year())}, turn(float64(t.Month())-1, 12)...)
	if r.Daily() {
		out = append(out, turn(float64((t.Weekday()+6)%7), 7)...)
	}
	if r.Timed() {
		out = append(out, turn(float64(t.Hour()), 24)...)
	}
	return append(out, r.Age(seconds(t)))
}

// AgePart is the last of Parts, but of a time of day.
const AgePart = "age_days"

// age is how many days a time, in seconds since 1970, lies before the newest.
func (r *DateRule) Age(seconds float64) float64 { return (r.Newest - seconds) / 86400 }

// check restores what JSON leaves out.
func (r *DateRule) Check() error {
	f, err := ParseDateFormat(r.Name)
	if err != nil {
		return err
	}
	want := NewDateRule(f)
	if before(r.Pattern) != before(f.Pattern) || fmt.Sprint(r.Fields) != fmt.Sprint(f.Fields) || fmt.Sprint(r.Parts) != fmt.Sprint(want.Parts) || math.IsNaN(r.Newest) || math.IsInf(r.Newest, 0) {
		return fmt.Errorf("the format %q has another pattern, or other parts", r.Name)
	}
	r.DateFormat = f
	return nil
}

// before is a pattern as older programs had it: hours beside minutes had one digit or two
// at first, names of months were English, days had no ordinals and halves no points.
func before(pattern string) string {
	return strings.NewReplacer("{1,2}", "{2}", monthWord, `([A-Za-z]{3,9})`, ordinal, "", `[AaPp]\.?[Mm]\.?`, "[AaPp][Mm]").Replace(pattern)
}

// Format writes a time, in seconds since 1970, as the column has it.
func (r *DateRule) Format(seconds float64) string {
	t := time.Unix(int64(seconds), 0).UTC()
	year, week := t.ISOWeek()
	return strings.NewReplacer("%G", fmt.Sprintf("%04d", year), "%V", fmt.Sprintf("%02d", week), "%u", fmt.Sprint((int(t.Weekday())+6)%7+1), "%q", fmt.Sprint((int(t.Month())+2)/3),
		"%a", t.Format("Mon"), "%e", t.Format("_2"), "%Z", "UTC", "%s", fmt.Sprint(t.Unix()), "%Q", fmt.Sprint(t.UnixMilli()),
		"%Y", t.Format("2006"), "%y", t.Format("06"), "%I", t.Format("03"), "%p", t.Format("PM"), "%m", t.Format("01"), "%d", t.Format("02"), "%b", t.Format("Jan"),
		"%H", t.Format("15"), "%M", t.Format("04"), "%S", t.Format("05"), "%z", "Z").Replace(r.Name)
}
