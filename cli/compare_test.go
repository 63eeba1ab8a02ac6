package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli"
	"github.com/chiasm-ml/chiasm/config"
)

// two is a table of two inputs.
func two(t testing.TB) string {
	dir := folder(t)
	write(t, dir, "two.yaml", `
name: two
data: {path: data.csv, split: {train: 0.6, validation: 0.2, test: 0.2}}
inputs:
  first: {type: tabular, numeric: [x], encoder: {type: mlp, hidden: [4]}}
  second: {type: tabular, numeric: [y], encoder: {type: mlp, hidden: [4]}}
fusion: {type: score_average}
output: {type: binary, column: label}
training: {epochs: 2, batch_size: 8}
`)
	return dir
}

func TestCompareCommand(t *testing.T) {
	dir := two(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"compare", "--config", at("two.yaml"), "--output", at("out"), "--seeds", "2", "--fusion", "score_average,concat{dim: 4, hidden: [4]}", "--set", "training.epochs=1"}
	// Interrupted, it ends as a signal does, and the same command goes on.
	ctx, cancel := context.WithCancel(context.Background())
	errs := &listener{word: "first, seed 1: ", heard: cancel}
	c := cli.Command{Name: "chiasm", Registry: config.Builtin(), Out: &bytes.Buffer{}, Err: errs}
	if code := c.Run(ctx, args...); code != 130 {
		t.Fatalf("an interrupted comparison ends with %d: %s", code, errs)
	}
	r := run(context.Background(), append(args, "--json")...)
	var found struct {
		Metric string
		Runs   []map[string]any
		Tests  []map[string]any
		Seeds  int
	}
	if err := json.Unmarshal([]byte(r.out), &found); err != nil || r.code != 0 || found.Metric != "accuracy" || len(found.Runs) != 4 || len(found.Tests) != 5 || found.Seeds != 2 {
		t.Fatalf("%d, %v: %s\n%s", r.code, err, r.out, r.errs)
	}
	for _, row := range found.Runs {
		for _, key := range []string{"kind", "name", "mean", "low", "high", "seeds", "parameters", "training_seconds", "inference_us"} {
			if row[key] == nil {
				t.Errorf("%v has no %s", row, key)
			}
		}
	}
	for flags, want := range map[string]string{
		"--seeds 0": "--seeds is 0", "--fusion concatt": "did you mean concat?", "--metric mae": "accuracy, macro_f1", "--budget soon": "invalid argument",
	} {
		if r := run(context.Background(), append([]string{"compare", "--config", at("two.yaml")}, strings.Fields(flags)...)...); r.code != 2 || !strings.Contains(r.errs, want) {
			t.Errorf("%s ends with %d: %s", flags, r.code, r.errs)
		}
	}
}
