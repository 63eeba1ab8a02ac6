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

// Rows is the number of rows that the answers are of.
func (a Answers) Rows() int { return a.rows() }
