package app_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// What train leaves as a model, a program that calls package fit has too, bit for
// bit.
func TestFitIsTrain(t *testing.T) {
	for name, c := range map[string]sample.Config{
		"joint":      {},
		"thresholds": {Output: "{type: multilabel, column: tags, threshold: f1}"},
		"calibrated": {Output: "{type: binary, column: pass, calibrate: true, class_weights: balanced}"},
		"separate":   {Fusion: "{type: score_average, train: separate, weights: fitted}"},
		"a number":   {Output: "{type: regression, column: price, transform: log}"},
	} {
		t.Run(name, func(t *testing.T) {
			own := sample.Default()
			if c.Output != "" {
				own.Output = c.Output
			}
			if c.Fusion != "" {
				own.Fusion = c.Fusion
			}
			w := newWorkshop(t, own)
			run, printed := w.train(t)
			loaded, err := config.Load(w.at("train.yaml"), config.Builtin())
			if err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			m, err := fit.Config(ctx, loaded, fit.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Save(ctx, w.at("run9/model")); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{"model.safetensors", "preprocessing.json", "config.yaml", data.TrainedFile} {
				have, want := read(t, w.at(filepath.Join("run9/model", file))), read(t, filepath.Join(run, "model", file))
				if !bytes.Equal(have, want) {
					t.Errorf("%s is not that of train", file)
				}
			}
			for i, v := range printed.Test {
				if m.Test[i].Name != v.Name || m.Test[i].Value != v.Value {
					t.Errorf("test.%s is %v, of train %v", v.Name, m.Test[i].Value, v.Value)
				}
			}
		})
	}
}
