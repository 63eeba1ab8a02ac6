package report_test

import (
	"fmt"
	"html"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/ablation"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// plain takes the tags out of a page, and what keeps directions apart.
func plain(s string) string {
	s = html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(s, "|"))
	s = regexp.MustCompile(`[|\s]*\|[|\s]*`).ReplaceAllString(s, "|")
	return strings.NewReplacer("\u2068", "", "\u2069", "", "\u202f", " ", "\u00a0", " ").Replace(s)
}

func between(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, from)
	got, _, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("the page has no %s … %s", from, to)
	}
	return got
}

func TestHeadline(t *testing.T) {
	split := func(name string, rows int, values ...metrics.Named) []report.Split {
		return []report.Split{{Name: name, Rows: rows, Values: values}}
	}
	epochs := func(n int) []trainer.Epoch {
		all := make([]trainer.Epoch, n)
		for i := range all {
			all[i].Epoch = i + 1
		}
		return all
	}
	classes := &metrics.ClassificationResult{Classes: []metrics.Class{{Label: "cat", Support: 3}, {Label: "<dog>", Support: 5}}}
	cases := []struct {
		name string
		page report.Page
		want string
	}{
		{"multiclass", report.Page{Task: data.Multiclass, Target: "animal", Classification: classes, Epochs: 50, Monitor: "validation.accuracy",
			Splits:   split("test", 1556, metrics.Named{Name: "accuracy", Value: 0.709}),
			Training: trainer.Result{History: epochs(20), BestEpoch: 12, Stopped: true, Seconds: 41.2}},
			"On 1,556 test rows the model names the right animal for 71 %. Always answering “<dog>”, the most frequent, would be right for 63 %. " +
				"Training ran for 20 of 50 epochs in 41 s and stopped early, as nothing more was gained; the model is that of epoch 12, the best by validation accuracy."},
		{"one row, no target", report.Page{Splits: split("test", 1, metrics.Named{Name: "accuracy", Value: 1}), Training: trainer.Result{History: epochs(1)}},
			"On 1 test row the model names the right target for 100 %. Training ran for 1 epoch."},
		{"measured elsewhere", report.Page{Measured: "validation", Target: "y", Splits: split("validation", 10, metrics.Named{Name: "accuracy", Value: 0.5})},
			"On 10 validation rows the model names the right y for 50 %."},
		{"nothing measured", report.Page{Splits: split("train", 10, metrics.Named{Name: "accuracy", Value: 0.5})}, "No rows of the test split were measured."},
		{"undefined", report.Page{Splits: split("test", 10)}, "On 10 test rows no main figure is defined."},
		{"never a number", report.Page{Splits: split("test", 10), Monitor: "validation.roc_auc", Training: trainer.Result{History: epochs(2), BestEpoch: 2, Unjudged: true}},
			"On 10 test rows no main figure is defined. Training ran for 2 epochs; the model is that of epoch 2, the last, since validation ROC AUC was a number after none."},
		{"other metric", report.Page{Metric: "dice", Splits: split("test", 10, metrics.Named{Name: "dice", Value: 0.25})}, "On 10 test rows: dice 0.250."},
		{"regression", report.Page{Task: data.Regression, Target: "price", Splits: split("test", 10, metrics.Named{Name: "mae", Value: 3.5}, metrics.Named{Name: "r2", Value: 0.81})},
			"On 10 test rows the predicted price is off by 3.500 on average; the model explains 81 % of the variance (R² 0.810)."},
		{"bad regression", report.Page{Task: data.Regression, Target: "price", Splits: split("test", 10, metrics.Named{Name: "mae", Value: 3.5}, metrics.Named{Name: "r2", Value: -2})},
			"On 10 test rows the predicted price is off by 3.500 on average, which is worse than always answering the mean (R² −2.000)."},
		{"multilabel", report.Page{Task: data.Multilabel, Multilabel: &metrics.MultilabelResult{Classes: make([]metrics.Class, 8)},
			Splits: split("test", 10, metrics.Named{Name: "subset_accuracy", Value: 0.4}, metrics.Named{Name: "macro_f1", Value: 0.75})},
			"On 10 test rows every label is right for 40 %; macro F1 is 0.750 over 8 labels."},
	}
	for _, c := range cases {
		if got := plain(between(t, render(t, c.page), `<p class="headline">`, "</p>")); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestTrend says only what the curves show clearly.
func TestTrend(t *testing.T) {
	history := func(losses ...float64) (h []trainer.Epoch) {
		for i, l := range losses {
			h = append(h, trainer.Epoch{Epoch: i + 1, Validation: metrics.Values{{Name: "loss", Value: l}}})
		}
		return h
	}
	for _, c := range []struct {
		result trainer.Result
		want   string
	}{
		{trainer.Result{BestEpoch: 3, History: history(3, 2, 1)}, "more epochs may help"},
		{trainer.Result{BestEpoch: 3, Stopped: true, History: history(3, 2, 1)}, ""},
		{trainer.Result{BestEpoch: 2, History: history(2, 1, 1.5)}, "50 % higher at the end"},
		{trainer.Result{BestEpoch: 2, History: history(2, 1, 1.05)}, ""},
		{trainer.Result{BestEpoch: 2, History: history(2, 1)}, ""},
	} {
		got := plain(between(t, render(t, report.Page{Training: c.result}), "has them all.", "</p>"))
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%v: got %q, want %q", c.result.BestEpoch, got, c.want)
		}
	}
}

func TestClasses(t *testing.T) {
	m, err := metrics.NewClassification([]string{"ant", "bee", "cow", "dodo"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	m.Ranking = false
	for _, pair := range [][2]int{{0, 0}, {0, 2}, {0, 2}, {1, 1}, {1, 1}, {1, 1}, {1, 0}, {2, 2}} {
		p := []float32{0.1, 0.1, 0.1, 0.1}
		p[pair[1]] = 0.7
		if err := m.Add(p, []int{pair[0]}); err != nil {
			t.Fatal(err)
		}
	}
	r := m.Result()
	page := render(t, report.Page{Task: data.Multiclass, Classification: &r})
	for _, c := range []struct{ what, from, want string }{
		{"confusion matrix", `<table class="matrix large">`, "|ant|bee|cow|dodo|ant|1|2|bee|1|3|cow|1|dodo|"},
		{"confusions", `confused-title">`, "|True|Called|Rows|Of|Share|ant|cow|2|3|67 %|bee|ant|1|4|25 %|"},
		{"classes", `class-title">`, "|Class|Precision|Recall|F1|Rows|bee|1.000|0.750|0.857|4|ant|0.500|0.333|0.400|3|cow|0.333|1.000|0.500|1|dodo|–|–|–|0|"},
	} {
		got := plain(between(t, page, c.from, "</tbody>"))
		if _, rows, _ := strings.Cut(got, "."); !strings.HasSuffix(rows, c.want) {
			t.Errorf("%s: got %s, want %s", c.what, got, c.want)
		}
	}
	for _, want := range []string{`<td class="h3 right"`, `<td class="h7"`, `<td class="h8 right"`, `<td class="h10 right"`, `<td class="h0 right"></td>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the matrix lacks %s", want)
		}
	}
	if got := plain(page); !strings.Contains(got, "70 % sure of what it predicts, and right for 63 %") || !strings.Contains(got, "surer than it should be") {
		t.Error("the reliability is not told")
	}
	if strings.Contains(page, "after training") {
		t.Error("a calibration that was not made is told")
	}
}

// What is wrong with columns that are not used is told on the page, too.
func TestF22_FlawsAreOnThePage(t *testing.T) {
	p := page(data.Binary, "y", []string{"no", "yes"}, []int{3, 4})
	got := plain(between(t, render(t, p), `id="data-title"`, `</section>`))
	for _, want := range []string{"2 lines of comments were passed over", "could not be as they stand", "|column 3|column 3 has no name|the column|", "|notes|cells are not UTF-8|12|1,077|"} {
		if !strings.Contains(strings.NewReplacer(" 077", ",077").Replace(got), want) {
			t.Errorf("the page does not say %q: %s", want, got)
		}
	}
	p.Data.Flaws = nil
	if strings.Contains(render(t, p), "flaws-title") {
		t.Error("there are no flaws, and a table of them")
	}
}

func TestCalibration(t *testing.T) {
	m, err := metrics.NewMultilabel([]string{"heavy", "big"})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Add([]float32{0.9, 0.2, 0.7, 0.6}, []float32{1, 0, 0, 1}); err != nil {
		t.Fatal(err)
	}
	r := m.Result()
	values := func(loss, err float64) metrics.Values {
		return metrics.Values{{Name: "loss", Value: loss}, {Name: "calibration_error", Value: err}}
	}
	got := plain(between(t, render(t, report.Page{Task: data.Multilabel, Multilabel: &r, Calibration: &report.Fitted{
		Rows: 360, Temperature: 1.5, Modalities: []report.FittedModality{{Name: "title", Temperature: 2, Weight: 0.75}, {Name: "facts", Weight: 0.25}},
		Splits: []report.FittedSplit{{Name: "test", Before: values(0.9, 0.12), After: values(0.8, 0.03)}},
	}}), "Can its probabilities", "</section>"))
	for _, want := range []string{
		"75 % sure of what it predicts, and right for 75 % of the decisions",
		"Fitted on 360 validation rows after training: title temperature 2.000, weight 0.750; facts weight 0.250; temperature of all 1.500.",
		"|Split|Loss before|after|Calibration error before|after|test|0.900|0.800|0.120|0.0300|",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
}

func TestMistakes(t *testing.T) {
	page := render(t, report.Page{Task: data.Multiclass, Mistakes: []report.Mistake{{
		Row: 1200, True: "cat", Predicted: "dog", Probability: 0.97, TrueProbability: 0.0002,
		Pictures: []report.Picture{{Name: "photo"}},
		Texts:    []report.Field{{Name: "caption", Value: "a cat"}},
		Values:   []report.Field{{Name: "weight", Value: "4.2"}},
	}}})
	want := "|photo|: no picture|row 1,200|Predicted|dog|97 %|True|cat|< 0.1 %|caption|a cat|weight|4.2|"
	if diff := difference.Of(want, plain(between(t, page, `<ol class="cards">`, "</ol>"))); diff != "" {
		t.Error(diff)
	}
	page = render(t, report.Page{Task: data.Regression, Mistakes: []report.Mistake{{Row: 1, True: "10", Predicted: "12.5", Error: 2.5}}})
	if diff := difference.Of("|row 1|Predicted|12.5|True|10|Error|+2.500|", plain(between(t, page, `<ol class="cards">`, "</ol>"))); diff != "" {
		t.Error(diff)
	}
}

// TestCurves looks for the places of a small history, with a gap in it.
func TestCurves(t *testing.T) {
	var history []trainer.Epoch
	for i, l := range []float64{4, 3, 2, 3, 4} {
		v := metrics.Values{{Name: "loss", Value: l}}
		if i == 3 {
			v = nil
		}
		history = append(history, trainer.Epoch{Epoch: i + 1, LearningRate: 0.1, Validation: v})
	}
	page := render(t, report.Page{Training: trainer.Result{BestEpoch: 3, History: history}})
	svg := between(t, page, `aria-labelledby="curve-loss`, "</svg>")
	for _, want := range []string{
		`d="M46 26h0L106 112L166 198M286 26h0"`, // 4 is at the top, 2 at the bottom; epoch 4 is missing
		`>best: epoch 3</text>`, `<circle class="bestdot validation" cx="166" cy="198"`,
		"from 4 in epoch 1 to 4 in epoch 5", `>validation</text>`, `class="value">3.000</text>`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("the chart lacks %s", want)
		}
	}
	if strings.Contains(svg, ">train</text>") {
		t.Error("a line of nothing has a name")
	}
}

func TestRegressionPlots(t *testing.T) {
	r := &report.Regression{Predicted: []float64{0, 10, 7}, True: []float64{0, 10, 3}}
	page := render(t, report.Page{Task: data.Regression, Regression: r})
	scatter := between(t, page, `<g class="points">`, "</g>")
	// The frame is 288 wide and 262 high, for 0 to 10.
	if want := `<circle cx="58" cy="276" r="2.4"/><circle cx="346" cy="14" r="2.4"/><circle cx="144.4" cy="92.6" r="2.4"/>`; scatter != want {
		t.Errorf("got %s, want %s", scatter, want)
	}
	if n := strings.Count(page, "2 rows: error from 0 to 0.2"); n != 1 {
		t.Errorf("the bar of two rows without error is there %d times", n)
	}
	if n := strings.Count(page, "1 row: error from 4 to 4.2"); n != 1 {
		t.Errorf("the bar of the error of 4 is there %d times", n)
	}
}

// Of a long tail a linear axis would show a few rows, and all others in a corner.
func TestF31_LongTailsHaveLogarithmicAxes(t *testing.T) {
	r := &report.Regression{Predicted: []float64{10, 100, 30, -5}, True: []float64{10, 100, 20, 1000}, Median: 20, MedianError: 7}
	page := render(t, report.Page{Task: data.Regression, Regression: r})
	if scatter := between(t, page, `<g class="points">`, "</g>"); strings.Count(scatter, "<circle") != 4 || strings.Contains(page, "logarithmic") {
		t.Errorf("1000 with a median of 100 is no long tail: %s", scatter)
	}
	r.True = []float64{10, 20, 30, 1000}
	page = render(t, report.Page{Task: data.Regression, Regression: r})
	if scatter := between(t, page, `<g class="points">`, "</g>"); !strings.HasPrefix(scatter, `<circle cx="58" cy="276" r="2.4"/>`) || strings.Count(scatter, "<circle") != 3 {
		t.Errorf("10 over 10 is not in the corner, or a prediction below 0 is drawn: %s", scatter)
	}
	if !strings.Contains(page, "The axes are logarithmic. 1 prediction is of 0 or less, which they have no place for.") {
		t.Error("nothing is said of the axes")
	}
}

func TestFlow(t *testing.T) {
	in := func(name string) report.Module { return report.Module{Name: name, Type: "cnn"} }
	page := render(t, report.Page{Flow: &report.Module{Name: "y", Of: []report.Module{{Name: "late", Of: []report.Module{
		{Name: "early", Of: []report.Module{in("a"), in("b")}}, in("c")}}}}})
	if got := plain(between(t, page, `<desc id="flow-text">`, "</desc>")); got != "y of (late of (early of (a, b), c))." {
		t.Errorf("got %s", got)
	}
	for class, n := range map[string]int{"input": 3, "joined": 2, "output": 1} {
		if got := strings.Count(page, `<g class="box `+class+`">`); got != n {
			t.Errorf("%d boxes are %s, want %d", got, class, n)
		}
	}
	if n := strings.Count(page, `class="link"`); n != 5 {
		t.Errorf("%d links, want 5", n)
	}
}

func number(v float64) metrics.Number { return metrics.Number(v) }

// ablated is a study of some inputs, of which the first is worth most and the
// last harms.
func ablated(names ...string) (*ablation.Missing, *ablation.Importance) {
	m, imp := &ablation.Missing{Metric: "accuracy", Rows: 556}, &ablation.Importance{Metric: "accuracy", Rows: 556, Repeats: 5, Score: 0.71, Prior: 0.17}
	values := func(v float64) metrics.Values {
		return metrics.Values{{Name: "loss", Value: 2 - v}, {Name: "accuracy", Value: v}}
	}
	curve := func(fall float64, dropped ...string) ablation.Curve {
		c := ablation.Curve{Dropped: dropped}
		for i := range 10 {
			rate := float64(i) / 10
			c.Points = append(c.Points, ablation.Point{Rate: rate, Mean: number(0.71 - fall*rate)})
		}
		return c
	}
	m.Subsets = []ablation.Subset{{Present: names, Rows: 556, Values: values(0.71)}}
	for i, name := range names {
		gain := 0.3/float64(i+1) - 0.05*float64(i)
		rest := slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == name })
		m.Subsets = append(m.Subsets, ablation.Subset{Present: rest, Rows: 556, Values: values(0.71 - gain/2)}, ablation.Subset{Present: []string{name}, Rows: 500 - i, Values: values(0.17 + gain)})
		m.Curves = append(m.Curves, curve(gain, name))
		shapley := number(gain)
		if i == len(names)-1 {
			shapley = -0.01
		}
		imp.Inputs = append(imp.Inputs, ablation.Input{Name: name, Rows: 500 - i, Alone: number(gain), Dropped: number(gain / 2), Permuted: 0.2, PermutedStd: 0.013, Shapley: &shapley})
		imp.Shares = append(imp.Shares, ablation.Share{Name: name, Mean: number(1 / float64(len(names)))})
	}
	m.Curves = append(m.Curves, curve(0.5, names...))
	return m, imp
}

// The sections on inputs say in words what costs most, and draw it.
func TestInputs(t *testing.T) {
	p := samples(t)["multiclass"]
	if page := render(t, p); strings.Contains(page, `id="missing"`) || strings.Contains(page, `id="inputs"`) {
		t.Error("a page without studies has their sections")
	}
	p.Missing, p.Importance = ablated("title", "drawing", "figures")
	page := render(t, p)
	check(t, page)
	inputs, missing := between(t, page, `<section id="inputs"`, `</section>`), between(t, page, `<section id="missing"`, `</section>`)
	for _, want := range []string{"is 0.710 with all of them and 0.170 where nothing is known", "Most comes from “title”.", "+0.200|± 0.013", "−0.010", "|0.000|", "|Weight|title|33"} {
		if !strings.Contains(plain(inputs), want) {
			t.Errorf("%q is not in %s", want, plain(inputs))
		}
	}
	for _, want := range []string{"With all inputs accuracy is 0.710. To lose “title” costs most and leaves 0.560; “title” alone reaches 0.470.", "any input missing: from 0.710 to 0.260 at 90"} {
		if !strings.Contains(plain(missing), want) {
			t.Errorf("%q is not in %s", want, plain(missing))
		}
	}
	if n := strings.Count(missing, `<g class="line `); n != 4 {
		t.Errorf("%d lines of three inputs and all", n)
	}
	p.Missing.Rows = 100
	if page := plain(render(t, p)); !strings.Contains(page, "on 100 of the 556 rows of the") {
		t.Error("the page does not say that few rows were measured")
	}
	for _, in := range p.Importance.Inputs {
		*in.Shapley = number(math.NaN())
	}
	for i := range p.Missing.Curves {
		for j := range p.Missing.Curves[i].Points {
			p.Missing.Curves[i].Points[j].Mean = number(math.NaN())
		}
	}
	check(t, render(t, p))
}

// What each input knows alone is a table, with the main figure first.
func TestAlone(t *testing.T) {
	p := samples(t)["multiclass"]
	if strings.Contains(render(t, p), `id="alone"`) {
		t.Error("a page without heads of inputs has their section")
	}
	for i, name := range []string{"title", "<drawing>"} {
		p.Alone = append(p.Alone, report.Alone{Name: name, Rows: 500 - i, Values: metrics.Values{{Name: "loss", Value: 1.5}, {Name: "accuracy", Value: 0.6}, {Name: "macro_f1", Value: math.NaN()}}})
	}
	page := render(t, p)
	check(t, page)
	alone := plain(between(t, page, `<section id="alone"`, `</section>`))
	for _, want := range []string{"|title|500|0.600|", "<drawing>|499|0.600|"} {
		if !strings.Contains(html.UnescapeString(alone), want) {
			t.Errorf("%q is not in %s", want, alone)
		}
	}
}

// Of many inputs those are drawn that cost most.
func TestManyCurves(t *testing.T) {
	p := samples(t)["multiclass"]
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprintf("input%d", 12-i))
	}
	p.Missing, p.Importance = ablated(names...)
	for i := range p.Importance.Inputs {
		p.Importance.Inputs[i].Shapley = nil
	}
	page := render(t, p)
	missing := between(t, page, `<section id="missing"`, `</section>`)
	if n := strings.Count(missing, `<g class="line `); n != 8 || !strings.Contains(missing, `>input12</text>`) || !strings.Contains(missing, `>any input</text>`) {
		t.Errorf("%d lines", n)
	}
	if inputs := between(t, page, `<section id="inputs"`, `</section>`); strings.Contains(inputs, "Shapley") {
		t.Error("Shapley values that are not there")
	}
}
