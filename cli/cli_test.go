package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli"
	"github.com/chiasm-ml/chiasm/config"
)

// result is what a run of the command left.
type result struct {
	code      int
	out, errs string
}

func run(ctx context.Context, args ...string) result {
	var out, errs bytes.Buffer
	code := cli.Command{Name: "chiasm", Registry: config.Builtin(), Out: &out, Err: &errs}.Run(ctx, args...)
	return result{code, out.String(), errs.String()}
}

// folder is a table of numbers and labels, and a config for it.
func folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("x,y,label\n")
	for i := range 60 {
		x, y := i%7, i%5
		label := "low"
		if x+y > 5 {
			label = "high"
		}
		fmt.Fprintf(&rows, "%d,%d,%s\n", x, y, label)
	}
	write(t, dir, "data.csv", rows.String())
	write(t, dir, "train.yaml", `
name: numbers
data: {path: data.csv, split: {train: 0.6, validation: 0.2, test: 0.2}}
inputs:
  facts: {type: tabular, numeric: [x, y], encoder: {type: mlp, hidden: [8]}}
output: {type: binary, column: label}
training: {epochs: 3, batch_size: 8}
`)
	return dir
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTrainedModelIsUsed(t *testing.T) {
	dir := folder(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	ctx := context.Background()
	r := run(ctx, "train", "--config", at("train.yaml"), "--output", at("run"), "--json")
	if r.code != 0 {
		t.Fatalf("train ends with %d: %s", r.code, r.errs)
	}
	var trained struct {
		Test map[string]any `json:"test"`
	}
	if err := json.Unmarshal([]byte(r.out), &trained); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config.yaml", "metrics.jsonl", "result.json", "data_report.json", "report.html", "model/model.safetensors", "checkpoints"} {
		if _, err := os.Stat(at("run/" + name)); err != nil {
			t.Error(err)
		}
	}
	r = run(ctx, "evaluate", "--model", at("run"), "--data", at("data.csv"), "--split", "test", "--json")
	var measured struct {
		Metrics map[string]any `json:"metrics"`
	}
	if err := json.Unmarshal([]byte(r.out), &measured); err != nil || fmt.Sprint(measured.Metrics) != fmt.Sprint(trained.Test) {
		t.Errorf("evaluate gives %v, training gave %v (%v, %s)", measured.Metrics, trained.Test, err, r.errs)
	}
	r = run(ctx, "predict", "--model", at("run"), "--data", at("data.csv"), "--output", "-")
	if header, _, _ := strings.Cut(r.out, "\n"); r.code != 0 || header != "x,y,label,prediction,probability_high,probability_low" || strings.Count(r.out, "\n") != 61 {
		t.Errorf("predict ends with %d and writes %q: %s", r.code, header, r.errs)
	}
	r = run(ctx, "inspect", "--model", at("run/model"), "--json")
	if r.code != 0 || !json.Valid([]byte(r.out)) {
		t.Errorf("inspect ends with %d: %s", r.code, r.errs)
	}
	// The run folder is in use, unless told otherwise.
	for args, want := range map[string]int{"": 2, "--force": 0, "--resume": 0} {
		all := append([]string{"train", "--config", at("train.yaml"), "--output", at("run")}, strings.Fields(args)...)
		if r := run(ctx, all...); r.code != want {
			t.Errorf("train %s into a used folder ends with %d, want %d: %s", args, r.code, want, r.errs)
		}
	}
}

// A run that was interrupted and resumed leaves the bytes of one that was not.
func TestInterruptedAndResumed(t *testing.T) {
	dir := folder(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	ctx, cancel := context.WithCancel(context.Background())
	errs := &listener{word: "epoch 1/3", heard: cancel}
	c := cli.Command{Name: "chiasm", Registry: config.Builtin(), Out: &bytes.Buffer{}, Err: errs}
	code := c.Run(ctx, "train", "--config", at("train.yaml"), "--output", at("interrupted"))
	if code != 130 || !strings.Contains(errs.String(), "--resume") {
		t.Fatalf("an interrupted train ends with %d: %s", code, errs)
	}
	for _, args := range [][]string{{"interrupted", "--resume"}, {"whole"}} {
		all := append([]string{"train", "--config", at("train.yaml"), "--output", at(args[0])}, args[1:]...)
		if r := run(context.Background(), all...); r.code != 0 {
			t.Fatalf("train %v ends with %d: %s", args, r.code, r.errs)
		}
	}
	resumed, err := os.ReadFile(at("interrupted/model/model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(at("whole/model/model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(resumed, whole) {
		t.Error("the resumed run's model differs")
	}
}

// listener is a standard error that calls a function when it reads a word.
type listener struct {
	bytes.Buffer
	word  string
	heard func()
}

func (l *listener) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(l.word)) {
		l.heard()
	}
	return l.Buffer.Write(p)
}

func TestExitCodes(t *testing.T) {
	dir := folder(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	write(t, dir, "bad.csv", "x,y,label\n"+strings.Repeat("1,two,low\n1,two,high\n", 20))
	write(t, dir, "bad.yaml", "name: x\nfusoin: concat\n")
	config := at("train.yaml")
	for _, c := range []struct {
		args string
		code int
		says string // on standard error, or on standard output if the code is 0
	}{
		{"", 0, "Available Commands"},
		{"version", 0, "chiasm "},
		{"schema", 0, "$schema"},
		{"train --help", 0, "--set"},
		{"trian", 2, `chiasm: there is no command "trian"; did you mean "train"?`},
		{"fly", 2, `chiasm: there is no command "fly"; see chiasm --help`},
		{"version now", 2, `chiasm: "now" is not expected here; see chiasm version --help`},
		{"train", 2, "chiasm: --config is missing; see chiasm train --help"},
		{"train --confg x", 2, "chiasm: unknown flag: --confg; see chiasm train --help"},
		{"train --config " + at("none.yaml"), 2, "none.yaml"},
		{"train --config " + at("bad.yaml"), 2, `bad.yaml:2:1: unknown key "fusoin", did you mean "fusion"?`},
		{"train --config " + config + " --set training.epochs=0", 2, "training.epochs: must be at least 1, is 0"},
		{"train --config " + config + " --set data.path=bad.csv", 3, `column "y"`},
		{"train --config " + config + " --set data.path=none.csv", 6, "none.csv"},
		{"train --config " + config + " --set training.optimizer.learning_rate=1e30 --set training.clip_norm=0 --output " + at("burst"), 5, "finite"},
		{"evaluate --model " + at("none") + " --data " + at("data.csv"), 4, "there is no such run folder, model or checkpoint"},
		{"predict --model " + at("none") + " --data x --output y.xlsx", 2, ".csv, .tsv or .jsonl"},
	} {
		r := run(context.Background(), strings.Fields(c.args)...)
		says := r.errs
		if c.code == 0 {
			says = r.out
		}
		if r.code != c.code || !strings.Contains(says, c.says) {
			t.Errorf("%q ends with %d, want %d, and says %q, want %q", c.args, r.code, c.code, says, c.says)
		}
		if c.code != 0 && (r.out != "" || strings.Contains(r.errs, "goroutine")) {
			t.Errorf("%q writes %q to standard output and %q to standard error", c.args, r.out, r.errs)
		}
	}
}
