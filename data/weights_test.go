package data_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
)

// Weights of rows are numbers of 0 or more; what is not is an error with its place.
func TestReadWeights(t *testing.T) {
	for cells, want := range map[string]string{
		"1 0 2.5":  "",
		"1 -1 2":   "row 2, column \"w\": the weight is -1, expected a number of 0 or more",
		"1 2 NaN":  "row 3, column \"w\"",
		"1 Inf 2":  "row 2, column \"w\"",
		"1 1e39 2": "row 2, column \"w\"",
		"many 1 1": "row 1, column \"w\"",
		"1 _ 1":    "row 2, column \"w\": the weight is missing",
		"0 0 0":    "column \"w\": every training row has the weight 0",
	} {
		values := strings.Split(strings.ReplaceAll(cells, "_", ""), " ")
		table, err := data.NewTable("t.csv", data.Strings("w", append(values, "not read")...))
		if err != nil {
			t.Fatal(err)
		}
		w, err := data.ReadWeights(table, "w", []int{0, 1, 2})
		switch {
		case want == "" && (err != nil || !slices.Equal(w, data.RowWeights{1, 0, 2.5, 0})):
			t.Errorf("%s: %v, %v", cells, w, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", cells, err, want)
		}
	}
	table, _ := data.NewTable("t.csv", data.Strings("w", "1"))
	if _, err := data.ReadWeights(table, "v", []int{0}); err == nil {
		t.Error("a column that is not there is read")
	}
}
