package app_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// TestOutputsThatHoldWhatIsRead: an output that is, or holds, what a command reads is
// refused, by --force too, and nothing is changed.
func TestOutputsThatHoldWhatIsRead(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t, "training.epochs=1")
	for link, to := range map[string]string{"alias": ".", "images2": "images", "linked.csv": "data.csv"} {
		if err := os.Symlink(to, w.at(link)); err != nil {
			t.Skip(err)
		}
	}
	quiet := app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}
	ctx := context.Background()
	train := func(output string, force bool) error {
		return app.Train(ctx, app.TrainOptions{Config: w.at("train.yaml"), Output: output, Force: force, Resume: !force}, quiet)
	}
	source := app.SourceOptions{Model: run, Data: w.at("data.csv")}
	explain := func(output string) error {
		return app.Explain(ctx, app.ExplainOptions{SourceOptions: source, Rows: "1", Output: output, Force: true}, quiet)
	}
	export := func(output string) error {
		return app.Export(ctx, app.ExportOptions{SourceOptions: app.SourceOptions{Model: run}, Format: "onnx", Output: output, Force: true}, quiet)
	}
	predict := func(output string) error {
		return app.Predict(ctx, app.PredictOptions{SourceOptions: source, Output: output}, quiet)
	}
	compared := compareOptions(w)
	compared.Output = w.dir
	w.write(t, "other.json", `{"cells": []}`)
	pictures, err := os.ReadDir(w.at("images"))
	if err != nil {
		t.Fatal(err)
	}
	reportTo := func(path string) error {
		o := app.EvaluateOptions{SourceOptions: source}
		o.DataReport = path
		return app.Evaluate(ctx, o, quiet)
	}
	before := inventory(t, w.dir)
	cases := map[string]func() error{
		"train, resumed":            func() error { return train(w.dir, false) },
		"train, forced":             func() error { return train(w.dir+"/", true) },
		"train, by dots":            func() error { return train(filepath.Join(w.dir, "images")+"/..", true) },
		"train, by a link":          func() error { return train(w.at("alias"), true) },
		"train into the images":     func() error { return train(w.at("images"), true) },
		"train into linked images":  func() error { return train(w.at("images2"), false) },
		"train over the table":      func() error { return train(w.at("data.csv"), true) },
		"compare":                   func() error { return app.Compare(ctx, compared, quiet) },
		"explain":                   func() error { return explain(w.dir) },
		"explain into the run":      func() error { return explain(run) },
		"explain into the model":    func() error { return explain(filepath.Join(run, "model")) },
		"export into the run":       func() error { return export(run) },
		"export below the model":    func() error { return export(filepath.Join(run, "model", "onnx")) },
		"predict over the table":    func() error { return predict(w.at("data.csv")) },
		"predict over a linked one": func() error { return predict(w.at("linked.csv")) },
		"predict into the model":    func() error { return predict(filepath.Join(run, "model", "out.csv")) },
		"a report over the table": func() error {
			return reportTo(w.at("linked.csv"))
		},
		"train through no folder":    func() error { return train(w.at("none")+"/..", false) },
		"train by force through one": func() error { return train(w.at("none")+"/../"+filepath.Base(run), true) },
		"explain through no folder":  func() error { return explain(w.at("none") + "/../images") },
		"export through no folder":   func() error { return export(run + "/none/..") },
		"predict through no folder":  func() error { return predict(w.at("none") + "/../new.csv") },
		"init through no folder":     func() error { return initOver(ctx, w.at("data.csv"), w.at("none")+"/../new.yaml", quiet) },
		"compare through no folder": func() error {
			o := compared
			o.Output = w.at("none") + "/../compared"
			return app.Compare(ctx, o, quiet)
		},
		"train into a model":            func() error { return train(filepath.Join(run, "model", "run"), false) },
		"explain in a checkpoint":       func() error { return explain(filepath.Join(run, "checkpoints", "step-00000005")) },
		"a report over the config":      func() error { return reportTo(w.at("train.yaml")) },
		"a report over a picture":       func() error { return reportTo(w.at("images/" + pictures[0].Name())) },
		"a report over that of the run": func() error { return reportTo(filepath.Join(run, "data_report.json")) },
		"a report over other JSON":      func() error { return reportTo(w.at("other.json")) },
		"a report over the predictions": func() error {
			o := app.PredictOptions{SourceOptions: source, Output: w.at("both.csv")}
			o.DataReport = w.at("images/../both.csv")
			return app.Predict(ctx, o, quiet)
		},
		"init over the table":        func() error { return initOver(ctx, w.at("data.csv"), w.at("data.csv"), quiet) },
		"init over a link to itself": func() error { return initOver(ctx, w.at("data.csv"), w.at("linked.csv"), quiet) },
	}
	for name, do := range cases {
		err := do()
		var coded interface{ ExitCode() int }
		if !errors.As(err, &coded) || coded.ExitCode() != 2 || !strings.Contains(err.Error(), "choose another") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := difference.Of(before, inventory(t, w.dir)); d != "" {
		t.Error(d)
	}
	t.Logf("H2: %d outputs refused", len(cases))

	// A report is written over an earlier one.
	for range 2 {
		if err := reportTo(w.at("cells.json")); err != nil {
			t.Error(err)
		}
	}

	// The config that a run has left may be given to resume it.
	if err := app.Train(ctx, app.TrainOptions{Config: filepath.Join(run, "config.yaml"), Output: run, Resume: true}, quiet); err != nil {
		t.Error(err)
	}
}

func initOver(ctx context.Context, table, output string, s app.Streams) error {
	return app.Init(ctx, app.InitOptions{Options: guess.Options{Table: table, Output: output}, Force: true}, s)
}

// TestUnmarkedFolders: without a marker, a folder is a run's only if a checkpoint or
// model proves it; otherwise nothing is done to it.
func TestUnmarkedFolders(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	if err := os.MkdirAll(w.at("project/model"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.write(t, "project/config.yaml", "mine: true")
	w.write(t, "project/model/mine.txt", "mine")
	before := inventory(t, w.at("project"))
	for _, o := range []app.TrainOptions{{Resume: true}, {Force: true}} {
		o.Config, o.Output = w.at("train.yaml"), w.at("project")
		if said, err := start(context.Background(), o, nil); code(err) != 2 || !strings.Contains(err.Error(), "holds config.yaml, model, and nothing tells that a training wrote it") {
			t.Errorf("%v: %s", err, said)
		}
	}
	if d := difference.Of(before, inventory(t, w.at("project"))); d != "" {
		t.Error(d)
	}
	if err := os.MkdirAll(w.at("logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.write(t, "logs/job.log", "mine")
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("logs"), Resume: true, Sets: []string{"training.epochs=1"}}
	if said, err := start(context.Background(), o, nil); err != nil || string(read(t, w.at("logs/job.log"))) != "mine" {
		t.Errorf("%v: %s", err, said)
	}
}
