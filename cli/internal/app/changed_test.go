package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/trainer"
)

// TestC9_AnotherProgramOrMachine: a checkpoint of another version, or of other
// kernels, is not gone on from, unless that is allowed by its key.
func TestC9_AnotherProgramOrMachine(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	for _, key := range []string{"version", "architecture"} {
		run, _ := w.train(t, "training.epochs=1")
		age(t, run, key)
		o := app.TrainOptions{Config: w.at("train.yaml"), Output: run, Resume: true, Sets: []string{"training.epochs=1"}}
		_, err := start(context.Background(), o, nil)
		var changed *trainer.ChangedError
		if !errors.As(err, &changed) || changed.ExitCode() != 2 || !strings.Contains(err.Error(), key+`: was "another", is "`) {
			t.Errorf("another %s: %v", key, err)
		}
		o.AllowChanged = []string{key}
		if said, err := start(context.Background(), o, nil); err != nil {
			t.Errorf("another %s, allowed: %v: %s", key, err, said)
		}
	}
	t.Log("C9: 2 resumes by another program or machine")
}

// age gives a key of the identity in a run's last checkpoint another value.
func age(t *testing.T, run, key string) {
	t.Helper()
	ctx, store := context.Background(), &checkpoints.Store{Dir: filepath.Join(run, checkpoints.CheckpointsDir)}
	c, err := store.Latest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var files []checkpoints.File
	for _, f := range c.Manifest.Files {
		b, err := c.ReadFile(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "state.json" {
			var s map[string]any
			if err := json.Unmarshal(b, &s); err != nil {
				t.Fatal(err)
			}
			s["identity"].(map[string]any)[key] = "another"
			if b, err = json.Marshal(s); err != nil {
				t.Fatal(err)
			}
		}
		files = append(files, checkpoints.File{Name: f.Name, Write: checkpoints.Bytes(b)})
	}
	if err := os.RemoveAll(c.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(ctx, c.Manifest.Step, files); err != nil {
		t.Fatal(err)
	}
}
