package app_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/metrics"
)

// predicted is a table that predict wrote.
type predicted struct {
	header []string
	rows   [][]string
}

func parse(t testing.TB, b []byte) predicted {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return predicted{records[0], records[1:]}
}

func (p predicted) column(t testing.TB, name string) []string {
	t.Helper()
	i := slices.Index(p.header, name)
	if i < 0 {
		t.Fatalf("no column %q in %v", name, p.header)
	}
	var cells []string
	for _, r := range p.rows {
		cells = append(cells, r[i])
	}
	return cells
}

// probabilities are the columns probability_<label>, row by row.
func (p predicted) probabilities(t testing.TB) (labels []string, values []float32) {
	t.Helper()
	for _, name := range p.header {
		if l, ok := strings.CutPrefix(name, "probability_"); ok {
			labels = append(labels, l)
		}
	}
	for _, r := range p.rows {
		for _, cell := range r[len(r)-len(labels):] {
			values = append(values, float32(number(t, cell, 32)))
		}
	}
	return labels, values
}

func number(t testing.TB, cell string, bits int) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(cell, bits)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// measure computes the figures of predictions from nothing but the file.
func measure(t testing.TB, output string, p predicted) metrics.Values {
	t.Helper()
	switch output {
	case "regression":
		m := &metrics.Regression{}
		for i, cell := range p.column(t, "prediction") {
			if err := m.Add([]float64{number(t, cell, 64)}, []float64{number(t, p.column(t, sample.Price)[i], 64)}); err != nil {
				t.Fatal(err)
			}
		}
		return m.Values()
	case "multilabel":
		labels, values := p.probabilities(t)
		m, err := metrics.NewMultilabel(labels)
		if err != nil {
			t.Fatal(err)
		}
		var truth []float32
		for _, cell := range p.column(t, sample.Tags) {
			for _, l := range labels {
				has := float32(0)
				if slices.Contains(strings.Split(cell, "|"), l) {
					has = 1
				}
				truth = append(truth, has)
			}
		}
		if err := m.Add(values, truth); err != nil {
			t.Fatal(err)
		}
		return m.Values()
	}
	labels, values := p.probabilities(t)
	m, err := metrics.NewClassification(labels, 3)
	if err != nil {
		t.Fatal(err)
	}
	answer := sample.Kind
	if output == "binary" {
		answer = sample.Pass
	}
	var truth []int
	for _, cell := range p.column(t, answer) {
		truth = append(truth, slices.Index(labels, cell))
	}
	if output == "binary" {
		var positive []float32
		for i := range truth {
			positive = append(positive, values[2*i+1])
		}
		err = m.AddPositive(positive, truth)
	} else {
		err = m.Add(values, truth)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m.Values()
}

var outputs = map[string]string{
	"multiclass": "{type: multiclass, column: kind, class_weights: balanced}",
	"binary":     "{type: binary, column: pass}",
	"multilabel": "{type: multilabel, column: tags}",
	"regression": "{type: regression, column: price}",
}

// What predict writes for the test rows has exactly the figures that train
// printed, and evaluate says so too.
func TestPredictionsHaveTheFiguresOfTraining(t *testing.T) {
	for name, output := range outputs {
		for _, fusion := range []string{"{type: cross_attention, dim: 4, heads: 2}", "{type: score_average}"} {
			c := sample.Default()
			c.Output, c.Fusion = output, fusion
			w := newWorkshop(t, c)
			run, printed := w.train(t)
			w.figuresAgree(t, name, run, printed)
		}
	}
}

// figuresAgree compares the figures that train printed of the test rows with
// those of predict's file and of evaluate.
func (w *workshop) figuresAgree(t *testing.T, name, run string, printed app.Result) {
	t.Helper()
	if len(printed.Test) < 3 {
		t.Errorf("%s: train printed %v", name, printed.Test)
	}
	got := measure(t, name, parse(t, w.predict(t, run, "data.csv", "test", "predicted.csv")))
	for _, v := range printed.Test {
		if v.Name == "loss" {
			continue // of standardised numbers and of logits, which the file does not have
		}
		have, ok := got.Get(v.Name)
		if !ok || have != v.Value && (have == have || v.Value == v.Value) {
			t.Errorf("%s: %s of predictions is %v, train printed %v", name, v.Name, have, v.Value)
		}
	}
	var out bytes.Buffer
	test := app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}, Split: "test"}
	if err := app.Evaluate(context.Background(), test, app.Streams{Out: &out, Err: &bytes.Buffer{}, JSON: true}); err != nil {
		t.Fatal(err)
	}
	var e struct{ Metrics metrics.Values }
	if err := json.Unmarshal(out.Bytes(), &e); err != nil || fmt.Sprint(e.Metrics) != fmt.Sprint(printed.Test) {
		t.Errorf("%s: evaluate says %v, train printed %v (%v)", name, e.Metrics, printed.Test, err)
	}
}

