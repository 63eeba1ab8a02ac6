package cli_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerify damages what a training left, one thing at a time.
func TestVerify(t *testing.T) {
	dir := folder(t)
	whole := filepath.Join(dir, "whole")
	if r := run(context.Background(), "train", "--config", filepath.Join(dir, "train.yaml"), "--output", whole); r.code != 0 {
		t.Fatalf("train ends with %d: %s", r.code, r.errs)
	}
	steps, err := filepath.Glob(filepath.Join(whole, "checkpoints", "step-*"))
	if err != nil || len(steps) != 3 {
		t.Fatalf("checkpoints %v, %v", steps, err)
	}
	newest := filepath.Join("checkpoints", filepath.Base(steps[2]))
	shorten := func(name string) func(string) error {
		return func(run string) error {
			path := filepath.Join(run, name)
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.Truncate(path, info.Size()-1)
		}
	}
	write := func(name, text string) func(string) error {
		return func(run string) error { return os.WriteFile(filepath.Join(run, name), []byte(text), 0o644) }
	}
	remove := func(name string) func(string) error {
		return func(run string) error { return os.RemoveAll(filepath.Join(run, name)) }
	}
	for _, c := range []struct {
		name   string
		damage func(run string) error
		path   string // below the run
		want   string // on the line that is invalid; empty: all is valid
	}{
		{"nothing", func(string) error { return nil }, "", ""},
		{"a model alone", func(string) error { return nil }, "model", ""},
		{"a checkpoint alone", func(string) error { return nil }, newest, ""},
		{"the checkpoints", func(string) error { return nil }, "checkpoints", ""},
		{"a folder of runs", shorten("model/model.safetensors"), "", "model  model.safetensors"},
		{"no model yet", remove("model"), "", ""},
		{"what a kill left", func(run string) error {
			return os.Mkdir(filepath.Join(run, "checkpoints", ".tmp-9-1-01234567"), 0o755)
		}, "", ""},
		{"moments cut", shorten(newest + "/optimizer.safetensors"), "", newest + "  optimizer.safetensors: the file has"},
		{"weights cut", shorten("model/model.safetensors"), "", "model  model.safetensors: the file has"},
		{"state changed", write(newest+"/state.json", "{}"), "checkpoints", newest + "  state.json"},
		{"no manifest", remove(newest + "/MANIFEST.json"), "", newest + "  MANIFEST.json: cannot read"},
		{"manifest changed", shorten("model/MANIFEST.json"), "model", "model  MANIFEST.json"},
		{"config changed", write("config.yaml", "nmae: x"), "", "config.yaml"},
		{"metrics torn", shorten("metrics.jsonl"), "", "metrics.jsonl  line 3 is not a whole line"},
		{"result torn", shorten("result.json"), "", ""}, // it ends in a newline
		{"result empty", write("result.json", ""), "", "result.json  this is not JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run1 := filepath.Join(t.TempDir(), "run")
			if err := os.CopyFS(run1, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			if err := c.damage(run1); err != nil {
				t.Fatal(err)
			}
			if c.name == "a folder of runs" {
				run1 = filepath.Dir(run1)
			}
			r := run(context.Background(), "verify", filepath.Join(run1, c.path))
			invalid := ""
			for line := range strings.Lines(r.out) {
				if strings.HasPrefix(line, "invalid") {
					invalid += line
				}
			}
			if c.want == "" {
				if r.code != 0 || invalid != "" || !strings.HasPrefix(r.out, "valid") {
					t.Errorf("it ends with %d: %s%s", r.code, r.out, r.errs)
				}
				return
			}
			if r.code != 4 || strings.Count(invalid, "\n") != 1 || !strings.Contains(invalid, c.want) {
				t.Errorf("it ends with %d and says %s%s, want %q", r.code, invalid, r.errs, c.want)
			}
			j := run(context.Background(), "verify", filepath.Join(run1, c.path), "--json")
			var found struct {
				Found []struct {
					Valid   bool
					Problem string
				}
			}
			if err := json.Unmarshal([]byte(j.out), &found); err != nil || j.code != 4 {
				t.Errorf("as JSON it ends with %d, %v: %s", j.code, err, j.out)
			}
			bad := 0
			for _, f := range found.Found {
				if !f.Valid && f.Problem != "" {
					bad++
				}
			}
			if bad != 1 {
				t.Errorf("as JSON %d are invalid", bad)
			}
		})
	}
	for args, code := range map[string]int{"verify": 2, "verify a b": 2, "verify " + filepath.Join(dir, "none"): 4, "verify " + filepath.Join(dir, "data.csv"): 4, "verify " + dir: 0, "verify " + t.TempDir(): 4} {
		if r := run(context.Background(), strings.Fields(args)...); r.code != code {
			t.Errorf("%s ends with %d, want %d: %s", args, r.code, code, r.errs)
		}
	}
}
