package app_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// predictedBy are the lines that predict writes under a policy, and what it prints.
func (w *workshop) predictedBy(t *testing.T, run, table, policy string) (rows [][]string, out, errs string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	to := w.at("predicted-" + policy + ".csv")
	os.Remove(to)
	err = app.Predict(context.Background(), app.PredictOptions{
		SourceOptions: app.SourceOptions{Model: run, Data: table, Images: w.at("images")}, Output: to, OnError: policy,
	}, app.Streams{Out: &o, Err: &e, JSON: true})
	if err == nil {
		if rows, err = csv.NewReader(bytes.NewReader(read(t, to))).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	return rows, o.String(), e.String(), err
}

// One row that cannot be used costs that row, and no other, where that is asked for.
func TestF23_OneBadRow(t *testing.T) {
	w := newWorkshop(t, sample.Default()) // all of its inputs may be missing
	run, _ := w.train(t)
	good, _, _, err := w.predictedBy(t, run, w.at("data.csv"), "fail")
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(good[0], name) }
	table, err := csv.NewReader(bytes.NewReader(read(t, w.at("data.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.at("images/broken.png"), []byte("\x89PNG\r\n\x1a\n and no more"), 0o644); err != nil {
		t.Fatal(err)
	}
	table[3][column(sample.Picture)] = "broken.png"
	table[5][column(sample.Width)] = "wide"
	table[6][column(sample.Picture)], table[6][column(sample.Width)], table[6][column(sample.Height)] = "broken.png", "=1+1", "NaN"
	table[8][column(sample.Picture)] = "../data.csv"
	bad := map[int]string{3: "damaged", 5: `"wide" is not a number`, 6: "damaged", 8: sample.Picture}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(table); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.at("bad.csv"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}

	if _, _, _, err := w.predictedBy(t, run, w.at("bad.csv"), "fail"); code(err) != 3 || !strings.Contains(err.Error(), "row 3") {
		t.Errorf("fail: %v", err)
	}
	if _, err := os.Stat(w.at("predicted-fail.csv")); err == nil {
		t.Error("fail: a file is written")
	}
	if _, _, _, err := w.predictedBy(t, run, w.at("bad.csv"), "ignore"); code(err) != 2 {
		t.Errorf("ignore: %v", err)
	}

	first := column("prediction")
	for policy, counts := range map[string]string{"skip": `"skipped": 4, "masked": 0`, "mask": `"skipped": 0, "masked": 4`} {
		rows, out, errs, err := w.predictedBy(t, run, w.at("bad.csv"), policy)
		if err != nil {
			t.Fatalf("%s: %v", policy, err)
		}
		if !strings.Contains(strings.Join(strings.Fields(out), " "), counts) || !strings.Contains(errs, "--on-error "+policy) {
			t.Errorf("%s: %s\n%s", policy, out, errs)
		}
		if len(rows) != len(good) || rows[0][len(rows[0])-1] != "prediction_error" {
			t.Fatalf("%s: %d rows for %d, %v", policy, len(rows), len(good), rows[0])
		}
		for i := 1; i < len(rows); i++ {
			answer, reason := rows[i][first:len(rows[i])-1], rows[i][len(rows[i])-1]
			switch why, is := bad[i]; {
			case !is && (reason != "" || fmt.Sprint(answer) != fmt.Sprint(good[i][first:])):
				t.Errorf("%s: row %d: %v, %q, want %v", policy, i, answer, reason, good[i][first:])
			case is && !strings.Contains(reason, why):
				t.Errorf("%s: row %d: the reason is %q, want %q", policy, i, reason, why)
			case is && (strings.Join(answer, "") == "") != (policy == "skip"):
				t.Errorf("%s: row %d: %v", policy, i, answer)
			}
		}
	}
	masked, _, _, _ := w.predictedBy(t, run, w.at("bad.csv"), "mask")
	if reason := masked[6][len(masked[6])-1]; strings.Count(reason, ";") < 2 {
		t.Errorf("of three bad cells of a row it says %q", reason)
	}
	for i := range bad { // a masked cell is an empty one
		for _, name := range []string{sample.Picture, sample.Width, sample.Height} {
			if i == 6 || i == 5 && name == sample.Width || (i == 3 || i == 8) && name == sample.Picture {
				table[i][column(name)] = ""
			}
		}
	}
	b.Reset()
	if err := csv.NewWriter(&b).WriteAll(table); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.at("empty.csv"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	empty, _, _, err := w.predictedBy(t, run, w.at("empty.csv"), "fail")
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(empty); i++ {
		if a, b := fmt.Sprint(empty[i][first:]), fmt.Sprint(masked[i][first:len(masked[i])-1]); a != b {
			t.Errorf("row %d: %s where the cells are empty, %s masked", i, a, b)
		}
	}
}

// What has no place in a table, or no cells at all, is skipped too, and what may
// not be missing is not masked.
func TestF23_RowsOfNoForm(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	lines := `{"width": 1, "caption": "a bird"}
{"width": [1]}
{"width": 2, "width": 3}
not JSON
{"width": 4}
`
	if err := os.WriteFile(w.at("rows.jsonl"), []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	options := app.PredictOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("rows.jsonl"), Images: w.at("images")}, Output: w.at("out.jsonl"), OnError: "skip", Force: true}
	if err := app.Predict(context.Background(), options, app.Streams{Out: &o, Err: &e}); err != nil {
		t.Fatal(err)
	}
	var nulls []bool
	for line := range strings.Lines(string(read(t, w.at("out.jsonl")))) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if _, is := row["prediction_error"]; !is || (row["prediction"] == nil) != (row["prediction_error"] != nil) || (row["prediction"] == nil) != (row["probability_bird"] == nil) {
			t.Errorf("%s", line)
		}
		nulls = append(nulls, row["prediction"] == nil)
	}
	if fmt.Sprint(nulls) != "[false true true true false]" {
		t.Errorf("rows without a prediction: %v", nulls)
	}
	if !strings.Contains(e.String(), "3 rows were written without a prediction (--on-error skip), the first of them row 2 (line 2)") {
		t.Errorf("it says %s", e.String())
	}
	options.OnError = "mask"
	if err := app.Predict(context.Background(), options, app.Streams{Out: &o, Err: &e}); code(err) != 3 {
		t.Errorf("a row of no form cannot be masked: %v", err)
	}
	if err := os.WriteFile(w.at("rows.jsonl"), []byte("{\"width\": \"x\"}\n{\"width\": \"y\"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, options.OnError = range []string{"skip", "mask"} {
		if err := app.Predict(context.Background(), options, app.Streams{Out: &o, Err: &e}); code(err) != 3 {
			t.Errorf("%s, and nothing is left: %v", options.OnError, err)
		}
	}
}
