package app_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// TestF33_PredictOverwritesNothing: what is there stays unless it is told to be
// written over, and the table stays always, by whatever path it is named.
func TestF33_PredictOverwritesNothing(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	table := read(t, w.at("data.csv"))
	if err := os.Symlink(w.at("data.csv"), w.at("link.csv")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(w.at("data.csv"), w.at("hard.csv")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.at("there.csv"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		output string
		force  bool
		says   string // "" where it is written
	}{
		{"there.csv", false, "--force"}, {"there.csv", true, ""}, {"new.csv", false, ""}, {"new.csv", false, "--force"},
		{"data.csv", true, "the table"}, {"link.csv", true, "the table"}, {"hard.csv", true, "the table"}, {"x/../data.csv", true, "the table"},
	} {
		err := app.Predict(context.Background(), app.PredictOptions{
			SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}, Output: w.at(c.output), Force: c.force,
		}, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s, force %v: %v", c.output, c.force, err)
		}
	}
	if !bytes.Equal(read(t, w.at("data.csv")), table) {
		t.Error("the table was written over")
	}
}
