package data

import (
	"fmt"
	"strings"
	"unicode"
)

// blanks may stand between a number and its unit, and around both.
const blanks = " \t\u00a0\u202f\u2009"

// withoutUnit takes a unit off a number: the one behind it (12 kg, 37", 50 %), or
// the one before it, with the sign on either side ($5, -$5, $-5). A number without
// the unit is the same number; one of another unit is none.
func withoutUnit(s, unit string) string {
	text := strings.Trim(s, blanks)
	if before, ok := strings.CutSuffix(text, unit); ok {
		return strings.TrimRight(before, blanks)
	}
	sign := ""
	if text != "" && (text[0] == '+' || text[0] == '-') {
		sign = text[:1]
	}
	if behind, ok := strings.CutPrefix(strings.TrimLeft(text[len(sign):], blanks), unit); ok {
		return sign + strings.TrimLeft(behind, blanks)
	}
	return text
}

// UnitBeside is what stands before or behind the number of a text, where that can be a
// unit: "$" of "$26,435", "kg" of "12 kg"; "" where there is none.
func UnitBeside(text string) string {
	unit := strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsDigit(r) || unicode.IsSpace(r) || strings.ContainsRune("+-.,'\u2019_", r)
	})
	if CheckUnit(unit) != nil {
		return ""
	}
	return unit
}

// CheckUnit refuses what could be a part of a number.
func CheckUnit(unit string) error {
	switch {
	case unit == "" || strings.Trim(unit, blanks) != unit:
		return fmt.Errorf("%q, expected a sign or a word without spaces around it", unit)
	case strings.ContainsAny(unit, "0123456789+-.,'_") || strings.EqualFold(unit, "e"):
		return fmt.Errorf("%q, which could be a part of a number", unit)
	}
	return nil
}

// ofUnit is the number of a text with a unit.
func (f NumberFormat) ofUnit(c Cell, unit string) (float64, error) {
	if unit == "" || c.Kind == Number {
		return f.Of(c)
	}
	plain := withoutUnit(c.Text, unit)
	v, err := f.Parse(plain)
	if bad, ok := err.(*cellError); ok {
		bad.message = strings.Replace(bad.message, show(plain), show(c.Text), 1)
		bad.hint = fmt.Sprintf("expected a number, with or without the unit %s", unit)
		return 0, bad
	}
	return v, err
}
