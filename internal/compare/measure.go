package compare

import (
	"slices"

	"github.com/chiasm-ml/chiasm/metrics"
)

// Measure is a metric of predictions (N, Size), as a [Study] has it: probabilities, of which a
// label is predicted above its threshold (nil: a half), or numbers in the target's own units.
func (a Answers) Measure(metric string, predictions []float32, thresholds metrics.Thresholds) (float64, error) {
	if known := a.Metrics(); !slices.Contains(known, metric) {
		return 0, &MetricError{metric, known}
	}
	s, err := a.statistic(metric, predictions, thresholds)
	if err != nil {
		return 0, err
	}
	n := a.rows()
	return s.Of(slices.Repeat([]float64{1}, n), float64(n)), nil
}

// Of are the answers of some rows.
func (a Answers) Of(rows []int) Answers {
	some := Answers{Labels: a.Labels, Names: a.Names}
	for _, row := range rows {
		switch {
		case a.Classes != nil:
			some.Classes = append(some.Classes, a.Classes[row])
		case a.Flags != nil:
			some.Flags = append(some.Flags, a.Flags[row*a.Labels:(row+1)*a.Labels]...)
		default:
			some.Numbers = append(some.Numbers, a.Numbers[row])
		}
	}
	return some
}

// Rows is the number of rows that the answers are of.
func (a Answers) Rows() int { return a.rows() }
