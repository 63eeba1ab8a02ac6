package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/trainer"
)

// start runs train as told, and gives what it said and its error.
func start(ctx context.Context, o app.TrainOptions, hear func(line string)) (string, error) {
	errs := &ear{hear: hear}
	err := app.Train(ctx, o, app.Streams{Out: &bytes.Buffer{}, Err: errs})
	return errs.String(), err
}

// ear tells what is written to it.
type ear struct {
	bytes.Buffer
	hear func(line string)
}

func (e *ear) Write(p []byte) (int, error) {
	if e.hear != nil {
		e.hear(string(p))
	}
	return e.Buffer.Write(p)
}

// Runs without an output get folders of their own; resumed, the last goes on.
func TestDefaultFolders(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	t.Chdir(w.dir)
	o := app.TrainOptions{Config: "train.yaml", Sets: []string{"training.epochs=1"}}
	for _, want := range []string{"sample", "sample-2", "sample-3"} {
		if said, err := start(context.Background(), o, nil); err != nil || !strings.Contains(said, filepath.Join("runs", want)) {
			t.Fatalf("%v: %s", err, said)
		}
		if _, err := os.Stat(filepath.Join("runs", want, "model", "model.safetensors")); err != nil {
			t.Error(err)
		}
	}
	o.Resume = true
	if said, err := start(context.Background(), o, nil); err != nil || !strings.Contains(said, "runs/sample-3") || !strings.Contains(said, "resumed") {
		t.Errorf("%v: %s", err, said)
	}
	entries, err := os.ReadDir("runs")
	if err != nil || len(entries) != 3 {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestI3_FolderIsLocked: two trainings into one folder: the second is refused while the first runs.
func TestI3_FolderIsLocked(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("run")}
	tried := false
	_, err := start(context.Background(), o, func(line string) {
		if tried || !strings.HasPrefix(line, "epoch 1/") {
			return
		}
		tried = true
		for _, second := range []app.TrainOptions{{Resume: true}, {Force: true}} {
			second.Config, second.Output = o.Config, o.Output
			_, err := start(context.Background(), second, nil)
			var coded interface{ ExitCode() int }
			if !errors.As(err, &coded) || coded.ExitCode() != 2 || !strings.Contains(err.Error(), "in use") {
				t.Errorf("a second training, %+v: %v", second, err)
			}
		}
	})
	if err != nil || !tried {
		t.Errorf("the first training: %v", err)
	}
	t.Log("I3: 2 second trainings refused")
}

// An interrupted run that is resumed leaves the files of one that was not; a
// line of metrics that its checkpoint does not know goes.
func TestResumedRunFolder(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	whole, _ := w.train(t, "training.epochs=4")
	ctx, cancel := context.WithCancel(context.Background())
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("run"), Sets: []string{"training.epochs=4"}}
	said, err := start(ctx, o, func(line string) {
		if strings.HasPrefix(line, "epoch 2/") {
			cancel()
		}
	})
	if !errors.Is(err, trainer.ErrInterrupted) || !strings.Contains(said, "--resume --output "+o.Output) {
		t.Fatalf("%v: %s", err, said)
	}
	path := filepath.Join(o.Output, "metrics.jsonl")
	if err := os.WriteFile(path, append(read(t, path), `{"epoch":9}`+"\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	o.Resume = true
	if said, err := start(context.Background(), o, nil); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if a, b := fingerprint(t, w, whole), fingerprint(t, w, o.Output); a != b {
		t.Errorf("the resumed run left %s, the whole one %s", b, a)
	}
	names := func(dir string) (list []string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			list = append(list, e.Name())
		}
		return list
	}
	if a, b := names(whole), names(o.Output); !slices.Equal(a, b) {
		t.Errorf("the resumed run left %v, the whole one %v", b, a)
	}
}

// --force leaves nothing of the run before, and nothing else is touched.
func TestForce(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t, "training.epochs=3")
	w.write(t, "notes.txt", "mine")
	if err := os.Rename(w.at("notes.txt"), filepath.Join(run, "notes.txt")); err != nil {
		t.Fatal(err)
	}
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: run, Force: true, Sets: []string{"training.epochs=1", "seed=9"}}
	if said, err := start(context.Background(), o, nil); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	fresh, _ := w.train(t, "training.epochs=1", "seed=9")
	if a, b := fingerprint(t, w, fresh), fingerprint(t, w, run); a != b {
		t.Errorf("forced, the run left %s, in a new folder %s", b, a)
	}
	steps, err := (&checkpoints.Store{Dir: filepath.Join(run, checkpoints.CheckpointsDir)}).Steps()
	if err != nil || len(steps) != 1 {
		t.Errorf("checkpoints of steps %v, %v", steps, err)
	}
	if string(read(t, filepath.Join(run, "notes.txt"))) != "mine" {
		t.Error("a file of the user's is gone")
	}
}

// A run that ends with a number that is none says which step and rows, and
// leaves the checkpoint before it.
func TestNonFiniteRun(t *testing.T) {
	c := sample.Default()
	c.Optimizer, c.Schedule = "{type: sgd, learning_rate: 1e30, momentum: 0}", "{type: constant}"
	w := newWorkshop(t, c)
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("run"), Sets: []string{"training.clip_norm=0"}}
	said, err := start(context.Background(), o, nil)
	var e *trainer.NonFiniteError
	if !errors.As(err, &e) {
		t.Fatalf("%v: %s", err, said)
	}
	if b := read(t, filepath.Join(o.Output, fmt.Sprintf("nonfinite-step-%d.json", e.Step))); !bytes.Contains(b, []byte(`"rows"`)) {
		t.Errorf("%s", b)
	}
	if _, err := os.Stat(filepath.Join(o.Output, "model")); err == nil {
		t.Error("a model was saved")
	}
}
