package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// Columns of the sample.
const pictureCell, captionCell, widthCell, makerCell, kindCell, splitCell = 0, 1, 2, 4, 5, 9

// spoilt is the sample's table with rows that cannot be used, each for another
// reason. Their other cells, where they can be read, are those of stray.
func spoilt(stray string) []byte {
	rows := sample.Rows(rows)
	for i, row := range rows {
		for j, instead := range []string{"0.png", "a bird", "1"} {
			if row[j] == "" {
				row[j] = instead
			}
		}
		if slices.Contains([]int{5, 6, 7, 8, 10, 11, 13, 24}, i) {
			row[widthCell], row[makerCell] = stray, stray
		}
	}
	rows[5][pictureCell] = "cut.png"
	rows[6][pictureCell] = "none.png"
	rows[7][captionCell] = "" // of validation
	rows[8][kindCell] = ""
	rows[10][makerCell] = "\xff"
	rows[11][splitCell] = "practice"
	rows[13][widthCell] = "1,5"
	rows[24][kindCell] = "house" // of test
	text := bytes.SplitAfter(sample.CSV(rows), []byte("\n"))
	text[4] = []byte("0.png,too few\n")            // row 4
	text[19] = append([]byte("x,"), text[19]...)   // row 19, a cell too many
	text[21] = append([]byte("\x00"), text[21]...) // row 21
	return bytes.Join(text, nil)
}

// strict is the sample's config without any missing cell allowed.
func strict(c sample.Config) string {
	return strings.ReplaceAll(c.YAML(), "missing: mask", "missing: error")
}

// Rows that cannot be used are left out up to data.max_bad_rows, each with its
// reason in the report, and nothing is learnt from them.
func TestBadRowsAreLeftOut(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	w.write(t, "train.yaml", strict(sample.Default()))
	w.write(t, "images/cut.png", "\x89PNG")
	w.write(t, "data.csv", string(spoilt("7")))
	const bad = 11
	run, _ := w.train(t, fmt.Sprint("data.max_bad_rows=", bad))
	var report struct {
		Splits []data.PartCount
		Left   data.Skipped `json:"rows_left_out"`
	}
	if err := json.Unmarshal(read(t, filepath.Join(run, "data_report.json")), &report); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`4 5   the row has 2 cells, the header has 10 columns`,
		`6 7 picture train "cut.png"`,
		`7 8 picture train file "none.png"`,
		`8 9 caption validation the cell is empty`,
		`9 10 kind train the answer is missing`,
		`11 12 maker  the cell is not UTF-8: "\xff"`,
		`12 13 split  "practice" is not a split`,
		`14 15 width train "1,5" is not a number`,
		`19 20   the row has 11 cells, the header has 10 columns`,
		`21 22 picture  the cell holds a NUL byte`,
		`25 26 kind test no training row has the label "house"`,
	}
	var got []string
	for _, r := range report.Left.First {
		got = append(got, fmt.Sprintln(r.Row, r.Line, r.Column, r.Split, r.Reason))
	}
	for i := range want {
		if len(got) != bad || !strings.HasPrefix(got[i], want[i]) {
			t.Fatalf("left out are\n%swant\n%s", strings.Join(got, ""), strings.Join(want, "\n"))
		}
	}
	all := 0
	for _, p := range report.Splits {
		all += p.Rows
	}
	if report.Left.Rows != bad || report.Left.Most != bad || all != rows-bad {
		t.Errorf("%d rows left out of at most %d, and %d used, of %d", report.Left.Rows, report.Left.Most, all, rows)
	}

	// What else the rows say changes nothing.
	model := read(t, filepath.Join(run, "model", "model.safetensors"))
	w.write(t, "data.csv", string(spoilt("700")))
	again, _ := w.train(t, "data.max_bad_rows=12")
	if !bytes.Equal(model, read(t, filepath.Join(again, "model", "model.safetensors"))) {
		t.Error("something was learnt from a row that was left out")
	}

	// evaluate leaves out the same, but for what only training reads; predict
	// answers each row or none.
	var out, errs bytes.Buffer
	s := app.Streams{Out: &out, Err: &errs}
	source := app.SourceOptions{Model: run, Data: w.at("data.csv")}
	if err := app.Evaluate(context.Background(), app.EvaluateOptions{SourceOptions: source}, s); err != nil {
		t.Errorf("evaluate: %v", err)
	}
	if !strings.Contains(errs.String(), "10 rows were left out (data.max_bad_rows is 11), the first of them row 4 (line 5)") {
		t.Errorf("evaluate says %q", errs.String())
	}
	var e *data.Error
	err := app.Predict(context.Background(), app.PredictOptions{SourceOptions: source, Output: w.at("out.csv")}, s)
	if !errors.As(err, &e) || e.Row != 4 {
		t.Errorf("predict: %v", err)
	}

	// One more is an error, whoever finds it.
	for most := range bad {
		err := app.Train(context.Background(), app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("more"), Sets: []string{fmt.Sprint("data.max_bad_rows=", most)}}, s)
		if !errors.As(err, &e) || e.ExitCode() != 3 || e.Row == 0 {
			t.Errorf("with %d left out: %v", most, err)
		} else if most > 0 && !strings.Contains(err.Error(), "data.max_bad_rows allows") {
			t.Errorf("%v does not name the limit", err)
		}
	}
}
