package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// large is a model whose operators have work for several cores.
func large() sample.Config {
	c := sample.Default()
	c.Picture = "{type: cnn, channels: [24, 48], residual: true, dropout: 0.1}"
	c.Caption = "{type: transformer, dim: 48, layers: 1, heads: 4}"
	c.Facts = "{type: mlp, hidden: [64], bins: 8}"
	c.Fusion = "{type: cross_attention, dim: 48, heads: 4}"
	c.Size = "[18, 21]"
	c.Training = ", modality_dropout: 0.2, average: 0.9, accumulate: 2"
	return c
}

// fingerprint is what a run wrote, without times and places.
func fingerprint(t *testing.T, w *workshop, run string) string {
	t.Helper()
	var lines string
	for line := range bytes.Lines(read(t, filepath.Join(run, "metrics.jsonl"))) {
		var e map[string]any
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		delete(e, "seconds")
		delete(e, "samples_per_second")
		lines += fmt.Sprintln(e)
	}
	return fmt.Sprintln(
		"model", hash(read(t, filepath.Join(run, "model", "model.safetensors"))),
		"preprocessing", hash(read(t, filepath.Join(run, "model", "preprocessing.json"))),
		"predictions", hash(w.predict(t, run, "data.csv", "", "predicted.csv")),
		"data", hash(read(t, filepath.Join(run, "data_report.json"))), "figures", hash([]byte(lines)))
}

// TestSameBytes is the fast part of R1: the same config gives the same bytes,
// over repeats, cores, garbage collection, goroutines that prepare batches and
// the memory that decoded rows may take.
func TestSameBytes(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for name, c := range map[string]sample.Config{"small": sample.Default(), "large": large()} {
		w := newWorkshop(t, c)
		epochs := "training.epochs=2"
		if name == "large" {
			epochs = "training.epochs=1" // its steps are what several cores have a part in
		}
		run, _ := w.train(t, epochs)
		want := fingerprint(t, w, run)
		for _, v := range []struct {
			cores, percent, workers int
			cache                   string
		}{{2, 100, 2, "1GiB"}, {1, 100, 2, "1GiB"}, {2, 10, 1, "0"}, {4, -1, 0, "2KiB"}, {4, 100, 4, "1GiB"}} {
			runtime.GOMAXPROCS(v.cores)
			debug.SetGCPercent(v.percent)
			run, _ := w.train(t, epochs, fmt.Sprint("training.workers=", v.workers), "data.cache="+v.cache)
			if got := fingerprint(t, w, run); got != want {
				t.Errorf("%s, %+v: %s, want %s", name, v, got, want)
			}
		}
		runtime.GOMAXPROCS(2)
		debug.SetGCPercent(100)
		if run, _ := w.train(t, epochs, "seed=8"); fingerprint(t, w, run) == want {
			t.Errorf("%s: another seed gives the same", name)
		}
	}
}

// The effective config that a run leaves trains the same model again.
func TestEffectiveConfigTrainsTheSame(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t, "training.epochs=1", "training.optimizer.learning_rate=0.02")
	model := read(t, filepath.Join(run, "model", "model.safetensors"))
	other := filepath.Join(w.dir, "again")
	o := app.TrainOptions{Config: filepath.Join(run, "config.yaml"), Output: other}
	if err := app.Train(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(model, read(t, filepath.Join(other, "model", "model.safetensors"))) {
		t.Error("the effective config trains another model")
	}
	if a, b := read(t, filepath.Join(run, "config.yaml")), read(t, filepath.Join(other, "config.yaml")); !bytes.Equal(a, b) {
		t.Errorf("its effective config is\n%s\nand was\n%s", b, a)
	}
}

// The order in which a config names its inputs changes nothing but the order
// of additions.
func TestOrderOfInputsInAConfig(t *testing.T) {
	for _, fusion := range []string{"concat", "score_average", "cross_attention"} {
		c := sample.Default()
		c.Fusion = "{type: " + fusion + "}"
		c.Training = ", modality_dropout: 0.3"
		w := newWorkshop(t, c)
		run, _ := w.train(t)
		want := parse(t, w.predict(t, run, "data.csv", "", "predicted.csv"))
		lines := strings.SplitAfter(c.YAML(), "\n")
		at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "  picture:") })
		lines[at], lines[at+2] = lines[at+2], lines[at]
		w.write(t, "train.yaml", strings.Join(lines, ""))
		run, _ = w.train(t)
		got := parse(t, w.predict(t, run, "data.csv", "", "predicted.csv"))
		_, a := want.probabilities(t)
		_, b := got.probabilities(t)
		for i := range a {
			if math.Abs(float64(a[i]-b[i])) > 1e-4 {
				t.Errorf("%s: probability %d is %v, with inputs in another order %v", fusion, i, a[i], b[i])
				break
			}
		}
	}
}
