package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/export"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// A threshold that was chosen is in the model: predict, evaluate, infer, explain,
// export and the report decide by it, and the training is what it was without.
func TestF32_OneThresholdEverywhere(t *testing.T) {
	for name, aim := range map[string]string{
		"binary": "{recall: 1}", "multilabel": "f1", "binary cost": "{false_positive: 1, false_negative: 9}", "binary at": "{at: 0.2}",
	} {
		kind, _, _ := strings.Cut(name, " ")
		c := sample.Default()
		c.Output = outputs[kind]
		w := newWorkshop(t, c)
		plain, half := w.train(t, "training.epochs=2")
		run, printed := w.train(t, "training.epochs=2", "output.threshold="+aim)
		b := load(t, run)
		if !slices.Equal(load(t, plain).Model.Weights(), b.Model.Weights()) {
			t.Errorf("%s: the threshold changed the training", name)
		}
		thresholds := b.Model.Head().Thresholds()
		if half.Thresholds != nil || thresholds == nil || (printed.Thresholds == nil) != (name == "binary at") {
			t.Fatalf("%s: thresholds %v, result %+v", name, thresholds, printed.Thresholds)
		}
		rows := parse(t, w.predict(t, run, "data.csv", "", "predicted.csv"))
		labels, values := rows.probabilities(t)
		said := rows.column(t, "prediction")
		for i, got := range said {
			var want []string
			for j, label := range labels {
				p := float64(values[i*len(labels)+j])
				switch {
				case kind == "multilabel" && p > thresholds[j], kind == "binary" && (j == 1) == (float64(values[2*i+1]) > thresholds[0]):
					want = append(want, label)
				}
			}
			if got != strings.Join(want, "|") {
				t.Fatalf("%s: row %d is %q, its probabilities %v say %q by %v", name, i, got, values[i*len(labels):(i+1)*len(labels)], want, thresholds)
			}
		}
		w.evaluateAgrees(t, name, run, printed)
		w.othersAgree(t, name, run, said)
	}
}

// evaluateAgrees holds evaluate to what train printed, and --threshold to a model
// that has it.
func (w *workshop) evaluateAgrees(t *testing.T, name, run string, printed app.Result) {
	t.Helper()
	metrics := func() string {
		var out bytes.Buffer
		o := app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}, Split: "test"}
		if err := app.Evaluate(context.Background(), o, app.Streams{Out: &out, Err: &bytes.Buffer{}, JSON: true}); err != nil {
			t.Fatal(err)
		}
		var e struct{ Metrics json.RawMessage }
		if err := json.Unmarshal(out.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(string(e.Metrics)), "")
	}
	want, err := json.Marshal(printed.Test)
	if err != nil {
		t.Fatal(err)
	}
	if got := metrics(); got != string(want) {
		t.Errorf("%s: evaluate says %s, train printed %s", name, got, want)
	}
	for threshold, all := range map[string]string{"0": "yes big|heavy|rare", "1": "no"} {
		o := app.PredictOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv"), Thresholds: []string{threshold}}, Force: true, Output: w.at("p.csv")}
		if err := app.Predict(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); err != nil {
			t.Fatal(err)
		}
		for i, said := range parse(t, read(t, o.Output)).column(t, "prediction") {
			if !slices.Contains(strings.Fields(all), said) && said != "" || said == "" && threshold == "0" {
				t.Fatalf("%s: row %d is %q by --threshold %s", name, i, said, threshold)
			}
		}
	}
	label := data.Questions(load(t, run).Target)[0]
	for _, bad := range []string{"2", "-1", "NaN", "", "x=0.5", "0,5", "0.5 0.5", "0.5 0.6", label + "=0.2 0.5 " + label + "=0.3"} {
		o := app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv"), Thresholds: strings.Split(bad, " ")}}
		if err := app.Evaluate(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); err == nil || !strings.Contains(err.Error(), "--threshold") {
			t.Errorf("%s: --threshold %q: %v", name, bad, err)
		}
	}
}

// othersAgree holds infer, explain and export to the predictions of a table's rows.
func (w *workshop) othersAgree(t *testing.T, name, run string, said []string) {
	t.Helper()
	m, err := infer.Load(context.Background(), run, infer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := load(t, run)
	b.ReadFiles(sample.Source(sample.Images()))
	x, err := explain.New(b.Model, b.Inputs, b.Target, explain.Options{MostSteps: 1})
	if err != nil {
		t.Fatal(err)
	}
	table := sample.Table(rows)
	for i, cells := range sample.Rows(rows)[:6] {
		row := infer.Row{}
		for j, column := range []string{sample.Picture, sample.Caption, sample.Width, sample.Height, sample.Maker} {
			if row[column] = any(cells[j]); column == sample.Picture {
				row[column] = sample.Images()[cells[j]]
			}
		}
		got, err := m.Predict(context.Background(), []infer.Row{row})
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Value != said[i] {
			t.Errorf("%s: row %d: infer says %v, predict %q", name, i, got[0].Value, said[i])
		}
		one, err := explain.Read(table, i, b.Inputs, nil)
		if err != nil {
			t.Fatal(err)
		}
		if why, err := x.Explain(context.Background(), one); err != nil || why.Prediction != said[i] {
			t.Errorf("%s: row %d: explain explains %v, predict says %q (%v)", name, i, why, said[i], err)
		}
	}
	_, d, err := export.ONNX(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, threshold := range b.Model.Head().Thresholds() {
		written := d.Output.Threshold
		if d.Output.Thresholds != nil {
			written = d.Output.Thresholds[i]
		}
		if written != threshold || (d.Format == 2) != (d.Output.Thresholds != nil) {
			t.Errorf("%s: preprocessing.json says %+v, format %d, the model %v", name, d.Output, d.Format, b.Model.Head().Thresholds())
		}
	}
	if n := len(m.Describe().Output.Thresholds); n != len(b.Model.Head().Thresholds()) {
		t.Errorf("%s: the model describes %d thresholds", name, n)
	}
	page := string(read(t, run+"/report.html"))
	for _, want := range []string{"ROC curve", "Precision–recall curve", "What a threshold trades"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s: the report has no %s", name, want)
		}
	}
}

func TestF32_ThresholdsNeedQuestions(t *testing.T) {
	c := sample.Default()
	w := newWorkshop(t, c)
	run, _ := w.train(t, "training.epochs=1")
	o := app.PredictOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv"), Thresholds: []string{"0.4"}}, Force: true, Output: w.at("p.csv")}
	streams := app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}
	for name, err := range map[string]error{
		"predict": app.Predict(context.Background(), o, streams),
		"explain": app.Explain(context.Background(), app.ExplainOptions{SourceOptions: o.SourceOptions, Output: w.at("why")}, streams),
		"serve":   app.Serve(context.Background(), app.ServeOptions{Model: run, Listen: "127.0.0.1:0", Thresholds: o.Thresholds}, streams),
	} {
		if fmt.Sprint(err) != "--threshold: a multiclass output has no threshold" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
