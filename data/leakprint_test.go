package data_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/text"
)

// told is an input of another package, whose items are told apart by their cells.
type told struct{ *text.NGrams }

func (p told) Kind() string { return "signal" }

func (p told) Fingerprint(item data.Item) string { return string(rune(item.Bytes())) }

// Content that two splits share is found by the fingerprints of an input that this
// package does not know.
func TestFingerprintLeaks(t *testing.T) {
	p, err := text.NewNGrams(text.Common{Column: "s", MaxTokens: 9, Missing: data.MissingMask}, text.NGramsOptions{Buckets: 50, MinN: 3, MaxN: 3, MaxPerWord: 2, Normalization: "none"})
	if err != nil {
		t.Fatal(err)
	}
	table, err := data.NewTable("t", data.Strings("s", "a", "a b", "c d", "a b c", ""), data.Strings("y", "1", "2", "1", "2", "1"))
	if err != nil {
		t.Fatal(err)
	}
	target, err := data.NewTarget(data.TargetConfig{Type: data.Binary, Column: "y", Positive: "1"})
	if err != nil {
		t.Fatal(err)
	}
	splits, inputs := &data.Splits{Train: []int{0, 1, 4}, Validation: []int{2}, Test: []int{3}}, []data.Input{{Name: "s", Preprocessor: told{p}}}
	if err := data.Fit(context.Background(), table, splits, inputs, target, nil); err != nil {
		t.Fatal(err)
	}
	d, err := data.NewDataset(table, inputs, target, data.DatasetOptions{MissingAll: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Prepare(context.Background(), []int{0, 1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	leaks, err := data.FindLeaks(context.Background(), d, splits, "")
	if err != nil || len(leaks) != 1 || leaks[0].Rows != 1 || !strings.Contains(leaks[0].String(), "have the signal of a row of another split") {
		t.Errorf("found %v (%v)", leaks, err)
	}
}
