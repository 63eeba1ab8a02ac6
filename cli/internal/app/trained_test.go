package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// evaluated is what evaluate says of the rows that a model was trained on.
func (w *workshop) evaluated(t testing.TB, run, table, split string) (*data.Seen, string) {
	t.Helper()
	var out, errs bytes.Buffer
	o := app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at(table)}, Split: split}
	if err := app.Evaluate(context.Background(), o, app.Streams{Out: &out, Err: &errs, JSON: true}); err != nil {
		t.Fatal(err)
	}
	var found struct {
		TrainedOn *data.Seen `json:"trained_on"`
	}
	if err := json.Unmarshal(out.Bytes(), &found); err != nil {
		t.Fatal(err)
	}
	return found.TrainedOn, errs.String()
}

// Rows that a model was trained on are known again in another table, in another
// order, under other names of files.
func TestF1b_TrainedRowsAreKnown(t *testing.T) {
	c := sample.Default()
	w := newWorkshop(t, c)
	run, _ := w.train(t)
	trained := bytes.Count(w.predict(t, run, "data.csv", "train", "seen.csv"), []byte("\n")) - 1
	w.predict(t, run, "data.csv", "test", "new.csv")

	seen, said := w.evaluated(t, run, "seen.csv", "")
	if seen == nil || seen.Rows != trained || seen.Of != trained || !strings.Contains(said, "warning: "+plain(trained)+" of "+plain(trained)+" rows were trained on") {
		t.Errorf("of %d training rows: %+v\n%s", trained, seen, said)
	}
	if seen, said := w.evaluated(t, run, "new.csv", ""); seen == nil || seen.Rows != 0 || strings.Contains(said, "trained on") {
		t.Errorf("of test rows: %+v\n%s", seen, said)
	}
	if seen, said := w.evaluated(t, run, "data.csv", "train"); seen == nil || seen.Rows != trained || strings.Contains(said, "trained on") {
		t.Errorf("asked for: %+v\n%s", seen, said)
	}

	// The same pictures under other names, and numbers written otherwise.
	lines := strings.Split(strings.TrimSpace(string(read(t, w.at("seen.csv")))), "\n")
	for i := range lines[1:] {
		name, rest, _ := strings.Cut(lines[i+1], ",")
		if name == "" {
			continue
		}
		if err := os.Rename(w.at(filepath.FromSlash(name)), w.at("moved"+plain(i)+".png")); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if _, err := os.Stat(w.at("moved" + plain(i) + ".png")); err == nil {
			name = "moved" + plain(i) + ".png"
		}
		lines[i+1] = name + "," + rest
	}
	w.write(t, "moved.csv", strings.Join(lines, "\n"))
	if seen, _ := w.evaluated(t, run, "moved.csv", ""); seen.Rows != trained {
		t.Errorf("under other names: %+v, want %d", seen, trained)
	}

	var errs bytes.Buffer
	err := app.Explain(context.Background(), app.ExplainOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("seen.csv")}, Worst: 1, Output: w.at("pages")},
		app.Streams{Out: &bytes.Buffer{}, Err: &errs})
	if !strings.Contains(errs.String(), "rows were trained on") {
		t.Errorf("explain --worst: %v\n%s", err, errs.String())
	}
}

func plain(n int) string { b, _ := json.Marshal(n); return string(b) }

// Without the fingerprint nothing is said, and the weights are the same.
func TestF1b_FingerprintIsOptional(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	with, _ := w.train(t)
	without, _ := w.train(t, "training.fingerprint=false")
	weights := func(run string) string { return hash(read(t, filepath.Join(run, "model", "model.safetensors"))) }
	if weights(with) != weights(without) {
		t.Error("the fingerprint changes the weights")
	}
	if b := read(t, filepath.Join(without, "model", data.TrainedFile)); bytes.Contains(b, []byte("hashes")) {
		t.Errorf("%s", b)
	}
	if seen, said := w.evaluated(t, without, "data.csv", ""); seen != nil || strings.Contains(said, "trained on") {
		t.Errorf("%+v\n%s", seen, said)
	}
	again, _ := w.train(t)
	if a, b := read(t, filepath.Join(with, "model", data.TrainedFile)), read(t, filepath.Join(again, "model", data.TrainedFile)); !bytes.Equal(a, b) {
		t.Error("two equal runs keep other rows")
	}
}

// Parts of a separate training know what they were trained on, by their own inputs.
func TestF1b_PartsKnowTheirRows(t *testing.T) {
	c := sample.Default()
	c.Fusion = "{type: score_average, train: separate}"
	w := newWorkshop(t, c)
	run, _ := w.train(t, "data.missing_all=prior")
	trained := bytes.Count(w.predict(t, run, "data.csv", "train", "seen.csv"), []byte("\n")) - 1
	parts, err := filepath.Glob(filepath.Join(run, "parts", "*", "model"))
	if err != nil || len(parts) == 0 {
		t.Fatal(parts, err)
	}
	for _, model := range append(parts, run) {
		if seen, _ := w.evaluated(t, model, "seen.csv", ""); seen == nil || seen.Rows != seen.Of || seen.Rows == 0 || seen.Rows > trained {
			t.Errorf("%s: %+v", model, seen)
		}
	}
}

// A model of the rule before this one does not have its table cut by this one.
func TestF1_ModelsOfAnotherRuleAreNotSplitAnew(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t, "data.split={train: 0.6, validation: 0.2, test: 0.2}")
	b, err := bundle.Load(context.Background(), run, bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.Trained = &data.Trained{SplitRule: 1}
	if err := b.Save(context.Background(), w.at("old"), 1); err != nil {
		t.Fatal(err)
	}
	o := app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: w.at("old"), Data: w.at("data.csv")}}
	if err := app.Evaluate(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); err != nil {
		t.Errorf("all rows: %v", err)
	}
	o.Split = "test"
	err = app.Evaluate(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	if err == nil || !strings.Contains(err.Error(), "drawn by rule 1, and this program draws by rule 2, so --split test would be other rows") {
		t.Error(err)
	}
}
