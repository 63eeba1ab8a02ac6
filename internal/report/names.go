package report

import (
	"regexp"
	"strings"

	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/metrics"
)

var metricNames = map[string]string{
	"loss":              "Loss",
	"accuracy":          "Accuracy",
	"macro_f1":          "Macro F1",
	"micro_f1":          "Micro F1",
	"subset_accuracy":   "All labels right",
	"roc_auc":           "ROC AUC",
	"average_precision": "Average precision",
	"calibration_error": "Calibration error",
	"mae":               "Mean absolute error",
	"rmse":              "Root mean squared error",
	"r2":                "R²",
}

var topK = regexp.MustCompile(`^top_([0-9]+)_accuracy$`)

// metricName is what people call a metric.
func metricName(name string) string {
	if output, figure, ok := strings.Cut(name, "."); ok { // of one of several outputs
		return label(output) + ": " + lowerFirst(metricName(figure))
	}
	if n, ok := metricNames[name]; ok {
		return n
	}
	if m := topK.FindStringSubmatch(name); m != nil {
		return "Top-" + m[1] + " accuracy"
	}
	return label(strings.ReplaceAll(name, "_", " "))
}

// lowerIsBetter asks for the direction of a metric.
func lowerIsBetter(name string) bool { return metrics.Better(name, 0, 1) }

// mainMetric is the figure that a page is about.
func (p *Page) mainMetric() string {
	switch {
	case p.Metric != "":
		return p.Metric
	case head.FormNamed(p.Task) == head.Number:
		return "mae"
	case head.FormNamed(p.Task) == head.AnyOf:
		return "macro_f1"
	case p.rare():
		return "average_precision"
	}
	return "accuracy"
}

// rarely is the share of positive rows below which accuracy says nothing: always
// answering no is right for nearly all.
const rarely = 0.1

// rare says whether the positive label of a binary task is that rare among the
// measured rows.
func (p *Page) rare() bool {
	r := p.Classification
	if head.FormNamed(p.Task) != head.OneOfTwo || r == nil || len(r.Classes) != 2 {
		return false
	}
	positives := r.Classes[1].Support
	return positives > 0 && float64(positives) < rarely*float64(positives+r.Classes[0].Support)
}

// measured is the split that the page looks at closely.
func (p *Page) measured() string {
	if p.Measured != "" {
		return p.Measured
	}
	return "test"
}

// target names what is predicted.
func (p *Page) target() string {
	if p.Target == "" {
		return "target"
	}
	return inline(p.Target)
}
