package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/onnx/onnxtest"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// checked is what tests read of check.json.
type checked struct {
	Checked      bool
	Why, Runtime string
	Largest      float64 `json:"largest_difference"`
	LabelsDiffer int     `json:"labels_differ"`
}

func exportTo(t *testing.T, o app.ExportOptions) (checked, error) {
	t.Helper()
	if o.Format == "" {
		o.Format = "onnx"
	}
	err := app.Export(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	var c checked
	if b, e := os.ReadFile(filepath.Join(o.Output, "check.json")); e == nil {
		if e := json.Unmarshal(b, &c); e != nil {
			t.Fatal(e)
		}
	}
	return c, err
}

// interpreter is a program that does as if it were a Python with ONNX Runtime, which
// finds no difference in the cases without an input.
func (w *workshop) interpreter(t *testing.T, name, lines string) string {
	t.Helper()
	for _, input := range []string{"picture", "caption", "facts"} {
		lines += fmt.Sprintf("\n{\"case\": \"random.without.%s\", \"batch\": 37, \"rows\": 64, \"logits\": 0, \"probabilities\": 0}", input)
	}
	script := "#!/bin/sh\n[ \"$1 $2\" = '-I -B' ] || exit 1\n[ \"$3\" = -c ] && exit 0\ncat <<'END'\n{\"runtime\": \"onnxruntime 0\"}\n" + lines + "\nEND\n"
	if err := os.WriteFile(w.at(name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return w.at(name)
}

func TestExport(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	model := app.SourceOptions{Model: run}

	t.Run("without Python", func(t *testing.T) {
		o := app.ExportOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}, Output: w.at("plain"), Check: true, Python: "no-such-python", Outputs: []string{"attention", "pooled.fusion"}}
		c, err := exportTo(t, o)
		if code(err) != 2 || c.Checked || !strings.Contains(c.Why, "there is no Python: no-such-python") || !strings.Contains(err.Error(), "not checked: "+c.Why) {
			t.Errorf("%+v, error %v", c, err)
		}
		for _, name := range []string{"preprocessing.json", "tokenizer.json", "words.json", "README.md", "samples/predict.py", "samples/predict.mjs", "samples/text.py", "samples/cells.py", "samples/cells.mjs", "cases/real.without.caption/want.probabilities.npy", "cases/real/rows.jsonl"} {
			if len(read(t, filepath.Join(o.Output, name))) == 0 {
				t.Errorf("%s is empty", name)
			}
		}
		onnxtest.Check(t, read(t, filepath.Join(o.Output, "model.onnx")))
		if _, err := exportTo(t, o); code(err) != 2 {
			t.Errorf("a folder that is not empty: %v", err)
		}
		o.Force, o.Check, o.Data = true, false, ""
		if c, err := exportTo(t, o); err != nil || c.Checked || c.Why != "--check was not given" {
			t.Errorf("without --check: %+v, error %v", c, err)
		}
	})
	t.Run("agrees", func(t *testing.T) {
		python := w.interpreter(t, "agrees", `{"case": "random", "batch": 37, "rows": 64, "logits": 0.5, "probabilities": 3e-05, "labels_differ": 0}`)
		c, err := exportTo(t, app.ExportOptions{SourceOptions: model, Output: w.at("agreed"), Check: true, Python: python})
		if err != nil || !c.Checked || c.Largest != 3e-5 || c.Runtime != "onnxruntime 0" {
			t.Errorf("%+v, error %v", c, err)
		}
		if _, err := os.Stat(w.at("agreed/cases")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the rows of the check are left there: %v", err)
		}
	})
	t.Run("differs", func(t *testing.T) {
		for name, line := range map[string]string{
			"far":   `{"case": "random", "batch": 37, "rows": 64, "logits": 0.5, "probabilities": 2e-04}`,
			"other": `{"case": "random", "batch": 37, "rows": 64, "logits": 0, "probabilities": 0, "labels_differ": 1}`,
		} {
			c, err := exportTo(t, app.ExportOptions{SourceOptions: model, Output: w.at(name), Check: true, Python: w.interpreter(t, "python-"+name, line)})
			if code(err) != 1 || !strings.Contains(err.Error(), "other answers") || !c.Checked {
				t.Errorf("%s: %+v, error %v", name, c, err)
			}
		}
	})
	t.Run("cells differ", func(t *testing.T) {
		for name, line := range map[string]string{
			"cells":  `{"case": "real", "preprocessed": 20, "rows_differ": 2, "pixels": 0.0, "left_out": [], "first": "row 3 of the case: it is refused"}`,
			"pixels": `{"case": "real", "preprocessed": 20, "rows_differ": 0, "pixels": 4.5, "left_out": []}`,
		} {
			line = `{"case": "random", "batch": 37, "rows": 64, "logits": 0, "probabilities": 0}` + "\n" + line
			c, err := exportTo(t, app.ExportOptions{SourceOptions: model, Output: w.at(name), Check: true, Python: w.interpreter(t, "python-"+name, line)})
			if code(err) != 1 || !strings.Contains(err.Error(), "in another way than the model") || !c.Checked {
				t.Errorf("%s: %+v, error %v", name, c, err)
			}
		}
	})
	t.Run("weights", func(t *testing.T) {
		if _, err := exportTo(t, app.ExportOptions{SourceOptions: model, Output: w.at("weights"), Format: "safetensors"}); err != nil {
			t.Fatal(err)
		}
		b := read(t, w.at("weights/model.safetensors"))
		tensors, _, err := checkpoints.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil || len(tensors) < 10 {
			t.Errorf("%d tensors, error %v", len(tensors), err)
		}
		if !bytes.Contains(read(t, w.at("weights/preprocessing.json")), []byte(`"std"`)) {
			t.Error("the fitted preprocessing is not there")
		}
	})
	for want, o := range map[string]app.ExportOptions{
		`--format is "tensorflow"`:         {Format: "tensorflow"},
		"--check and --outputs are for":    {Format: "safetensors", Check: true},
		"--data is for --check":            {SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}},
		`the model has no output "logit"`:  {Outputs: []string{"logit"}},
		"beside its answers there are att": {Outputs: []string{"pooled.sound"}},
	} {
		o.Output = w.at("refused")
		if o.Model == "" {
			o.Model = run
		}
		if _, err := exportTo(t, o); code(err) != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// A check that was asked for and could not be made is an error that says what to
// install, and leaves the export and the cases to be checked elsewhere.
func TestF19_UncheckedIsAnError(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	lacking := w.at("lacking")
	if err := os.WriteFile(lacking, []byte("#!/bin/sh\ncase \"$4\" in *\"$LACKS\"*) exit 1;; esac\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for module, words := range map[string][]string{
		"numpy": {"no module numpy", "-m pip install numpy"}, "onnxruntime": {"no module onnxruntime", "-m pip install onnxruntime"}, "PIL": {"no module PIL", "-m pip install pillow"},
	} {
		t.Setenv("LACKS", module)
		o := app.ExportOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}, Output: w.at("without-" + module), Check: true, Python: lacking}
		c, err := exportTo(t, o)
		if code(err) != 2 || c.Checked {
			t.Errorf("%s: %+v, error %v", module, c, err)
			continue
		}
		for _, word := range append(words, "is written, but not checked", "--python") {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v, want %q in it", module, err, word)
			}
		}
		for _, name := range []string{"model.onnx", "check.json", "cases/real/rows.jsonl"} {
			if len(read(t, filepath.Join(o.Output, name))) == 0 {
				t.Errorf("%s: %s is empty", module, name)
			}
		}
	}
}

