package guess

import (
	"fmt"
	"math"
	"slices"
)

// tailed is the skewness from which a target has a long tail: that of an
// exponential distribution.
const tailed = 2.0

// targetTransform is what suits the numbers of the training rows: log where it
// takes away most of a long tail to the right, quantile where it does not; empty
// where there is no long tail.
func (s *survey) targetTransform() (transform, why string) {
	var values, logs []float64
	for _, row := range s.split.splits.Train {
		if v, err := s.table.Numbers.Of(s.target.column.Cell(row)); err == nil {
			values, logs = append(values, v), append(logs, math.Copysign(math.Log1p(math.Abs(v)), v))
		}
	}
	plain := skewness(values)
	if math.Abs(plain) < tailed || len(values) < fewRows {
		return "", ""
	}
	slices.Sort(values)
	n := len(values)
	median := values[(n-1)/2]/2 + values[n/2]/2
	why = fmt.Sprintf("the target has a long tail: among the training rows it goes from %s to %s, and its median is %s (skewness %.1f", figure(values[0]), figure(values[n-1]), figure(median), plain)
	if bent := skewness(logs); values[0] >= 0 && math.Abs(bent) < math.Abs(plain)/2 {
		return "log", why + fmt.Sprintf(", of its logarithm %.1f)", bent)
	}
	return "quantile", why + ")"
}
