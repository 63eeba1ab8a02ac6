package compare

import (
	"math"
	"strconv"
	"strings"
)

// Share reports whether a metric lies between 0 and 1 and is reported in percentage points.
func Share(metric string) bool { return metric != "mae" && metric != "rmse" }

// Amount formats a difference of a metric without its unit: points, or the target's units.
func Amount(metric string, v float64) string {
	decimals := 1
	switch {
	case Share(metric):
		v *= 100
	case v == 0:
		decimals = 0
	default: // three significant digits
		decimals = min(max(0, 2-int(math.Floor(math.Log10(math.Abs(v))))), 12)
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if digits, negative := strings.CutPrefix(text, "-"); negative {
		if strings.Trim(digits, "0.") == "" {
			return digits
		}
		return "−" + digits
	}
	return text
}

// Points is Amount with the unit.
func Points(metric string, v float64) string {
	if !Share(metric) {
		return Amount(metric, v)
	}
	return Amount(metric, v) + " points"
}