// A row predicted alone, from a table of one row without an answer, is
// predicted as in a batch.
func TestRowsPredictedAlone(t *testing.T) {
	for name, output := range outputs {
		c := sample.Default()
		c.Output = output
		w := newWorkshop(t, c)
		run, _ := w.train(t)
		whole := parse(t, w.predict(t, run, "data.csv", "", "predicted.csv"))
		for i, row := range sample.Rows(rows)[:9] {
			alone := slices.Clone(row)
			for j := 5; j < 9; j++ {
				alone[j] = "" // no answer is needed
			}
			w.write(t, "one.csv", string(sample.CSV([][]string{alone})))
			one := parse(t, w.predict(t, run, "one.csv", "", "one.out.csv"))
			if got, want := one.column(t, "prediction")[0], whole.column(t, "prediction")[i]; got != want && name != "regression" {
				t.Errorf("%s: row %d is %s alone and %s among others", name, i+1, got, want)
			}
			first := len(row) // behind the table's own columns
			if name != "regression" {
				first++
			}
			for j := first; j < len(whole.header); j++ {
				got, want := number(t, one.rows[0][j], 64), number(t, whole.rows[i][j], 64)
				if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
					t.Errorf("%s: %s of row %d is %v alone and %v among others", name, whole.header[j], i+1, got, want)
				}
			}
		}
	}
}

// The table's own columns come first and unchanged, in CSV and in JSONL, whose
// numbers are the same.
func TestPredictionsKeepTheTable(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	p := parse(t, w.predict(t, run, "data.csv", "", "predicted.csv"))
	for i, row := range sample.Rows(rows) {
		for j, cell := range row {
			if got := strings.TrimPrefix(p.rows[i][j], "'"); got != cell {
				t.Errorf("row %d, column %s: %q, the table has %q", i+1, p.header[j], p.rows[i][j], cell)
			}
		}
	}
	lines := bytes.Split(bytes.TrimSpace(w.predict(t, run, "data.csv", "", "predicted.jsonl")), []byte("\n"))
	if len(lines) != rows {
		t.Fatalf("%d lines for %d rows", len(lines), rows)
	}
	labels, values := p.probabilities(t)
	for i, line := range lines {
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for j, l := range labels {
			have, ok := v["probability_"+l].(float64)
			if sum += have; !ok || float32(have) != values[i*len(labels)+j] {
				t.Errorf("row %d: probability of %s is %v, in CSV %v", i+1, l, v["probability_"+l], values[i*len(labels)+j])
			}
		}
		if v["prediction"] != p.column(t, "prediction")[i] || math.Abs(sum-1) > 1e-5 {
			t.Errorf("row %d: %v, probabilities sum to %v", i+1, v["prediction"], sum)
		}
	}
}

// A model is used from anywhere: its run folder moved, its data gone.
func TestModelNeedsNoTrainingData(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	want := w.predict(t, run, "data.csv", "", "predicted.csv")
	other := newWorkshop(t, sample.Default())
	model := filepath.Join(other.dir, "elsewhere", "model")
	copyFolder(t, filepath.Join(run, "model"), model)
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	if got := other.predict(t, model, "data.csv", "", "predicted.csv"); !bytes.Equal(got, want) {
		t.Error("a model that was moved predicts otherwise")
	}
}