// What ends well and says nothing, or speaks of some cases alone, has checked
// nothing.
func TestF19_SilenceIsNoCheck(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	for name, script := range map[string]string{
		"silent": "exit 0", "only the runtime": `echo '{"runtime": "onnxruntime 0"}'`,
		"one case": `echo '{"runtime": "onnxruntime 0"}'; echo '{"case": "random", "batch": 37, "rows": 64, "logits": 0, "probabilities": 0}'`,
	} {
		python := w.at("python")
		if err := os.WriteFile(python, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		c, err := exportTo(t, app.ExportOptions{SourceOptions: app.SourceOptions{Model: run}, Output: w.at("out"), Force: true, Check: true, Python: python})
		if code(err) != 2 || c.Checked || !strings.Contains(err.Error(), "is written, but not checked") {
			t.Errorf("%s: %+v, error %v", name, c, err)
		}
	}
}

// What lies in the working folder, or in the folder of an export that is written
// over, is not run by a check: it is started in an empty folder, on a copy of our
// own script that has only its own neighbours.
func TestE1_CheckRunsNoForeignCode(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	seen := w.at("seen")
	spy := w.at("spy")
	script := "#!/bin/sh\n{ echo \"$1 $2\"; ls -A; case \"$3\" in /*) ls -A \"$(dirname \"$3\")\";; esac; } >>'" + seen + "'\n[ \"$3\" = -c ] && exit 0\n" +
		`echo '{"runtime": "onnxruntime 0"}'; for c in "$4"/*; do echo '{"case": "'"${c##*/}"'", "batch": 37, "rows": 64, "logits": 0, "probabilities": 0}'; done` + "\n"
	if err := os.WriteFile(spy, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	here := t.TempDir()
	t.Chdir(here)
	out := filepath.Join(here, "out")
	for _, path := range []string{"numpy.py", "sitecustomize.py", "python3", "out/samples/numpy.py", "out/samples/json.py", "out/samples/__pycache__/cells.cpython-311.pyc", "out/numpy.py"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho foreign >"+filepath.Join(here, "foreign")), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := exportTo(t, app.ExportOptions{SourceOptions: app.SourceOptions{Model: run}, Output: out, Force: true, Check: true, Python: spy}); err != nil || !c.Checked {
		t.Fatalf("%+v, error %v", c, err)
	}
	for line := range strings.Lines(string(read(t, seen))) {
		switch name := strings.TrimSpace(line); name {
		case "-I -B", "check.py", "cells.py", "predict.py", "text.py", "cells.mjs", "predict.mjs", "text.mjs":
		default:
			t.Errorf("%s lies beside what is run", name)
		}
	}
	t.Setenv("PATH", "."+string(filepath.ListSeparator)+here+"/nothing")
	if c, err := exportTo(t, app.ExportOptions{SourceOptions: app.SourceOptions{Model: run}, Output: out, Force: true, Check: true}); code(err) != 2 || c.Checked {
		t.Errorf("a python3 of the working folder: %+v, error %v", c, err)
	}
	if _, err := os.Stat(filepath.Join(here, "foreign")); err == nil {
		t.Error("what lay about was run")
	}
}

// code is the exit code of an error.
func code(err error) int {
	var e interface{ ExitCode() int }
	if errors.As(err, &e) {
		return e.ExitCode()
	}
	return -1
}
