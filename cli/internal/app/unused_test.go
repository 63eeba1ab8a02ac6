package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// useless is a table of the sample of which nearly nothing can be used: pictures
// that are not there, an unknown category, no numbers.
func useless(w *workshop, t *testing.T) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(read(t, w.at("data.csv")))), "\n")
	head := strings.Split(lines[0], ",")
	for i := range lines[1:] {
		cells := strings.Split(lines[i+1], ",")
		for j, name := range head {
			switch name {
			case sample.Picture:
				cells[j] = fmt.Sprintf(`gone\%d.png`, i)
			case sample.Maker:
				cells[j] = "nobody"
			case sample.Width:
				cells[j] = ""
			}
		}
		lines[i+1] = strings.Join(cells, ",")
	}
	w.write(t, "useless.csv", strings.Join(lines, "\n"))
}

type cells struct {
	Cells []struct {
		Input, Column, Reason string
		Cells                 int
	}
	Warnings []string
}

func (c cells) of(column, reason string) int {
	for _, x := range c.Cells {
		if x.Column == column && x.Reason == reason {
			return x.Cells
		}
	}
	return 0
}

// predict, evaluate and explain said nothing of tables of which they used nothing.
func TestF2_UnusedCellsAreCounted(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	useless(w, t)
	source := app.SourceOptions{Model: run, Data: w.at("useless.csv"), DataReport: w.at("cells.json")}
	commands := map[string]func(app.SourceOptions, app.Streams) error{
		"predict": func(o app.SourceOptions, s app.Streams) error {
			return app.Predict(context.Background(), app.PredictOptions{SourceOptions: o, Output: w.at("out.csv"), Force: true}, s)
		},
		"evaluate": func(o app.SourceOptions, s app.Streams) error {
			return app.Evaluate(context.Background(), app.EvaluateOptions{SourceOptions: o}, s)
		},
		"explain": func(o app.SourceOptions, s app.Streams) error {
			return app.Explain(context.Background(), app.ExplainOptions{SourceOptions: o, Rows: "1-30", Output: w.at("pages"), Force: true}, s)
		},
	}
	for name, command := range commands {
		var out, errs bytes.Buffer
		os.Remove(source.DataReport)
		if err := command(source, app.Streams{Out: &out, Err: &errs, JSON: true}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var whole struct{ Data cells }
		var file cells
		if err := json.Unmarshal(out.Bytes(), &whole); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := json.Unmarshal(read(t, source.DataReport), &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		reports := []cells{file, whole.Data}
		if name == "explain" {
			reports = reports[:1]
		}
		for _, c := range reports {
			if c.of(sample.Maker, data.Unknown) != rows || c.of(sample.Picture, data.NoFile) != rows || c.of(sample.Width, data.Masked) < rows {
				t.Errorf("%s: %+v", name, c)
			}
		}
		line := errs.String()
		for _, part := range []string{"warning: ", " not used as they stand: ", "column \"" + sample.Maker + "\" of facts (30 unknown)", "(30 no file)", "cells.json tells of which rows"} {
			if !strings.Contains(line, part) {
				t.Errorf("%s: %s\nlacks %s", name, line, part)
			}
		}
		strict := source
		strict.Strict = true
		err := command(strict, app.Streams{Out: &out, Err: &errs})
		var bad *data.Error
		if !errors.As(err, &bad) || bad.Row != 1 || bad.Column == "" || bad.ExitCode() != 3 || !strings.Contains(err.Error(), "--strict") {
			t.Errorf("%s --strict: %v", name, err)
		}
	}
}

// A table of which every cell is used says nothing, and passes --strict.
func TestF2_WholeTablesSayNothing(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t, "inputs.caption.max_tokens=32")
	lines := strings.Split(strings.TrimSpace(string(read(t, w.at("data.csv")))), "\n")
	whole := lines[:1]
	for _, line := range lines[1:] {
		if !strings.Contains(line, ",,") && !strings.HasPrefix(line, ",") && !strings.HasSuffix(line, ",") {
			whole = append(whole, line)
		}
	}
	var errs bytes.Buffer
	o := app.PredictOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("whole.csv"), Strict: true}, Output: w.at("out.csv")}
	for {
		w.write(t, "whole.csv", strings.Join(whole, "\n"))
		errs.Reset()
		err := app.Predict(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &errs})
		var bad *data.Error
		if err == nil || !errors.As(err, &bad) || bad.Row < 1 {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		whole = slices.Delete(whole, bad.Row, bad.Row+1) // a word that the vocabulary lacks
	}
	if len(whole) < 6 || strings.Contains(errs.String(), "not used") {
		t.Errorf("%d rows:\n%s", len(whole)-1, errs.String())
	}
	o.OnError = "skip"
	var usage *app.UsageError
	if err := app.Predict(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &errs}); !errors.As(err, &usage) {
		t.Errorf("--strict --on-error skip: %v", err)
	}
}

// Training on a column that cannot be used in most rows is a warning.
func TestF2_TrainWarnsOfUselessColumns(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	useless(w, t)
	var errs bytes.Buffer
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("run"), Sets: []string{"data.path=useless.csv"}}
	if err := app.Train(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &errs}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`warning: picture: 30 of 30 cells of column "` + sample.Picture + `" cannot be used: 30 no file`,
		`warning: facts: 30 of 30 cells of column "` + sample.Width + `" cannot be used: 30 masked`,
	} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("%s\nlacks %s", errs.String(), want)
		}
	}
}

// One file cannot be both the output and the report, nor is there a report on
// standard output.
func TestF33_DataReportIsAFileOfItsOwn(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	for report, want := range map[string]string{w.at("out.csv"): "name the same file", "-": "expected the name of a file"} {
		o := app.PredictOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv"), DataReport: report}, Output: w.at("out.csv")}
		if err := app.Predict(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); code(err) != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", report, err, want)
		}
	}
	for _, name := range []string{w.at("out.csv"), "-"} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}
