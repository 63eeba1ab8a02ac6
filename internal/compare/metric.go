package compare

import (
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/nearest"
	"github.com/chiasm-ml/chiasm/internal/stats"
	"github.com/chiasm-ml/chiasm/metrics"
)

// Answers are the targets of the test rows. Exactly one of Classes, Flags and Numbers is set.
type Answers struct {
	Labels  int       // number of classes or labels; 0 for numbers
	Names   []string  // of these, for messages; may be nil
	Classes []int     // (N): of a binary or multiclass task
	Flags   []float32 // (N, Labels), 0 or 1: of a multilabel task
	Numbers []float64 // (N): of a regression, in the target's own units
}

func (a Answers) rows() int {
	switch {
	case a.Classes != nil:
		return len(a.Classes)
	case a.Flags != nil:
		return len(a.Flags) / a.Labels
	}
	return len(a.Numbers)
}

// Metrics lists the metrics by which candidates can be compared; the first is the default. They are
// those of package metrics.
func (a Answers) Metrics() []string {
	switch {
	case a.Classes != nil:
		return []string{"accuracy", "macro_f1", "roc_auc", "average_precision"}
	case a.Flags != nil:
		return []string{"macro_f1", "micro_f1", "subset_accuracy", "roc_auc", "average_precision"}
	}
	return []string{"mae", "rmse", "r2"}
}

// MetricError reports a metric that does not fit the targets.
type MetricError struct {
	Metric string
	Known  []string
}

func (e *MetricError) Error() string {
	hint := ""
	if n := nearest.Name(e.Metric, e.Known); n != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", n)
	}
	return fmt.Sprintf("the metric %q is not available here; available are %s%s", e.Metric, strings.Join(e.Known, ", "), hint)
}

// ExitCode is 2.
func (e *MetricError) ExitCode() int { return 2 }

// statistic is a metric of predictions (N, Size), with everything that does not depend on weights
// precomputed.
func (a Answers) statistic(metric string, predictions []float32, thresholds metrics.Thresholds) (stats.Statistic, error) {
	width := max(1, a.Labels)
	if a.Classes != nil && a.Labels == 2 {
		width = 1 // the probability of the second class
	}
	if len(predictions) != a.rows()*width {
		return nil, fmt.Errorf("%d predictions for %d rows of %d", len(predictions), a.rows(), width)
	}
	switch {
	case a.Classes != nil:
		return a.classification(metric, predictions, thresholds), nil
	case a.Flags != nil:
		return a.multilabel(metric, predictions, thresholds), nil
	}
	return a.regression(metric, predictions), nil
}
