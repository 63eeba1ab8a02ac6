package data

import (
	"context"
	"strings"
	"testing"
)

// told is an input of another package, whose items are told apart by their cells.
type told struct{ *NGrams }

func (p told) Kind() string                 { return "signal" }
func (p told) Fingerprint(item Item) string { return string(rune(len(item.(ngramsItem)))) }

// Content that two splits share is found by the fingerprints of an input that this
// package does not know.
func TestFingerprintLeaks(t *testing.T) {
	p, err := NewNGrams(TextConfig{Column: "s", MaxTokens: 9, Missing: MissingMask}, NGramsConfig{Buckets: 50, MinN: 3, MaxN: 3, MaxPerWord: 2, Normalization: "none"})
	if err != nil {
		t.Fatal(err)
	}
	table, err := NewTable("t", Strings("s", "a", "a b", "c d", "a b c", ""), Strings("y", "1", "2", "1", "2", "1"))
	if err != nil {
		t.Fatal(err)
	}
	target, err := NewTarget(TargetConfig{Type: Binary, Column: "y", Positive: "1"})
	if err != nil {
		t.Fatal(err)
	}
	splits, inputs := &Splits{Train: []int{0, 1, 4}, Validation: []int{2}, Test: []int{3}}, []Input{{Name: "s", Preprocessor: told{p}}}
	if err := Fit(context.Background(), table, splits, inputs, target, nil); err != nil {
		t.Fatal(err)
	}
	d, err := NewDataset(table, inputs, target, DatasetOptions{MissingAll: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Prepare(context.Background(), []int{0, 1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	leaks, err := FindLeaks(context.Background(), d, splits, "")
	if err != nil || len(leaks) != 1 || leaks[0].Rows != 1 || !strings.Contains(leaks[0].String(), "have the signal of a row of another split") {
		t.Errorf("found %v (%v)", leaks, err)
	}
}
