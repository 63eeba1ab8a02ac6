package data

import "math"

// NotFinite says what is wrong with a row whose answer is not a finite number.
const NotFinite = "the model's answer is not a finite number (look for extreme values in the row, and in the model's weights)"

// Finite reports whether a model's scores of a row are finite numbers, of a
// regression in the target's own units too.
func Finite(t Target, scores []float32) bool {
	if parts := TargetsOf(t); len(parts) > 0 && parts[0].Name != "" {
		for _, p := range parts {
			n := min(len(p.Prior()), len(scores))
			if !Finite(p.Target, scores[:n]) {
				return false
			}
			scores = scores[n:]
		}
		return true
	}
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	for _, v := range scores {
		if !finite(float64(v)) {
			return false
		}
	}
	if r, ok := t.(*RegressionTarget); ok && r != nil && len(scores) > 0 {
		return finite(r.Restore(scores[0]))
	}
	return true
}
