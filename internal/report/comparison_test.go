package report_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/metrics"
)

func comparison() report.Comparison {
	row := func(kind, name string, mean float64, without ...compare.Without) compare.Row {
		m := metrics.Number(mean)
		return compare.Row{Kind: kind, Name: name, Inputs: []string{"picture", "text"}, Mean: m, Low: m - 0.05, High: m + 0.04, Seeds: 5, Validation: m, Parameters: 1234567, TrainingSeconds: 83, InferenceMicros: 12.5, Without: without}
	}
	return report.Comparison{
		Name: "clipart", Target: "subject", Seeds: 5,
		Result: compare.Result{
			Metric: "accuracy", Rows: 556, Resamples: 10000, Level: 0.95, BestModality: 1, SimplestFusion: 2, BestFusion: 3,
			Runs: []compare.Row{
				row(compare.Modality, "picture", 0.5), row(compare.Modality, "text", 0.6),
				row(compare.Fusion, "score_average", 0.7, compare.Without{Input: "picture", Mean: 0.61}, compare.Without{Input: "text", Mean: 0.48}),
				row(compare.Fusion, "concat", 0.72, compare.Without{Input: "picture", Mean: 0.4}, compare.Without{Input: "text", Mean: 0.3}),
			},
			Tests: []compare.Test{
				{Contender: "score_average", Against: "text", Difference: 0.1, Low: 0.06, High: 0.14, P: 0.0002, Holm: 0.0006, Seeds: 5},
				{Contender: "picture", Against: "text", Difference: -0.1, Low: -0.14, High: -0.06, P: 0.0002, Holm: 0.02, Seeds: 5},
				{Contender: "concat", Against: "score_average", Difference: 0.02, Low: -0.01, High: 0.05, P: 0.2, Holm: 0.2, Seeds: 5},
			},
			Verdict: "score_average gains 10.0 points. Use score_average.",
		},
		Skipped: []report.Field{{Name: "film", Value: "required key \"target\" is missing"}},
		Absent:  []string{"concat (seeds 5)"},
		About:   []report.Field{{Name: "version", Value: "1"}},
	}
}

func comparisonPage(t *testing.T, c report.Comparison) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteComparison(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestComparisonPage(t *testing.T) {
	got := comparisonPage(t, comparison())
	for _, want := range []string{
		"<title>clipart – comparison</title>", "score_average gains 10.0 points. Use score_average.", "556 test rows", "1,234,567", "12.50",
		"<strong>better</strong>", "<strong>worse</strong>", "no significant difference", "&lt; 0.001", "10,000 resamples", "95", "the best input on the validation rows",
		"required key", "concat (seeds 5)", "with all its inputs", "Without <bdi>picture</bdi>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	// A row each of three charts' lines: four contenders, and four inputs taken away.
	if n := strings.Count(got, `<g class="contender `); n != 8 {
		t.Errorf("%d lines are drawn", n)
	}
	for _, never := range []string{"<script", "http://", "https://", "NaN", "<link", "@import"} {
		if strings.Contains(got, never) {
			t.Errorf("the page has %q", never)
		}
	}
	if got != comparisonPage(t, comparison()) {
		t.Error("equal comparisons give different pages")
	}
}

// A lower error is better, and its side of a test is told.
func TestComparisonOfErrors(t *testing.T) {
	c := comparison()
	c.Metric, c.Lower = "mae", true
	got := comparisonPage(t, c)
	if !strings.Contains(got, "lower is better") || strings.Index(got, "<strong>worse</strong>") > strings.Index(got, "<strong>better</strong>") {
		t.Error("more of an error is called better")
	}
}

// Names from a config and figures that are none harm no page, and nothing at
// all gives one too.
func TestComparisonOfAnything(t *testing.T) {
	c := comparison()
	c.Name, c.Verdict = "<b>&\u202e", "</p><script>alert(1)</script>"
	for i := range c.Runs {
		c.Runs[i].Name = `"><img src=x onerror=alert(1)>`
		c.Runs[i].Low = metrics.Number(math.NaN())
	}
	c.Runs[0].Mean, c.Runs[3].Without[0].Mean, c.Tests[0].Low = metrics.Number(math.NaN()), metrics.Number(math.Inf(1)), metrics.Number(math.NaN())
	for range 100 {
		c.Runs, c.Tests = append(c.Runs, c.Runs[1]), append(c.Tests, c.Tests[1], c.Tests[2])
	}
	for name, c := range map[string]report.Comparison{"hostile": c, "empty": {}, "one": {Result: compare.Result{Runs: []compare.Row{{Kind: compare.Modality, Name: "a"}}, BestModality: 0, SimplestFusion: -1, BestFusion: -1}}} {
		got := comparisonPage(t, c)
		for _, never := range []string{"<script", "<img", "NaN", "+Inf", "\u202e"} {
			if strings.Contains(got, never) {
				t.Errorf("%s: the page has %q", name, never)
			}
		}
	}
	if got := comparisonPage(t, c); !strings.Contains(got, "more contenders are in compare.json") {
		t.Error("contenders are left out in silence")
	}
}
