package compare

import (
	"fmt"
	"math"
	"strings"

	"github.com/chiasm-ml/chiasm/metrics"
)

// UndefinedError reports a metric that is undefined for the targets of the rows, whatever is
// predicted.
type UndefinedError struct {
	Metric string
	Rows   string   // which rows, such as "test rows"
	Why    string   // as returned by Answers.Undefined
	Others []string // metrics that are defined
}

func (e *UndefinedError) Error() string {
	hint := "give other rows (data.split.stratify by the label keeps each label in each split)"
	if len(e.Others) > 0 {
		hint = "choose another figure, such as " + strings.Join(e.Others, ", ") + ", or " + hint
	}
	return fmt.Sprintf("%s is undefined on the %s: %s; %s", e.Metric, e.Rows, e.Why, hint)
}

// ExitCode is 3: the data.
func (e *UndefinedError) ExitCode() int { return 3 }

// Undefined explains why a metric is undefined for these targets, whatever is predicted; "" if it
// is defined, or unknown here.
func (a Answers) Undefined(metric string) string {
	n := a.rows()
	switch {
	case n == 0:
		return "there are no rows"
	case a.Classes != nil:
		return a.undefinedClasses(metric)
	case a.Flags != nil:
		return a.undefinedFlags(metric)
	case metric == "r2":
		var r metrics.Regression
		if err := r.Add(a.Numbers, a.Numbers); err != nil {
			return err.Error()
		}
		if v, _ := r.Values().Get("r2"); math.IsNaN(v) {
			return fmt.Sprintf("it needs targets that differ, but those of the %d rows are all %g", n, a.Numbers[0])
		}
	}
	return ""
}

func (a Answers) undefinedClasses(metric string) string {
	counts := make([]int, a.Labels)
	for _, c := range a.Classes {
		counts[c]++
	}
	one := -1 // the only label
	for label, n := range counts {
		if n == len(a.Classes) {
			one = label
		}
	}
	if one < 0 {
		return ""
	}
	have := fmt.Sprintf("the %d rows all have %s", len(a.Classes), a.label(one))
	if len(a.Classes) == 1 {
		have = "the only row has " + a.label(one)
	}
	switch {
	case metric == "roc_auc":
		return "it needs rows of two labels, but " + have
	case metric == "average_precision" && a.Labels == 2 && one == 0:
		return "it needs rows of the positive label, but " + have
	}
	return ""
}

func (a Answers) undefinedFlags(metric string) string {
	some, both := false, false
	n := a.rows()
	for label := range a.Labels {
		has := 0
		for i := range n {
			if a.Flags[i*a.Labels+label] > 0 {
				has++
			}
		}
		some, both = some || has > 0, both || has > 0 && has < n
	}
	switch metric {
	case "roc_auc":
		if !both {
			return fmt.Sprintf("it needs a label that some rows have and others lack, but the %d rows have none", n)
		}
	case "average_precision", "macro_f1", "micro_f1":
		if !some {
			return fmt.Sprintf("it needs a row with a label, but the %d rows have none", n)
		}
	}
	return ""
}

// label names a label.
func (a Answers) label(i int) string {
	if i < len(a.Names) {
		return fmt.Sprintf("%q", a.Names[i])
	}
	return fmt.Sprintf("label %d", i)
}

// Defined returns an *UndefinedError if a metric is undefined for these targets. rows describes
// them, as in "test rows".
func (a Answers) Defined(metric, rows string) error {
	why := a.Undefined(metric)
	if why == "" {
		return nil
	}
	e := &UndefinedError{Metric: metric, Rows: rows, Why: why}
	for _, m := range a.Metrics() {
		if a.Undefined(m) == "" {
			e.Others = append(e.Others, m)
		}
	}
	return e
}
