package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// load reads a run's model.
func load(t testing.TB, run string) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Load(context.Background(), run, bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A model that is calibrated has the weights that it has without, predicts the
// same with other probabilities, and loses no more on the rows that it was
// calibrated on. What it learned is in the model that predict and evaluate use.
func TestCalibratedRuns(t *testing.T) {
	for name, fusions := range map[string][]string{
		"multiclass": {"{type: concat, dim: 8}", "{type: score_average, pool: product}"},
		"binary":     {"{type: concat, dim: 8}"},
		"multilabel": {"{type: score_average}"},
	} {
		output := outputs[name]
		for _, fusion := range fusions {
			c := sample.Default()
			c.Output, c.Fusion = output, fusion
			c.Training = ", early_stopping: {patience: 9}"
			w := newWorkshop(t, c)
			sets := []string{"training.epochs=4", "training.optimizer.learning_rate=0.1"}
			run, plain := w.train(t, sets...)
			sets = append(sets, "output.calibrate=true")
			if strings.Contains(fusion, "score") {
				sets = append(sets, "fusion.calibrate=true", "fusion.weights=fitted")
			}
			calibrated, printed := w.train(t, sets...)
			if plain.Calibration != nil || printed.Calibration == nil {
				t.Fatalf("%s: calibration %+v without, %+v with", name, plain.Calibration, printed.Calibration)
			}
			if !slices.Equal(load(t, run).Model.Weights(), load(t, calibrated).Model.Weights()) {
				t.Errorf("%s, %s: calibration changed the training", name, fusion)
			}
			w.figuresAgree(t, name, calibrated, printed)
			m := load(t, calibrated).Model.Calibration()
			unused := slices.ContainsFunc(printed.Calibration.Unused, func(why string) bool {
				return strings.HasPrefix(why, "temperature: ") || strings.HasPrefix(why, "all: ")
			})
			if m.Temperature[0] != float32(printed.Calibration.Temperature) || (m.Temperature[0] == 1) != unused {
				t.Errorf("%s, %s: the model has the temperature %v, the result %v", name, fusion, m.Temperature, printed.Calibration.Temperature)
			}
			for i, x := range printed.Calibration.Modalities {
				if m.Names[i] != x.Name || m.Temperatures[i][0] != float32(x.Temperature) || m.Weights[i] != float32(x.Weight) {
					t.Errorf("%s, %s: the model has %v and %v, the result %+v", name, fusion, m.Temperatures[i], m.Weights, x)
				}
			}
			for _, s := range printed.Calibration.Splits {
				before, _ := s.Before.Get("loss")
				after, _ := s.After.Get("loss")
				if s.Name == "validation" && after > before+1e-6 {
					t.Errorf("%s, %s: the loss on validation rows was %v, and is %v", name, fusion, before, after)
				}
				want, _ := plain.Validation.Get("loss")
				if s.Name == "validation" && before != want && !strings.Contains(fusion, "score") {
					t.Errorf("%s, %s: the loss before is %v, without calibration %v", name, fusion, before, want)
				}
			}
			one, _ := plain.Test.Get("accuracy")
			other, _ := printed.Test.Get("accuracy")
			if one != other && !strings.Contains(fusion, "score") && name != "multilabel" {
				t.Errorf("%s: accuracy %v, calibrated %v", name, one, other)
			}
			if page := read(t, filepath.Join(calibrated, "report.html")); !bytes.Contains(page, []byte("Before and after calibration")) {
				t.Error("the report does not say it")
			}
		}
	}
}

// F7: what a few rows that are all right ask for is not used, which the log, the
// result and the report say.
func TestF7_CalibrationOfFewRowsIsNotUsed(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	var table strings.Builder
	table.WriteString("x,y,s\n")
	for i := range 200 {
		x := float64(i%41)/10 - 2
		fmt.Fprintf(&table, "%g,%t,%s\n", x, (x > 0) != (i%10 == 0), []string{"train", "train", "test"}[i%3])
	}
	for i := range 6 {
		fmt.Fprintf(&table, "%g,%t,validation\n", 2.5*float64(2*(i%2)-1), i%2 == 1)
	}
	w.write(t, "few.csv", table.String())
	w.write(t, "few.yaml", `name: few
data: {path: few.csv, split: {column: s}}
inputs: {f: {type: tabular, numeric: [x], encoder: {type: mlp, hidden: [8]}}}
output: {type: binary, column: y, calibrate: true}
training: {epochs: 5, batch_size: 16, optimizer: {type: adamw, learning_rate: 0.01}}
`)
	run := w.at("few")
	said, err := start(context.Background(), app.TrainOptions{Config: w.at("few.yaml"), Output: run}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const why = "it had 6 rows, and needs about 100"
	if !strings.Contains(said, "warning: what was fitted is not used, temperature: ") || !strings.Contains(said, why) {
		t.Errorf("the log does not say so: %s", said)
	}
	var r app.Result
	if err := json.Unmarshal(read(t, filepath.Join(run, "result.json")), &r); err != nil {
		t.Fatal(err)
	}
	if c := r.Calibration; c == nil || c.Used || c.Temperature != 1 || len(c.Unused) != 1 || !strings.Contains(c.Unused[0], why) {
		t.Errorf("the result has %+v", c)
	}
	if page := read(t, filepath.Join(run, "report.html")); !bytes.Contains(page, []byte(why)) {
		t.Error("the report does not say so")
	}
}

// Without validation rows nothing can be calibrated, which is said before
// anything is written.
func TestCalibrationWithoutRows(t *testing.T) {
	c := sample.Default()
	c.Output = "{type: binary, column: pass, calibrate: true}"
	w := newWorkshop(t, c)
	table := strings.ReplaceAll(string(read(t, w.at("data.csv"))), ",validation", ",train")
	w.write(t, "data.csv", table)
	_, err := start(context.Background(), app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("run"), Sets: []string{"training.monitor=train.loss"}}, nil)
	if coded, ok := err.(interface{ ExitCode() int }); !ok || coded.ExitCode() != 2 || !strings.Contains(err.Error(), "validation rows, and there are none") {
		t.Errorf("%v", err)
	}
}
