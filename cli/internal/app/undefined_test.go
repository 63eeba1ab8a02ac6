package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// oneSided is a table whose rows of one split all have the label a.
func oneSided(t *testing.T, split string) *workshop {
	w := newWorkshop(t, sample.Default())
	var b strings.Builder
	b.WriteString("x,t,y,s\n")
	for i := range 60 {
		part := "train"
		if i >= 40 {
			part = []string{"validation", "test"}[i%2]
		}
		label := "ab"[i/2%2 : i/2%2+1]
		if part == split {
			label = "a"
		}
		fmt.Fprintf(&b, "%d,w%d v%d,%s,%s\n", i%7, i%5, i%3, label, part)
	}
	w.write(t, "data.csv", b.String())
	w.write(t, "train.yaml", `name: m
data: {path: data.csv, split: {column: s}}
inputs:
  f: {type: tabular, numeric: [x]}
  t: {type: text, column: t, max_tokens: 8, encoder: {type: ngrams}}
fusion: {type: concat, dim: 4}
output: {type: binary, column: y}
training: {epochs: 1, batch_size: 16}
`)
	return w
}

func TestF14_CompareByAnUndefinedFigure(t *testing.T) {
	for split, want := range map[string]string{
		"test":       `roc_auc is undefined on the test rows: it needs rows of two labels, but the 10 rows all have "a"; choose another figure, such as accuracy, macro_f1, or give other rows`,
		"validation": `roc_auc is undefined on the validation rows, which choose the best fusion: it needs rows of two labels`,
	} {
		w := oneSided(t, split)
		o := compareOptions(w)
		o.Metric = "roc_auc"
		err := app.Compare(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
		var u *compare.UndefinedError
		if !errors.As(err, &u) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", split, err, want)
		}
	}
}

// A monitored figure that is never a number made the last epoch the best.
func TestF14_MonitoredUndefinedFigure(t *testing.T) {
	w := oneSided(t, "validation")
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("run"), Sets: []string{"training.monitor=validation.roc_auc"}}
	err := app.Train(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	var u *compare.UndefinedError
	if want := `training.monitor is validation.roc_auc: roc_auc is undefined on the validation rows`; !errors.As(err, &u) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// Figures that are a dash in the table and null in JSON come with a reason.
func TestF14_UndefinedFiguresAreExplained(t *testing.T) {
	w := oneSided(t, "test")
	var out, errs bytes.Buffer
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("run")}
	if err := app.Train(context.Background(), o, app.Streams{Out: &out, Err: &errs, JSON: true}); err != nil {
		t.Fatal(err)
	}
	const why = `note: roc_auc of test rows is undefined: it needs rows of two labels, but the 10 rows all have "a"`
	if !strings.Contains(errs.String(), why) || !strings.Contains(out.String(), `"roc_auc": null`) {
		t.Errorf("%s\n%s", errs.String(), out.String())
	}
	e := app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: w.at("run"), Data: w.at("data.csv")}, Split: "test"}
	errs.Reset()
	if err := app.Evaluate(context.Background(), e, app.Streams{Out: &out, Err: &errs}); err != nil || !strings.Contains(errs.String(), why) {
		t.Errorf("%v\n%s", err, errs.String())
	}
	e.Missing, e.Metric = true, "roc_auc"
	var u *compare.UndefinedError
	if err := app.Evaluate(context.Background(), e, app.Streams{Out: &out, Err: &errs}); !errors.As(err, &u) {
		t.Errorf("--missing --metric roc_auc: %v", err)
	}
}
