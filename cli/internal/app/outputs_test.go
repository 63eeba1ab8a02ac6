package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// severalOutputs is the sample with an output of each kind.
func severalOutputs() sample.Config {
	c := sample.Default()
	c.Outputs = "{kind: {type: multiclass, column: kind}, ok: {type: binary, column: pass, calibrate: true, threshold: f1}, " +
		"tags: {type: multilabel, column: tags, threshold: 0.4}, price: {type: regression, column: price, weight: 0.5}}"
	return c
}

// Each of several outputs is fitted, chosen, measured, reported and studied by itself.
func TestSeveralOutputsEverywhere(t *testing.T) {
	w := newWorkshop(t, severalOutputs())
	run, r := w.train(t, "training.epochs=2")
	var names []string
	for _, o := range r.Outputs {
		names = append(names, o.Name)
	}
	if got := strings.Join(names, " "); got != "kind ok tags price" {
		t.Fatalf("the result is of %s", got)
	}
	if o := r.Outputs[1]; o.Calibration == nil || len(o.Calibration.Splits) != 2 || o.Thresholds == nil || r.Outputs[0].Thresholds != nil || r.Outputs[3].Baseline == nil || r.Calibration != nil {
		t.Errorf("the result says %+v", r.Outputs)
	}
	for _, f := range []string{"kind.accuracy", "ok.roc_auc", "tags.macro_f1", "price.mae"} {
		if _, ok := r.Test.Get(f); !ok {
			t.Errorf("%s is not measured", f)
		}
	}
	page := string(read(t, run+"/report.html"))
	for _, want := range []string{`id="output-1"`, `id="errors-2"`, `id="scatter-name-4"`, `href="#output-3"`, "The model gives 4 answers:", "Price: mean", `id="label-3-title"`} {
		if want == "Price: mean" {
			want = "price: mean absolute error"
		}
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %s", want)
		}
	}
	seen := map[string]bool{}
	for _, part := range strings.Split(page, ` id="`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		if seen[id] {
			t.Errorf("two places of the report have the id %s", id)
		}
		seen[id] = true
	}
	b := load(t, run)
	if got := b.Outputs()[2].Head.Thresholds(); len(got) != 3 || got[0] != 0.4 {
		t.Errorf("tags are decided by %v", got)
	}
}

// A threshold of an output changes its answers, and no others; what names none is refused.
func TestThresholdOfAnOutput(t *testing.T) {
	w := newWorkshop(t, severalOutputs())
	run, _ := w.train(t, "training.epochs=1")
	predict := func(flags ...string) (string, error) {
		o := app.PredictOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv"), Thresholds: flags}, Output: "-"}
		var out bytes.Buffer
		err := app.Predict(context.Background(), o, app.Streams{Out: &out, Err: &bytes.Buffer{}})
		return out.String(), err
	}
	count := func(text, column string) map[string]int {
		n := map[string]int{}
		for _, v := range parse(t, []byte(text)).column(t, column) {
			n[v]++
		}
		return n
	}
	none, err := predict("ok=1", "tags=1")
	if err != nil {
		t.Fatal(err)
	}
	if n := count(none, "prediction_tags"); len(n) != 1 || n[""] != rows {
		t.Errorf("above 1 the tags are %v", n)
	}
	one, err := predict("tags=1", "tags."+firstTag(t, run)+"=0")
	if err != nil {
		t.Fatal(err)
	}
	if n := count(one, "prediction_tags"); len(n) != 1 || n[firstTag(t, run)] != rows {
		t.Errorf("with one label above 0 the tags are %v", n)
	}
	for flag, want := range map[string]string{
		"price=0.3":   "price: a regression output has no threshold",
		"kind=0.3":    "kind: a multiclass output has no threshold",
		"tag=0.3":     `no output "tag", it has kind, ok, tags, price; did you mean "tags"?`,
		"tags.no=0.3": "the model decides no label \"no\" by a threshold",
		"tags=2":      "is no probability",
	} {
		if _, err := predict(flag); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || exitCode(err) != 2 {
			t.Errorf("--threshold %s: %v, want %q", flag, err, want)
		}
	}
}

func exitCode(err error) int {
	var e interface{ ExitCode() int }
	if errors.As(err, &e) {
		return e.ExitCode()
	}
	return 0
}

// firstTag is the first of the tags.
func firstTag(t *testing.T, run string) string { return load(t, run).Outputs()[2].Target.Labels()[0] }

// evaluate studies each output on the rows that have its answer, or the one whose figure
// is named.
func TestStudyOfOutputs(t *testing.T) {
	w := newWorkshop(t, severalOutputs())
	run, _ := w.train(t, "training.epochs=1")
	evaluate := func(metric string) (string, error) {
		var out bytes.Buffer
		o := app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}, Missing: true, Metric: metric}
		err := app.Evaluate(context.Background(), o, app.Streams{Out: &out, Err: &bytes.Buffer{}, JSON: true})
		return out.String(), err
	}
	out, err := evaluate("price.mae")
	var e struct {
		Outputs []struct {
			Name    string
			Missing struct {
				Metric  string
				Subsets []struct{ Present []string }
			}
		}
	}
	if err == nil {
		err = json.Unmarshal([]byte(out), &e)
	}
	if err != nil || len(e.Outputs) != 1 || e.Outputs[0].Name != "price" || e.Outputs[0].Missing.Metric != "mae" || len(e.Outputs[0].Missing.Subsets) != 7 {
		t.Errorf("%v: %+v", err, e)
	}
	for metric, want := range map[string]string{"mae": "name one of them, as in kind.mae", "prize.mae": `no output "prize"`, "price.accuracy": "accuracy"} {
		if _, err := evaluate(metric); err == nil || !strings.Contains(err.Error(), want) || exitCode(err) != 2 {
			t.Errorf("--metric %s: %v", metric, err)
		}
	}
}
