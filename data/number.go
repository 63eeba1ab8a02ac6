package data

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// ParseNumber reads a decimal number as tables write it: digits with an
// optional sign, point and exponent, spaces around it allowed. What other
// readers guess at is an error here: digit separators, a decimal comma,
// hexadecimal, NaN, infinities, and what float32 cannot hold.
func ParseNumber(s string) (float64, error) {
	text := strings.Trim(s, " \t")
	if !decimal(text) {
		return 0, &cellError{show(s) + " is not a number", numberHint(text)}
	}
	v, err := strconv.ParseFloat(text, 64)
	if errors.Is(err, strconv.ErrRange) || math.Abs(v) > math.MaxFloat32 {
		return 0, &cellError{show(s) + " is too large", "the largest is 3.4e38"}
	}
	if err != nil {
		return 0, &cellError{show(s) + " is not a number", ""}
	}
	return v, nil
}

// decimal reports whether s is [+-] digits [. digits] [e [+-] digits] with at
// least one digit before the exponent.
func decimal(s string) bool {
	digits := func() int {
		n := 0
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n
	}
	skip := func(set string) bool {
		if s == "" || !strings.Contains(set, s[:1]) {
			return false
		}
		s = s[1:]
		return true
	}
	skip("+-")
	n := digits()
	if skip(".") {
		n += digits()
	}
	if n == 0 {
		return false
	}
	if skip("eE") {
		skip("+-")
		if digits() == 0 {
			return false
		}
	}
	return s == ""
}

var thousands = strings.NewReplacer(",", "", "'", "", " ", "", "\u00a0", "", "\u202f", "")

// numberHint guesses what was meant by a cell that is not a number.
func numberHint(s string) string {
	lower := strings.ToLower(strings.TrimLeft(s, "+-"))
	switch {
	case s == "":
		return "leave the cell empty if the value is missing"
	case lower == "nan" || lower == "na" || lower == "n/a" || lower == "null" || lower == "none" || s == "-" || s == "?":
		return "leave the cell empty if the value is missing"
	case strings.HasPrefix(lower, "inf"):
		return "numbers are finite"
	case lower == "true" || lower == "false" || lower == "yes" || lower == "no":
		return "write 1 or 0, or list the column as categorical"
	case strings.HasPrefix(s, "\u2212") || strings.HasPrefix(s, "\u2013"):
		return "write the minus sign as -"
	case strings.HasPrefix(lower, "0x"):
		return "write it in decimal"
	case strings.Contains(s, "_") && decimal(strings.ReplaceAll(s, "_", "")):
		return "write " + strings.ReplaceAll(s, "_", "")
	case strings.Count(s, ",") == 1 && decimal(strings.Replace(s, ",", ".", 1)):
		return "write a decimal point, and no thousands separator"
	case decimal(thousands.Replace(s)):
		return "write it without thousands separators"
	case '0' <= s[0] && s[0] <= '9' && decimal(strings.TrimRightFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })):
		return "write it without the unit"
	}
	return ""
}
