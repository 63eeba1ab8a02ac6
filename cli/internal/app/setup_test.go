package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

const rows = 30

// workshop is a folder with the sample's table, its pictures and a config.
type workshop struct {
	dir string
	n   int // runs so far
}

func newWorkshop(t testing.TB, c sample.Config) *workshop {
	t.Helper()
	w := &workshop{dir: t.TempDir()}
	if err := sample.Write(w.dir, rows); err != nil {
		t.Fatal(err)
	}
	w.write(t, "train.yaml", c.YAML())
	return w
}

func (w *workshop) at(name string) string { return filepath.Join(w.dir, name) }

func (w *workshop) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(w.at(name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// train trains into a new run folder, which it returns, and returns what was
// printed.
func (w *workshop) train(t testing.TB, sets ...string) (run string, printed app.Result) {
	t.Helper()
	w.n++
	run = w.at("run" + strconv.Itoa(w.n))
	var out, errs bytes.Buffer
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: run, Sets: sets}
	if err := app.Train(context.Background(), o, app.Streams{Out: &out, Err: &errs, JSON: true}); err != nil {
		t.Fatalf("train %v: %v", sets, err)
	}
	if err := json.Unmarshal(out.Bytes(), &printed); err != nil {
		t.Fatalf("%v: %s", err, out.Bytes())
	}
	return run, printed
}

// predict is the file that predict writes for a table.
func (w *workshop) predict(t testing.TB, run, table, split, output string) []byte {
	t.Helper()
	o := app.PredictOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at(table)}, Output: w.at(output), Split: split, Force: true}
	if err := app.Predict(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); err != nil {
		t.Fatalf("predict: %v", err)
	}
	return read(t, w.at(output))
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hash(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:8])
}

func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
