package metrics

import (
	"fmt"
	"math"

	"github.com/chiasm-ml/chiasm/internal/rounding"
)

// Regression measures numeric predictions. The zero value is ready to use.
type Regression struct {
	// Loss is the mean loss. The caller computes and adds it.
	Loss Mean

	rows              int
	absolute, squared float64 // sums of errors
	mean, spread      float64 // of the targets: running mean, sum of squared deviations from it
}

// Add adds a batch: predictions (B) and targets (B), in the target's own units. If the lengths
// differ or a number is not finite, it returns an error and adds nothing.
func (m *Regression) Add(predictions, targets []float64) error {
	if len(predictions) != len(targets) {
		return fmt.Errorf("metrics: %d predictions for %d targets", len(predictions), len(targets))
	}
	for i, t := range targets {
		if d := predictions[i] - t; math.IsNaN(d) || math.IsInf(d, 0) {
			return fmt.Errorf("metrics: row %d of the batch: prediction %v, target %v: expected finite numbers", i, predictions[i], t)
		}
	}
	for i, t := range targets {
		d := predictions[i] - t
		m.rows++
		m.absolute += math.Abs(d)
		m.squared += d * d
		// Welford (1962): accurate even if the mean is far from zero.
		before := t - m.mean
		m.mean += before / float64(m.rows)
		m.spread += before * (t - m.mean)
	}
	return nil
}

// Reset empties the accumulator.
func (m *Regression) Reset() { *m = Regression{} }

// Values returns loss, mae, rmse and r2: the mean absolute error, the root mean squared error, and
// the explained share of the targets' variance, which is NaN if the targets do not vary except by
// rounding.
func (m *Regression) Values() Values {
	r2 := math.NaN()
	if m.rows > 0 && !rounding.Constant(m.rows, m.mean, m.spread/float64(m.rows)) {
		r2 = 1 - m.squared/m.spread
	}
	return Values{
		{"loss", m.Loss.Value()},
		{"mae", ratio(m.absolute, float64(m.rows))},
		{"rmse", math.Sqrt(ratio(m.squared, float64(m.rows)))},
		{"r2", r2},
	}
}

// A RegressionResult contains all measurements of a regression.
type RegressionResult struct {
	Rows   int    `json:"rows"`
	Values Values `json:"values"`
}

// Result returns all measurements so far.
func (m *Regression) Result() RegressionResult {
	return RegressionResult{Rows: m.rows, Values: m.Values()}
}
