package data

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
)

func TestParseNumber(t *testing.T) {
	for text, want := range map[string]float64{
		"0": 0, "-0": 0, "12": 12, "-1.5": -1.5, "+1.5": 1.5, ".5": 0.5, "5.": 5, "1e3": 1000, "1E-3": 0.001, "1.25e+2": 125,
		" 7 ": 7, "3.4e38": 3.4e38, "1e-50": 1e-50, "000012": 12, "0." + strings.Repeat("0", 10_000) + "1": 0,
	} {
		if got, err := ParseNumber(text); err != nil || got != want {
			t.Errorf("ParseNumber(%s) = %v, %v, want %v", show(text), got, err, want)
		}
	}
}

func TestParseNumberRefuses(t *testing.T) {
	const missing = "leave the cell empty if the value is missing"
	for _, c := range []struct{ text, hint string }{
		{"", missing}, {"  ", missing}, {"NaN", missing}, {"nan", missing}, {"-", missing}, {"N/A", missing}, {"null", missing},
		{"Inf", "numbers are finite"}, {"-Infinity", "numbers are finite"},
		{"1e400", "the largest is 3.4e38"}, {"-1e400", "the largest is 3.4e38"}, {"4e38", "the largest is 3.4e38"},
		{strings.Repeat("9", 10_000), "the largest is 3.4e38"},
		{"1,5", "write a decimal point, and no thousands separator"},
		{"1,234,567", "write it without thousands separators"}, {"1 234", "write it without thousands separators"},
		{"1_000", "write 1000"}, {"0x10", "write it in decimal"}, {"0x1p-2", "write it in decimal"},
		{"\u22125", "write the minus sign as -"}, {"TRUE", "write 1 or 0, or list the column as categorical"},
		{"12%", "write it without the unit"},
		{"--1", ""}, {"1.2.3", ""}, {"e5", ""}, {"1e", "write it without the unit"}, {"1e+", "write it without the unit"}, {".", ""}, {"+", ""}, {"abc", ""}, {"5 kg", "write it without the unit"}, {"12abc", "write it without the unit"}, {"a1", ""},
		{"\u0665", ""}, {"1\n2", ""},
	} {
		v, err := ParseNumber(c.text)
		if err == nil {
			t.Errorf("ParseNumber(%s) = %v", show(c.text), v)
			continue
		}
		if e := err.(*cellError); e.hint != c.hint {
			t.Errorf("ParseNumber(%s): hint %q, want %q", show(c.text), e.hint, c.hint)
		}
		if len(err.Error()) > 200 || strings.Contains(err.Error(), "\n") {
			t.Errorf("message of %d bytes: %.300s", len(err.Error()), err)
		}
	}
}

// What is printed the usual way is read back exactly.
func TestParseNumberRoundTrip(t *testing.T) {
	property.Check(t, func(t *property.T) {
		v := property.Float64Range(-math.MaxFloat32, math.MaxFloat32).Draw(t, "v")
		for _, format := range []byte("efg") {
			text := strconv.FormatFloat(v, format, -1, 64)
			if got, err := ParseNumber(text); err != nil || got != v {
				t.Fatalf("%s: %v, %v", text, got, err)
			}
		}
	})
}
