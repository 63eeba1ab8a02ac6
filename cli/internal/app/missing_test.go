package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// lack is the sample's table without some of its first columns, or with them
// and nothing in them; rows that are left with nothing go.
func lack(columns []int, drop bool) []byte {
	var lines []string
	names := []string{sample.Picture, sample.Caption, sample.Width, sample.Height, sample.Maker, sample.Kind}
	keep := func(cells []string) string {
		var kept []string
		for j, cell := range cells[:len(names)] {
			switch {
			case !slices.Contains(columns, j):
				kept = append(kept, cell)
			case !drop:
				kept = append(kept, "")
			}
		}
		return strings.Join(kept, ",")
	}
	header := strings.Join(names, ",")
	if drop {
		header = keep(names)
	}
	lines = append(lines, header)
	for _, row := range sample.Rows(rows) {
		left := false
		for j, cell := range row[:5] {
			left = left || cell != "" && !slices.Contains(columns, j)
		}
		if left {
			lines = append(lines, keep(row))
		}
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

// Rows whose cells are empty and rows of a table without the column are
// predicted with the same bits, for every kind of input; the absent column is
// told of.
func TestAbsentColumnIsEmptyCells(t *testing.T) {
	for _, fusion := range []string{"{type: concat, dim: 4}", "{type: cross_attention, dim: 4, heads: 2}"} {
		c := sample.Default()
		c.Fusion, c.Training = fusion, ", modality_dropout: 0.3"
		w := newWorkshop(t, c)
		run, _ := w.train(t)
		for name, columns := range map[string][]int{"image": {0}, "text": {1}, "tabular": {2, 3, 4}, "a part of tabular": {3}, "two": {0, 1}} {
			w.write(t, "empty.csv", string(lack(columns, false)))
			w.write(t, "absent.csv", string(lack(columns, true)))
			empty, absent := parse(t, w.predict(t, run, "empty.csv", "", "a.csv")), parse(t, w.predict(t, run, "absent.csv", "", "b.csv"))
			if len(absent.header) != len(empty.header)-len(columns) {
				t.Errorf("%s: columns %v", name, absent.header)
			}
			for i, row := range empty.rows {
				answer := func(r []string) string { return strings.Join(r[len(r)-4:], " ") }
				if answer(row) != answer(absent.rows[i]) {
					t.Fatalf("%s, %s: row %d is %s where the cell is empty, %s where there is no column", fusion, name, i+1, answer(row), answer(absent.rows[i]))
				}
			}
			measured := map[string]string{}
			for _, table := range []string{"empty.csv", "absent.csv"} {
				var out, errs bytes.Buffer
				o := app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at(table)}}
				if err := app.Evaluate(context.Background(), o, app.Streams{Out: &out, Err: &errs, JSON: true}); err != nil {
					t.Fatal(err)
				}
				measured[table], _, _ = strings.Cut(out.String(), `"data": {`) // names the table
				if told := strings.Count(errs.String(), " has no column "); told != len(columns)*map[string]int{"empty.csv": 0, "absent.csv": 1}[table] {
					t.Errorf("%s, %s: %s", name, table, errs.String())
				}
			}
			if measured["empty.csv"] != measured["absent.csv"] {
				t.Errorf("%s: %s", name, measured)
			}
		}
	}
}

// A picture that is not there trains as an empty cell does, to the bit: the row
// lacks the input, whatever its cell says.
func TestAbsentFileTrainsAsAnEmptyCell(t *testing.T) {
	c := sample.Default()
	c.Training = ", modality_dropout: 0.2"
	w := newWorkshop(t, c)
	gone := sample.Rows(rows)
	for _, row := range gone {
		if row[0] == "" {
			row[0] = "gone.png"
		}
	}
	w.write(t, "gone.csv", string(sample.CSV(gone)))
	run, empty := w.train(t)
	other, absent := w.train(t, "data.path=gone.csv")
	if !bytes.Equal(read(t, filepath.Join(run, "model", "model.safetensors")), read(t, filepath.Join(other, "model", "model.safetensors"))) ||
		fmt.Sprint(empty.Validation, empty.Test) != fmt.Sprint(absent.Validation, absent.Test) {
		t.Errorf("empty cells give %v, absent files %v", empty.Test, absent.Test)
	}
}

// An input whose empty cells are errors needs its column.
func TestAbsentColumnOfNeededInput(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	full := sample.Rows(rows)
	for i := range full {
		full[i][1] = "a text"
	}
	w.write(t, "full.csv", string(sample.CSV(full)))
	run, _ := w.train(t, "inputs.caption.missing=error", "data.path=full.csv")
	w.write(t, "absent.csv", string(lack([]int{1}, true)))
	_, code := w.evaluate(t, run, "absent.csv")
	if code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
}

