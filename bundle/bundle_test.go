package bundle_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/trainer"
)

// saved is a model in a folder, as the run folder has it.
func saved(t *testing.T) (r *run, dir string) {
	t.Helper()
	r, dir = newRun(t, sample.Default().YAML()), filepath.Join(t.TempDir(), "model")
	if err := r.Save(context.Background(), dir, 5); err != nil {
		t.Fatal(err)
	}
	return r, dir
}

// A run folder, its model/ and a training checkpoint all stand for the model.
func TestLoadWhatPeopleName(t *testing.T) {
	r, dir := saved(t)
	files, err := r.Files()
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, checkpoints.File{Name: trainer.ModelFile, Write: checkpoints.Tensors(trainer.Tensors(r.Model), nil)})
	store := &checkpoints.Store{Dir: filepath.Join(t.TempDir(), "checkpoints")}
	c, err := store.Save(context.Background(), 7, files)
	if err != nil {
		t.Fatal(err)
	}
	want := r.predict(t)
	for _, path := range []string{dir, filepath.Dir(dir), c.Dir} {
		b, err := bundle.Load(context.Background(), path, bundle.Options{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !slices.Equal(predictions(t, b), want) {
			t.Errorf("%s predicts otherwise", path)
		}
	}
}

// Saving what was loaded writes the same bytes.
func TestSaveAndLoadRoundTrip(t *testing.T) {
	_, dir := saved(t)
	b, err := bundle.Load(context.Background(), dir, bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "model")
	if err := b.Save(context.Background(), again, 5); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 4 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, e := range entries {
		want, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(again, e.Name())); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not the same: %v", e.Name(), err)
		}
	}
}

// What is damaged, or fits another program, is refused with exit code 4.
func TestLoadRefuses(t *testing.T) {
	change := func(name, old, new string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			b, err := os.ReadFile(path)
			if err != nil || !bytes.Contains(b, []byte(old)) {
				t.Fatalf("%s has no %q: %v", name, old, err)
			}
			if err := os.WriteFile(path, bytes.Replace(b, []byte(old), []byte(new), 1), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		want   string
	}{
		"config changed":        {change("config.yaml", "dim: 4", "dim: 8"), "config.yaml"},
		"preprocessing changed": {change("preprocessing.json", `"bird"`, `"bard"`), "preprocessing.json"},
		"weights cut": {func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, trainer.ModelFile), 100); err != nil {
				t.Fatal(err)
			}
		}, trainer.ModelFile},
		"a file gone": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "preprocessing.json")); err != nil {
				t.Fatal(err)
			}
		}, "preprocessing.json"},
		"folder gone": {func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}, "there is no such"},
	} {
		t.Run(name, func(t *testing.T) {
			_, dir := saved(t)
			c.damage(t, dir)
			_, err := bundle.Load(context.Background(), dir, bundle.Options{})
			refused(t, err, c.want)
		})
	}
}

func refused(t *testing.T, err error, want string) {
	t.Helper()
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 4 || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line, exit code 4, and %q", err, want)
	}
}

// A sealed folder whose parts do not belong together is refused too.
func TestLoadRefusesWhatDoesNotFit(t *testing.T) {
	small, wide := sample.Default(), sample.Default()
	wide.Facts = "{type: mlp, hidden: [6], embedding: 2}"
	other := sample.Default()
	other.Output = "{type: regression, column: price}"
	for name, c := range map[string]struct {
		config, weights, state sample.Config
		want                   string
	}{
		"weights of another size":    {small, wide, small, "encoders.facts"},
		"config of another output":   {other, small, small, "multiclass target"},
		"labels of another training": {small, small, other, "regression target"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "model")
			config, weights, state := newRun(t, c.config.YAML()), newRun(t, c.weights.YAML()), newRun(t, c.state.YAML())
			mixed := bundle.Bundle{Config: config.Config, Model: weights.Model, Inputs: state.Inputs, Target: state.Target}
			if err := mixed.Save(context.Background(), dir, 1); err != nil {
				t.Fatal(err)
			}
			_, err := bundle.Load(context.Background(), dir, bundle.Options{})
			refused(t, err, c.want)
		})
	}
}
