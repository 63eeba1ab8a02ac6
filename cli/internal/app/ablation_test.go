package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/ablation"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/metrics"
)

// evaluate --missing and --importance measure the rows that evaluate measures,
// as JSON and as tables.
func TestEvaluateWithoutInputs(t *testing.T) {
	c := sample.Default()
	c.Fusion = "{type: score_average}"
	w := newWorkshop(t, c)
	run, _ := w.train(t)
	o := app.EvaluateOptions{
		SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}, Split: "test",
		Missing: true, Importance: true, Metric: "macro_f1",
	}
	var out, errs bytes.Buffer
	if err := app.Evaluate(context.Background(), o, app.Streams{Out: &out, Err: &errs, JSON: true}); err != nil {
		t.Fatal(err)
	}
	var e struct {
		Rows       int
		Metrics    metrics.Values
		Missing    ablation.Missing
		Importance ablation.Importance
	}
	if err := json.Unmarshal(out.Bytes(), &e); err != nil {
		t.Fatal(err)
	}
	whole, _ := e.Metrics.Get("macro_f1")
	first, _ := e.Missing.Subsets[0].Values.Get("macro_f1")
	if e.Missing.Rows != e.Rows || len(e.Missing.Subsets) != 7 || len(e.Missing.Curves) != 4 || first != whole || float64(e.Importance.Score) != whole {
		t.Errorf("%d rows, %d subsets, %d curves; macro F1 %v, with all inputs %v and %v",
			e.Missing.Rows, len(e.Missing.Subsets), len(e.Missing.Curves), whole, first, e.Importance.Score)
	}
	var names []string
	for _, in := range e.Importance.Inputs {
		names = append(names, in.Name)
	}
	if !slices.Equal(names, []string{"picture", "caption", "facts"}) || e.Importance.Inputs[0].Shapley == nil || len(e.Importance.Shares) != 3 {
		t.Errorf("importance %+v", e.Importance)
	}
	out.Reset()
	if err := app.Evaluate(context.Background(), o, app.Streams{Out: &out, Err: &errs}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"picture + caption ", "│ any input ", "90 %", "Shapley value", fmt.Sprintf("macro f1: %.4f with all", whole)} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

// The report of a run has the sections on inputs; that of a single input has
// none.
func TestReportOfInputs(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	alone := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("alone"), Only: []string{"facts"}}
	if said, err := start(context.Background(), alone, nil); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for dir, want := range map[string]bool{run: true, alone.Output: false} {
		page := read(t, filepath.Join(dir, "report.html"))
		for _, id := range []string{`<section id="inputs"`, `<section id="missing"`} {
			if bytes.Contains(page, []byte(id)) != want {
				t.Errorf("%s: %s is there: %v", filepath.Base(dir), id, !want)
			}
		}
	}
}

// What cannot be measured is refused with exit code 2.
func TestImpossibleEvaluations(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	alone := w.at("alone")
	train := app.TrainOptions{Config: w.at("train.yaml"), Output: alone, Only: []string{"facts"}}
	if said, err := start(context.Background(), train, nil); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for name, c := range map[string]struct {
		o    app.EvaluateOptions
		want string
	}{
		"one input":      {app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: alone}, Missing: true}, "the model has 1 input"},
		"metric":         {app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: run}, Missing: true, Metric: "mae"}, `no metric "mae"`},
		"metric of none": {app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: run}, Metric: "loss"}, "--metric is for"},
	} {
		c.o.Data = w.at("data.csv")
		err := app.Evaluate(context.Background(), c.o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
		var coded interface{ ExitCode() int }
		if !errors.As(err, &coded) || coded.ExitCode() != 2 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
