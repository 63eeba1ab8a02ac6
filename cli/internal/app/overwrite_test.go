package app_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// TestF33_PredictOverwritesNothing: what is there stays unless it is told to be
// written over, and the table stays always, by whatever path it is named.
func TestF33_PredictOverwritesNothing(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	table := read(t, w.at("data.csv"))
	if err := os.Symlink(w.at("data.csv"), w.at("link.csv")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(w.at("data.csv"), w.at("hard.csv")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.at("there.csv"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		output string
		force  bool
		says   string // "" where it is written
	}{
		{"there.csv", false, "--force"}, {"there.csv", true, ""}, {"new.csv", false, ""}, {"new.csv", false, "--force"},
		{"data.csv", true, "the table"}, {"link.csv", true, "the table"}, {"hard.csv", true, "the table"}, {"x/../data.csv", true, "the table"},
	} {
		err := app.Predict(context.Background(), app.PredictOptions{
			SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}, Output: w.at(c.output), Force: c.force,
		}, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s, force %v: %v", c.output, c.force, err)
		}
	}
	if !bytes.Equal(read(t, w.at("data.csv")), table) {
		t.Error("the table was written over")
	}
}

// What any command writes into the folder of a run is refused, however the way into it is
// spelt.
func TestH2_NothingInsideRuns(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t, "training.epochs=1")
	other, _ := w.train(t, "training.epochs=1")
	link := w.at("way")
	if err := os.Symlink(filepath.Join(run, "checkpoints"), link); err != nil {
		t.Fatal(err)
	}
	before := inventory(t, run)
	for _, output := range []string{filepath.Join(run, "second"), filepath.Join(run, "a", "b", "c"), filepath.Join(run, "checkpoints"), filepath.Join(link, "second")} {
		streams := app.Streams{Out: io.Discard, Err: io.Discard}
		source := app.SourceOptions{Model: other, Data: w.at("data.csv")}
		file := filepath.Join(output, "file")
		reporting := source
		reporting.DataReport = file + ".json"
		for name, do := range map[string]func() error{
			"train": func() error {
				return app.Train(context.Background(), app.TrainOptions{Config: w.at("train.yaml"), Output: output, Force: true}, streams)
			},
			"compare": func() error {
				o := compareOptions(w)
				o.Output = output
				return app.Compare(context.Background(), o, streams)
			},
			"explain": func() error {
				return app.Explain(context.Background(), app.ExplainOptions{SourceOptions: source, Rows: "1", Output: output, Force: true}, streams)
			},
			"export": func() error {
				return app.Export(context.Background(), app.ExportOptions{SourceOptions: app.SourceOptions{Model: other}, Format: "onnx", Output: output, Force: true}, streams)
			},
			"predict": func() error {
				return app.Predict(context.Background(), app.PredictOptions{SourceOptions: source, Output: file + ".csv", Force: true}, streams)
			},
			"predict's report": func() error {
				return app.Predict(context.Background(), app.PredictOptions{SourceOptions: reporting, Output: w.at("p.csv"), Force: true}, streams)
			},
			"evaluate's report": func() error {
				return app.Evaluate(context.Background(), app.EvaluateOptions{SourceOptions: reporting}, streams)
			},
			"init": func() error {
				return app.Init(context.Background(), app.InitOptions{Options: guess.Options{Table: w.at("data.csv"), Output: file + ".yaml"}, Force: true}, streams)
			},
		} {
			var usage *app.UsageError
			if err := do(); !errors.As(err, &usage) {
				t.Errorf("%s into %s: %v", name, output, err)
			}
		}
	}
	after := inventory(t, run)
	for name, what := range before {
		if after[name] != what {
			t.Errorf("%s was %s, and is %s", name, what, after[name])
		}
	}
	if len(after) != len(before) {
		t.Errorf("there are %d files, there were %d", len(after), len(before))
	}
}
