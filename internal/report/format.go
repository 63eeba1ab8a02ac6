package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

const (
	undefined = "–"
	thin      = "\u202f" // narrow no-break space, before a unit
)

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// figure shows a number with about four digits that matter.
func figure(v float64) string {
	a := math.Abs(v)
	switch {
	case !finite(v):
		return undefined
	case a == 0:
		return "0"
	case a >= 1e7 || a < 1e-3:
		return power(v)
	case a >= 1000:
		return minus(grouped(strconv.FormatFloat(v, 'f', 0, 64)))
	}
	decimals := 3
	switch {
	case a >= 100:
		decimals = 1
	case a >= 10:
		decimals = 2
	case a < 0.1:
		decimals = 4
	}
	return minus(strconv.FormatFloat(v, 'f', decimals, 64))
}

// short is figure without zeros at the end, for axes and settings.
func short(v float64) string {
	if a := math.Abs(v); !finite(v) || a >= 1e7 || a != 0 && a < 1e-4 {
		return figure(v)
	} else if a >= 1000 {
		return minus(grouped(strconv.FormatFloat(v, 'f', 0, 64)))
	}
	return minus(strconv.FormatFloat(roundTo(v, 4), 'f', -1, 64))
}

// compact is short in little room: 150k for 150,000.
func compact(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e9 || !finite(v):
		return figure(v)
	case a >= 1e6:
		return short(v/1e6) + "M"
	case a >= 1e4:
		return short(v/1e3) + "k"
	}
	return short(v)
}

// roundTo keeps so many digits that matter.
func roundTo(v float64, digits int) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// power writes 0.00003 as 3×10⁻⁵.
func power(v float64) string {
	if v == 0 || !finite(v) {
		return figure(v)
	}
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', 2, 64), "e")
	digits = strings.TrimSuffix(strings.TrimRight(digits, "0"), ".")
	e, err := strconv.Atoi(exponent)
	if err != nil {
		return undefined
	}
	var b strings.Builder
	for _, r := range strconv.Itoa(e) {
		if r == '-' {
			b.WriteRune('⁻')
			continue
		}
		b.WriteRune([]rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[r-'0'])
	}
	return minus(digits + "×10" + b.String())
}

func minus(s string) string {
	if strings.HasPrefix(s, "-") {
		return "−" + s[1:]
	}
	return s
}

// signed is figure with its sign.
func signed(v float64) string {
	if v > 0 && finite(v) {
		return "+" + figure(v)
	}
	return figure(v)
}

// grouped puts commas between thousands.
func grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

func count(n int) string { return minus(grouped(strconv.Itoa(n))) }

// counted is a number of things, such as 1 row or 2,000 rows.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// percent shows a share; what is not quite none or all does not look so.
func percent(v float64) string {
	switch p := v * 100; {
	case !finite(v):
		return undefined
	case p > 0 && p < 0.1:
		return "< 0.1" + thin + "%"
	case p < 1 && p > 0 || p > 99 && p < 100:
		return strconv.FormatFloat(min(math.Round(p*10)/10, 99.9), 'f', -1, 64) + thin + "%"
	default:
		return minus(strconv.FormatFloat(math.Round(p), 'f', 0, 64)) + thin + "%"
	}
}

// duration shows seconds in the units people think of them.
func duration(seconds float64) string {
	if !finite(seconds) || seconds < 0 {
		return undefined
	}
	if seconds < 10 {
		return fmt.Sprintf("%.1f%ss", seconds, thin)
	}
	s := int(math.Round(min(seconds, 1e9)))
	switch {
	case s < 60:
		return fmt.Sprintf("%d%ss", s, thin)
	case s < 3600:
		return fmt.Sprintf("%d%smin %d%ss", s/60, thin, s%60, thin)
	default:
		return fmt.Sprintf("%s%sh %d%smin", count(s/3600), thin, s/60%60, thin)
	}
}
