package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
)

// binary is the program that users get, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(withBinary(m)) }

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "chiasm")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "chiasm")
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s", err, out)
		return 1
	}
	return m.Run()
}

// place is a folder with the sample's table, its pictures and a config whose
// inputs may not be missing.
type place struct {
	t    *testing.T
	dir  string
	yaml string
	rows [][]string
}

// Columns of the sample.
const (
	pictureCell, captionCell, widthCell, makerCell = 0, 1, 2, 4
	kindCell, splitCell                            = 5, 9
)

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir()}
	p.yaml = strings.ReplaceAll(sample.Default().YAML(), "missing: mask", "missing: error")
	for i, row := range sample.Rows(20) {
		for j, instead := range []string{"0.png", "a bird", "1"} {
			if row[j] == "" {
				row[j] = instead
			}
		}
		row[makerCell] = []string{"Ada", "Bo"}[i%2]
		row[kindCell] = []string{"bird", "boat"}[i/5%2]
		p.rows = append(p.rows, row)
	}
	if err := sample.Write(p.dir, 1); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) at(name string) string { return filepath.Join(p.dir, name) }

func (p *place) write(name string, b []byte) {
	p.t.Helper()
	if err := os.WriteFile(p.at(name), b, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// save writes table and config.
func (p *place) save() {
	p.t.Helper()
	p.write("train.yaml", []byte(p.yaml))
	p.write("data.csv", sample.CSV(p.rows))
}

// run runs the binary in the folder, with an empty environment.
func (p *place) run(args ...string) (code int, out, errs string) {
	p.t.Helper()
	var o, e bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, []string{}, &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), o.String(), e.String()
}

// files is everything below the folder with its contents, but for the process
// that held a lock last.
func (p *place) files() map[string]string {
	files := map[string]string{}
	err := filepath.WalkDir(p.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == ".lock" {
			files[path] = ""
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return files
}

// fails runs the binary and checks what it says: one line that has all of the
// words, on standard error, nothing on standard output, and no file more than
// there was.
func (p *place) fails(code int, words []string, args ...string) {
	p.t.Helper()
	before := p.files()
	got, out, errs := p.run(args...)
	if got != code {
		p.t.Errorf("exit code %d, want %d", got, code)
	}
	if out != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "chiasm: ") {
		p.t.Errorf("want one line on standard error alone, got %q and on standard output %q", errs, out)
	}
	for _, w := range words {
		if !strings.Contains(errs, w) {
			p.t.Errorf("%q does not say %q", strings.TrimSpace(errs), w)
		}
	}
	after := p.files()
	for path, text := range after {
		if was, ok := before[path]; !ok || was != text {
			p.t.Errorf("%s was written, though nothing came of it", path)
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			p.t.Errorf("%s is gone", path)
		}
	}
}

// replace changes the config, which must have the text.
func (p *place) replace(old, new string) {
	p.t.Helper()
	if !strings.Contains(p.yaml, old) {
		p.t.Fatalf("no %q in %s", old, p.yaml)
	}
	p.yaml = strings.Replace(p.yaml, old, new, 1)
}

// TestBadInput: whatever is wrong with config, table or pictures, train says
// so in one line that names the place, ends with the right code, and leaves
// nothing behind. Row 8 (line 9) is a training row, 20 (line 21) a test row.
func TestBadInput(t *testing.T) {
	const training, test = 7, 19
	cut := func(p *place) []byte {
		b, err := os.ReadFile(filepath.Join("testdata", "whole.jpg"))
		if err != nil {
			p.t.Fatal(err)
		}
		return b[:len(b)/2]
	}
	for _, c := range []struct {
		name  string
		spoil func(p *place)
		args  string
		code  int
		words []string
	}{
		{"unknown key", func(p *place) { p.replace("seed: 7", "seeds: 7") }, "", 2, []string{"train.yaml:2:1", "seeds", `"seed"`}},
		{"unknown key inside", func(p *place) { p.replace("max_tokens", "max_token") }, "", 2, []string{"train.yaml:6:", "max_token", "max_tokens"}},
		{"impossible value", func(p *place) { p.replace("batch_size: 4", "batch_size: 0") }, "", 2, []string{"train.yaml:10:", "batch_size"}},
		{"wrong type", func(p *place) { p.replace("epochs: 2", "epochs: two") }, "", 2, []string{"train.yaml:10:", "epochs"}},
		{"unknown encoder", func(p *place) { p.replace("type: cnn", "type: ccn") }, "", 2, []string{"train.yaml:5:", "cnn"}},
		{"feature is the answer", func(p *place) { p.replace("[maker]", "[kind]") }, "", 2, []string{"train.yaml:7:", "kind"}},
		{"a config that is none", func(p *place) { p.yaml = "a: [" }, "", 2, []string{"train.yaml:"}},
		{"wrong flag", func(*place) {}, "--confg x", 2, []string{"--confg"}},
		{"wrong --set", func(*place) {}, "--set training.epoch=2", 2, []string{"training.epoch", "epochs"}},
		{"missing column", func(p *place) { p.replace("[width", "[widht") }, "", 3, []string{"data.csv", `"widht"`, `"width"`}},
		{"missing label column", func(p *place) { p.replace("column: kind", "column: kin") }, "", 3, []string{"data.csv", `"kin"`, `"kind"`}},
		{"missing picture", func(p *place) { p.rows[training][pictureCell] = "none.png" }, "", 3, []string{"row 8 (line 9)", `"picture"`, "none.png"}},
		{"empty picture cell", func(p *place) { p.rows[test][pictureCell] = "" }, "", 3, []string{"row 20 (line 21)", `"picture"`, "mask"}},
		{"truncated JPEG", func(p *place) { p.rows[test][pictureCell] = "cut.jpg"; p.write("images/cut.jpg", cut(p)) }, "", 3, []string{"row 20 (line 21)", "cut.jpg"}},
		{"no picture at all", func(p *place) { p.rows[training][pictureCell] = "cut.png"; p.write("images/cut.png", []byte("hello")) }, "", 3, []string{"row 8 (line 9)", "cut.png"}},
		{"picture outside", func(p *place) { p.rows[training][pictureCell] = "../data.csv" }, "", 3, []string{"row 8 (line 9)", "../data.csv"}},
		{"label only in test", func(p *place) { p.rows[test][kindCell] = "tree" }, "", 3, []string{"row 20 (line 21)", `"kind"`, "tree"}},
		{"no label", func(p *place) { p.rows[training][kindCell] = "" }, "", 3, []string{"row 8 (line 9)", `"kind"`}},
		{"one label", func(p *place) {
			for _, r := range p.rows {
				r[kindCell] = "bird"
			}
		}, "", 3, []string{`"kind"`, "bird"}},
		{"NaN", func(p *place) { p.rows[training][widthCell] = "NaN" }, "", 3, []string{"row 8 (line 9)", `"width"`, "NaN"}},
		{"decimal comma", func(p *place) { p.rows[training][widthCell] = "1,5" }, "", 3, []string{"row 8 (line 9)", `"width"`, "1,5"}},
		{"too large", func(p *place) { p.rows[test][widthCell] = "1e400" }, "", 3, []string{"row 20 (line 21)", `"width"`, "1e400"}},
		{"no number", func(p *place) { p.rows[test][widthCell] = "wide" }, "", 3, []string{"row 20 (line 21)", `"width"`, "wide"}},
		{"empty text", func(p *place) { p.rows[training][captionCell] = "" }, "", 3, []string{"row 8 (line 9)", `"caption"`}},
		{"unknown split", func(p *place) { p.rows[training][splitCell] = "practice" }, "", 3, []string{"row 8 (line 9)", `"split"`, "practice"}},
		{"no training rows", func(p *place) {
			for _, r := range p.rows {
				r[splitCell] = "test"
			}
		}, "", 3, []string{"train"}},
		{"no validation rows", func(p *place) {
			for _, r := range p.rows {
				r[splitCell] = strings.Replace(r[splitCell], "validation", "test", 1)
			}
		}, "", 2, []string{"validation.loss", "train.loss"}},
		{"ragged row", func(p *place) { p.rows[training] = p.rows[training][:4] }, "", 3, []string{"line 9"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlace(t)
			c.spoil(p)
			p.save()
			p.fails(c.code, c.words, append([]string{"train", "--config", "train.yaml"}, strings.Fields(c.args)...)...)
		})
	}
}

// TestBadTables: tables that are none.
func TestBadTables(t *testing.T) {
	for _, c := range []struct {
		name, text string
		words      []string
	}{
		{"empty", "", []string{"data.csv", "empty"}},
		{"header only", string(sample.CSV(nil)), []string{"data.csv"}},
		{"binary", "\x00\x01\x02\n\x00", []string{"data.csv"}},
		{"open quote", "picture,caption\n\"a,b\n", []string{"data.csv"}},
		{"column twice", "picture,picture\na,b\n", []string{"data.csv", `"picture"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlace(t)
			p.save()
			p.write("data.csv", []byte(c.text))
			p.fails(3, c.words, "train", "--config", "train.yaml")
		})
	}
	t.Run("no table", func(t *testing.T) {
		p := newPlace(t)
		p.save()
		p.fails(6, []string{"none.csv"}, "train", "--config", "train.yaml", "--set", "data.path=none.csv")
	})
	t.Run("no images", func(t *testing.T) {
		p := newPlace(t)
		p.save()
		p.fails(6, []string{"nowhere"}, "train", "--config", "train.yaml", "--set", "data.images=nowhere")
	})
	t.Run("output is a file", func(t *testing.T) {
		p := newPlace(t)
		p.save()
		p.write("notes.txt", []byte("mine"))
		p.fails(6, []string{"notes.txt"}, "train", "--config", "train.yaml", "--output", "notes.txt")
	})
	t.Run("output is used", func(t *testing.T) {
		p := newPlace(t)
		p.save()
		if err := os.Mkdir(filepath.Join(p.dir, "notes"), 0o755); err != nil {
			t.Fatal(err)
		}
		p.write(filepath.Join("notes", "mine.txt"), []byte("mine"))
		p.fails(2, []string{"notes", "another"}, "train", "--config", "train.yaml", "--output", "notes")
	})
	t.Run("output is read", func(t *testing.T) {
		p := newPlace(t)
		p.save()
		for _, read := range []string{"data.csv", "images", "train.yaml"} {
			p.fails(2, []string{"the output " + read + " is", "another"}, "train", "--config", "train.yaml", "--output", read)
		}
	})
}

// TestUnseenCategory: a category that no training row has is used as unknown,
// and counted; in training's table and in predict's.
func TestUnseenCategory(t *testing.T) {
	p := newPlace(t)
	p.rows[19][makerCell] = "Cy"
	p.save()
	if code, _, errs := p.run("train", "--config", "train.yaml", "--output", "run"); code != 0 {
		t.Fatalf("train ends with %d: %s", code, errs)
	}
	b, err := os.ReadFile(p.at("run/data_report.json"))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(b); !json.Valid(b) || !strings.Contains(text, `"unknown"`) {
		t.Errorf("the report counts no unknown category: %s", text)
	}
	if code, _, errs := p.run("predict", "--force", "--model", "run", "--data", "data.csv", "--output", "out.csv"); code != 0 {
		t.Errorf("predict ends with %d: %s", code, errs)
	}
}

// TestBadUse: a trained model used wrongly. Nothing is written.
func TestBadUse(t *testing.T) {
	p := newPlace(t)
	p.save()
	if code, _, errs := p.run("train", "--config", "train.yaml", "--output", "run"); code != 0 {
		t.Fatalf("train ends with %d: %s", code, errs)
	}
	table := func(name string, row, column int, cell string) {
		rows := slices.Clone(p.rows)
		rows[row] = slices.Clone(rows[row])
		rows[row][column] = cell
		p.write(name, sample.CSV(rows))
	}
	table("nan.csv", 3, widthCell, "NaN")
	table("picture.csv", 3, pictureCell, "none.png")
	table("label.csv", 3, kindCell, "tree")
	p.write("columns.csv", bytes.Replace(sample.CSV(p.rows), []byte("caption"), []byte("text"), 1))
	p.write("empty.csv", nil)
	p.write("taken.csv", bytes.Replace(sample.CSV(p.rows), []byte("price"), []byte("prediction"), 1))
	if err := os.CopyFS(p.at("torn"), os.DirFS(p.at("run/model"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(p.at("torn/model.safetensors"), 300); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  string
		code  int
		words []string
	}{
		{"predict --model run --data nan.csv --output out.csv", 3, []string{"nan.csv", "row 4 (line 5)", `"width"`}},
		{"predict --model run --data picture.csv --output out.csv", 3, []string{"picture.csv", "row 4 (line 5)", "none.png"}},
		{"predict --model run --data columns.csv --output out.csv", 3, []string{"columns.csv", `"caption"`}},
		{"predict --model run --data empty.csv --output out.csv", 3, []string{"empty.csv"}},
		{"predict --model run --data taken.csv --output out.csv", 3, []string{"taken.csv", `"prediction"`}},
		{"predict --model run --data none.csv --output out.csv", 6, []string{"none.csv"}},
		{"predict --model run --data data.csv --output nowhere/out.csv", 6, []string{"nowhere"}},
		{"predict --model run --data data.csv --output out.txt", 2, []string{"out.txt", ".csv"}},
		{"predict --model run --data data.csv --output out.csv --split tests", 2, []string{"tests", "test"}},
		{"predict --model run --data data.csv", 2, []string{"--output"}},
		{"predict --model torn --data data.csv --output out.csv", 4, []string{"model.safetensors"}},
		{"predict --model images --data data.csv --output out.csv", 4, []string{"images"}},
		{"predict --model none --data data.csv --output out.csv", 4, []string{"none"}},
		{"evaluate --model run --data label.csv", 3, []string{"label.csv", "row 4 (line 5)", "tree"}},
		{"evaluate --model run --data data.csv --split train,test", 2, []string{"train,test"}},
		{"inspect --model torn", 4, []string{"model.safetensors"}},
		{"inspect", 2, []string{"--model"}},
		{"train --config train.yaml --output run", 2, []string{"run", "--resume"}},
		{"train --config train.yaml --output run --force --set data.path=nan.csv", 3, []string{"nan.csv"}},
		{"train --config train.yaml --output run --resume --set seed=9", 2, []string{"seed", "7", "9"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			q := *p
			q.t = t
			q.fails(c.code, c.words, strings.Fields(c.args)...)
		})
	}
}
