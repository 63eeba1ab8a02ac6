package fit_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
)

// weighted is line with a column of weights, of which one row has another.
func weighted(t *testing.T, row int, cell string) *data.Table {
	var x, y, w []string
	for i := range 110 {
		x, y, w = append(x, fmt.Sprint(i%11)), append(y, fmt.Sprint(3*(i%11)-1)), append(w, fmt.Sprint(1+i%3))
	}
	w[row] = cell
	table, err := data.NewTable("line", data.Strings("x", x...), data.Strings("y", y...), data.Strings("w", w...))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The column of training.sample_weight is read of training rows, and changes what a
// run is; what is no weight is an error with its place.
func TestSampleWeight(t *testing.T) {
	source := func(more string) string {
		return "name: line\ndata: {path: line.csv}\ninputs: {facts: {type: tabular, numeric: [x]}}\noutput: {type: regression, column: y}\n" + more
	}
	read := func(more string, row int, cell string) (*fit.Data, map[string]string, error) {
		c, err := config.Parse("line.yaml", []byte(source(more)), config.Builtin())
		if err != nil {
			return nil, nil, err
		}
		d, err := fit.Read(context.Background(), c, fit.Rows{Table: weighted(t, row, cell)})
		if err != nil {
			return nil, nil, err
		}
		id, err := fit.Identity(c, d)
		return d, id, err
	}
	const key = "training: {sample_weight: w}\n"
	d, plain, err := read(key, 0, "2")
	if err != nil {
		t.Fatal(err)
	}
	train := d.Splits.Train[0]
	if d.Dataset.Weight(train) != float32(1+train%3) && train != 0 {
		t.Errorf("row %d weighs %v", train, d.Dataset.Weight(train))
	}
	if _, other, err := read(key, train, "7"); err != nil || other["data"] == plain["data"] {
		t.Errorf("another weight is the same data (%v)", err)
	}
	if _, _, err := read(key, d.Splits.Test[0], "-7"); err != nil {
		t.Errorf("the weight of a test row is read: %v", err)
	}
	if _, _, err := read(key, train, "-7"); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("row %d, column \"w\": the weight is -7", train+1)) {
		t.Error(err)
	}
	if _, _, err := read("", train, "-7"); err != nil {
		t.Errorf("without sample_weight: %v", err)
	}
	for column, want := range map[string]string{
		"x": `inputs.facts.numeric[0]: reads the column "x", which says what rows count in training, and nothing of them`,
		"y": `output.column: is "y", the column of what rows count in training`,
		"v": `the table has no column "v"`,
	} {
		if _, _, err := read("training: {sample_weight: "+column+"}\n", 0, "1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", column, err, want)
		}
	}
}
