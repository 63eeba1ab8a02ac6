package app_test

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/internal/app"
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
			if m.Temperature[0] != float32(printed.Calibration.Temperature) || m.Temperature[0] == 1 {
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