// evaluate measures all rows of a table; it returns what was said, or the error.
func (w *workshop) evaluate(t testing.TB, run, table string) (string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	o := app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at(table)}}
	err := app.Evaluate(context.Background(), o, app.Streams{Out: &out, Err: &errs, JSON: true})
	if err == nil {
		return out.String() + errs.String(), 0
	}
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) {
		t.Fatalf("an error without a code: %v", err)
	}
	return err.Error(), coded.ExitCode()
}

// emptied is the sample's table of which some rows lack every input.
func emptied(which ...int) [][]string {
	all := sample.Rows(rows)
	for _, i := range which {
		for j := range 5 {
			all[i][j] = ""
		}
	}
	return all
}

// A row that lacks every input is an error with its number, in training and
// after it.
func TestMissingAllIsAnError(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	w.write(t, "holes.csv", string(sample.CSV(emptied(4, 7))))
	const want = "row 5 (line 6): the row lacks every input"
	if said, code := w.evaluate(t, run, "holes.csv"); code != 3 || !strings.Contains(said, want) {
		t.Errorf("evaluate: %d, %s", code, said)
	}
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("refused"), Sets: []string{"data.path=holes.csv"}}
	_, err := start(context.Background(), o, nil)
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 3 || !strings.Contains(err.Error(), "lacks every input") {
		t.Errorf("train: %v", err)
	}
}

// With missing_all: prior, rows that lack every input are counted, train
// nothing, and are predicted by what the training rows are like.
func TestMissingAllIsThePrior(t *testing.T) {
	for name, output := range outputs {
		c := sample.Default()
		c.Output = output
		w := newWorkshop(t, c)
		// Rows 0, 5 and 6 train, 2 validates, 4 tests.
		w.write(t, "holes.csv", string(sample.CSV(emptied(0, 2, 4, 5, 6))))
		sets := []string{"data.path=holes.csv", "data.missing_all=prior"}
		run, _ := w.train(t, sets...)
		var report struct {
			Empty struct {
				Rows   int
				Splits []struct {
					Name string
					Rows int
				}
			} `json:"rows_without_input"`
			Warnings []string
		}
		if err := json.Unmarshal(read(t, filepath.Join(run, "data_report.json")), &report); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(report.Empty) != "{5 [{train 3} {validation 1} {test 1}]}" || !strings.Contains(strings.Join(report.Warnings, "\n"), "5 rows lack every input, such as row 1") {
			t.Errorf("%s: %v, %v", name, report.Empty, report.Warnings)
		}
		got := parse(t, w.predict(t, run, "holes.csv", "", "predicted.csv"))
		want := prior(t, name)
		for _, i := range []int{0, 2, 4, 5, 6} {
			row := got.rows[i][len(got.rows[i])-len(want):]
			for j, v := range want {
				if x := number(t, row[j], 64); math.Abs(x-v) > 1e-6 {
					t.Errorf("%s: row %d is predicted %v, want %v", name, i+1, row, want)
				}
			}
		}
		if said, code := w.evaluate(t, run, "holes.csv"); code != 0 || !strings.Contains(said, "5 rows lack every input") || strings.Contains(said, `"loss": null`) {
			t.Errorf("%s: %d, %s", name, code, said)
		}
		if name != "multiclass" {
			continue
		}
		// What such a row's answer is changes no weight.
		other := emptied(0, 2, 4, 5, 6)
		model := read(t, filepath.Join(run, "model", "model.safetensors"))
		other[0][5], other[5][5] = other[5][5], other[0][5]
		w.write(t, "holes.csv", string(sample.CSV(other)))
		again, _ := w.train(t, sets...)
		if !bytes.Equal(model, read(t, filepath.Join(again, "model", "model.safetensors"))) {
			t.Error("a row without inputs trains the model")
		}
	}
}

// prior is what the training rows are like, from the table alone.
func prior(t testing.TB, output string) []float64 {
	column := map[string]int{"multiclass": 5, "binary": 6, "multilabel": 7, "regression": 8}[output]
	labels := map[string][]string{"multiclass": {"bird", "boat", "tree"}, "binary": {"no", "yes"}, "multilabel": {"big", "heavy", "rare"}}[output]
	n, sum, counts := 0.0, 0.0, make([]float64, len(labels))
	for _, row := range sample.Rows(rows) {
		if row[9] != "train" {
			continue
		}
		n++
		if output == "regression" {
			sum += number(t, row[column], 64)
		}
		for _, l := range strings.Split(row[column], "|") {
			if i := slices.Index(labels, l); i >= 0 {
				counts[i]++
			}
		}
	}
	if output == "regression" {
		return []float64{sum / n}
	}
	for i := range counts {
		counts[i] /= n
	}
	return counts
}
