package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
)

// Whatever init writes, train takes as it is.
func TestInitThenTrain(t *testing.T) {
	for target, kind := range map[string]string{
		sample.Kind: "multiclass", sample.Pass: "binary", sample.Tags: "multilabel", sample.Price: "regression",
	} {
		dir := t.TempDir()
		if err := sample.Write(dir, 60); err != nil {
			t.Fatal(err)
		}
		at := func(name string) string { return filepath.Join(dir, name) }
		args := []string{"init", "--data", at("data.csv"), "--target", target, "--output", at("configs/first.yaml")}
		r := run(context.Background(), args...)
		if r.code != 0 || !strings.Contains(r.out, kind+" output. Next: chiasm train --config "+at("configs/first.yaml")) {
			t.Errorf("init for %s ends with %d and says\n%s%s", target, r.code, r.out, r.errs)
			continue
		}
		r = run(context.Background(), "train", "--config", at("configs/first.yaml"), "--set", "training.epochs=1", "--output", at("run"))
		if r.code != 0 {
			config, _ := os.ReadFile(at("configs/first.yaml"))
			t.Errorf("train for %s ends with %d: %s\n%s", target, r.code, r.errs, config)
		}
		if r := run(context.Background(), args...); r.code != 2 || !strings.Contains(r.errs, "--force") {
			t.Errorf("over a config that is there, init ends with %d: %s", r.code, r.errs)
		}
		r = run(context.Background(), append(args, "--force", "--json")...)
		var found struct {
			Columns  []map[string]string
			Mistakes []any
			Config   string
		}
		if err := json.Unmarshal([]byte(r.out), &found); err != nil || r.code != 0 || len(found.Columns) != 10 || len(found.Mistakes) != 0 || found.Config == "" {
			t.Errorf("%v, %d: %s", err, r.code, r.out)
		}
	}
}

// Rows that cannot be used are named, and train leaves them out; a target that is not
// there is refused.
func TestInitNamesMistakes(t *testing.T) {
	dir := t.TempDir()
	table := "x,y,label\n"
	for i := range 40 {
		table += fmt.Sprintf("%d.5,%d,%s\n", i*i%17, i*7%13, []string{"low", "high"}[i%2])
	}
	write(t, dir, "data.csv", table+"1,8,\n1,2\n")
	at := func(name string) string { return filepath.Join(dir, name) }
	r := run(context.Background(), "init", "--output", at("config.yaml"), "--data", at("data.csv"), "--target", "label")
	for _, w := range []string{`row 41 (line 42), column "label": the cell is empty`, `row 42 (line 43): the row has 2 cells, the header has 3 columns`} {
		if r.code != 0 || !strings.Contains(r.errs, w) {
			t.Errorf("init ends with %d, and says %q, want %q", r.code, r.errs, w)
		}
	}
	if r := run(context.Background(), "train", "--config", at("config.yaml"), "--set", "training.epochs=1", "--output", at("run")); r.code != 0 {
		t.Errorf("train ends with %d: %s", r.code, r.errs)
	}
	r = run(context.Background(), "init", "--output", at("other.yaml"), "--data", at("data.csv"), "--target", "lable")
	if r.code != 3 || !strings.Contains(r.errs, `did you mean "label"?`) || !strings.Contains(r.errs, "no config was written") {
		t.Errorf("of a target that is not there, init ends with %d: %s", r.code, r.errs)
	}
	if _, err := os.Stat(at("other.yaml")); err == nil {
		t.Error("a config was written without a target")
	}
	for args, code := range map[string]int{"init --target label": 2, "init --data none.csv --target x --output " + at("none.yaml"): 6} {
		if r := run(context.Background(), strings.Fields(args)...); r.code != code {
			t.Errorf("%s ends with %d: %s", args, r.code, r.errs)
		}
	}
}
