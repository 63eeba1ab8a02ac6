package promises_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/cells"
	"github.com/chiasm-ml/chiasm/serve"
)

// doorColumns are what the model of these tests reads, each in an input of its own,
// and a good cell of each, in JSON. Training dates are days of 2024 before the good one.
var doorColumns = []struct {
	name   string
	as     data.As
	good   string
	config string // of a tabular input
	layout string // of a date
}{
	{"z", data.AsNumber, "50", "numeric: [z]", ""},
	{"k", data.AsCategory, `"Ada"`, "categorical: [k]", ""},
	{"t", data.AsText, `"a bird"`, "", ""},
	{"w", data.AsNumber, `"50 kg"`, "numeric: [w], units: {w: kg}", ""},
	{"day", data.AsDate, `"2024-02-28"`, "dates: [day]", "2006-01-02"},
	{"stamp", data.AsDate, `"2024-02-28T10:11:12.5Z"`, "dates: [stamp]", "2006-01-02T15:04:05.0Z07:00"},
	{"said", data.AsDate, `"February 28, 2024 01:02 PM"`, "dates: [said]", "January 2, 2006 03:04 PM"},
	{"digits", data.AsDate, `"20240228"`, "dates: [digits]", "20060102"},
	{"short", data.AsDate, `"28/02/24"`, `dates: [short], date_formats: {short: "%d/%m/%y"}`, "02/01/06"},
}

// doorInputs are the inputs of a config, in0 and so on.
func doorInputs(missing, others string) (yaml string) {
	for i, c := range doorColumns {
		if c.config == "" {
			yaml += fmt.Sprintf("  in%d: {type: text, column: %s, max_tokens: 8, missing: %s, encoder: {type: ngrams, dim: 3}}\n", i, c.name, others)
			continue
		}
		policy, encoder := missing, "hidden: [4]"
		if c.as == data.AsCategory {
			policy, encoder = others, "hidden: [4], embedding: 2"
		}
		yaml += fmt.Sprintf("  in%d: {type: tabular, %s, missing: %s, encoder: {type: mlp, %s}}\n", i, c.config, policy, encoder)
	}
	return yaml
}

// doors is a model and all ways to ask it.
type doors struct {
	*place
	missing string // of all its inputs; mean is for the number alone
	bundle  *bundle.Bundle
	url     string
}

func newDoors(t *testing.T, missing, dialect string) *doors {
	p := &place{t: t, dir: t.TempDir()}
	others := missing
	if missing == data.MissingMean {
		others = data.MissingError
	}
	p.yaml = fmt.Sprintf(`name: doors
data: {path: data.csv, split: {column: split}%s}
inputs:
%sfusion: {type: concat, dim: 4, hidden: [6]}
output: {type: binary, column: y}
training: {epochs: 1, batch_size: 8}
`, dialect, doorInputs(missing, others))
	head := []string{}
	for _, c := range doorColumns {
		head = append(head, c.name)
	}
	p.rows = [][]string{append(head, "y", "split")}
	kinds := []string{"Ada", "1", "1.0", "true", "50", "Zo\u00eb", "1e3", "NaN", " ", "null"}
	for i := range 50 {
		row := []string{fmt.Sprint(i * 2), kinds[i%len(kinds)], []string{"a bird", "1.0 boat", "true"}[i%3], []string{"%d kg", "%d"}[i%2]}
		row[3] = fmt.Sprintf(row[3], i*2)
		for _, c := range doorColumns[len(row):] {
			row = append(row, time.Date(2024, 1, 1, i%24, i, 0, 0, time.UTC).AddDate(0, 0, i).Format(c.layout))
		}
		p.rows = append(p.rows, append(row, []string{"a", "b"}[i/2%2], []string{"train", "train", "train", "validation", "test"}[i/10]))
	}
	if o := p.train(); o.code != 0 {
		t.Fatalf("train ends with %d: %s", o.code, o.errs)
	}
	if o := p.chiasm("export", "--model", p.at("run"), "--output", p.at("exported")); o.code != 0 {
		t.Fatalf("export ends with %d: %s", o.code, o.errs)
	}
	b, err := bundle.Load(context.Background(), p.at("run"), bundle.Options{Registry: config.Builtin()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := serve.New(context.Background(), serve.Options{Load: func(ctx context.Context) (*infer.Model, error) {
		return infer.Load(ctx, p.at("run"), infer.Options{})
	}})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(func() { h.Close(); s.Close() })
	return &doors{p, missing, b, h.URL}
}

// asked is a case in a column, and what must come of it.
type asked struct {
	cells.Case
	column int
	line   string // of JSON
	// refusal is its place in cells.Refusals, or -1: then features are what the graph
	// is given.
	refusal  int
	features map[string][]float64
}

func (a asked) String() string {
	return fmt.Sprintf("column %s: %.60s %s", doorColumns[a.column].name, a.JSON, a.Says)
}

// ask makes up a row for each case in each column, and what is to be expected of it
// by the rules.
func (d *doors) ask(t *testing.T) []asked {
	var all []asked
	for column, c := range doorColumns {
		var others []string
		for i, o := range doorColumns {
			if i != column {
				others = append(others, o.name, o.good)
			}
		}
		cases := slices.Concat(cells.Texts(), cells.Literals())
		if c.as == data.AsDate {
			cases = append(cases, cells.Dates()...)
		}
		for _, one := range cases {
			a := asked{Case: one, column: column, line: one.Line(c.name, others...), refusal: -1}
			cell, err := one.Cell()
			if err == nil {
				a.features, err = d.features(t, column, cell)
			}
			if err != nil {
				if a.refusal = cells.RefusalOf(err.Error()); a.refusal < 0 {
					t.Errorf("%v: the refusal has none of the words: %v", a, err)
				}
			}
			all = append(all, a)
		}
	}
	return all
}

// features are the tensors of the graph for good cells but one: numbers as they are,
// places in the list of categories, ids of the text's words.
func (d *doors) features(t *testing.T, column int, cell data.Cell) (map[string][]float64, error) {
	row := make([]*data.Column, len(doorColumns))
	out, dialect := map[string][]float64{}, d.bundle.Config.Data.Dialect
	for i, c := range doorColumns {
		good, err := cells.Case{JSON: c.good}.Cell()
		if err != nil {
			t.Fatal(err)
		}
		if i == column {
			good = cell
		}
		if dialect.Missing(good.Text) {
			good = data.Cell{}
		}
		row[i] = data.NewColumn(c.name, good)
	}
	table, err := data.NewTable("", row...)
	if err != nil {
		t.Fatal(err)
	}
	table.Numbers = dialect.Numbers()
	for i, in := range d.bundle.Inputs {
		item, err := in.Load(table, 0, nil)
		if err != nil {
			return nil, err
		}
		if item == nil {
			continue
		}
		out[in.Name+".present"] = []float64{1}
		slots := make([]data.Slot, len(in.Features()))
		for k, f := range in.Features() {
			slots[k] = data.Slot{F32: make([]float32, f.Len())}
			if f.Int {
				slots[k] = data.Slot{Int: make([]int, f.Len())}
			}
		}
		in.Write(item, slots, data.Augment{})
		for k, f := range in.Features() {
			name := in.Name + "." + f.Name
			switch {
			case f.Role == data.Flag:
			case f.Name == "numeric": // the graph standardises
				v, err := in.Preprocessor.(data.Ruled).Rules()[0].In(dialect).Read(row[i].Cell(0))
				if err != nil {
					return nil, err
				}
				if v.Numbers == nil {
					v.Numbers = slices.Repeat([]float64{v.Number}, f.Len())
				}
				for k := range v.Numbers {
					if v.Missing {
						v.Numbers[k] = math.NaN()
					}
				}
				out[name] = v.Numbers
			case f.Int:
				for _, id := range slots[k].Int {
					out[name] = append(out[name], float64(id))
				}
			default:
				for _, v := range slots[k].F32 {
					out[name] = append(out[name], float64(v))
				}
			}
		}
	}
	return out, nil
}

// An answered is what a door made of a row: its prediction, or why there is none.
type answered struct{ value, refused string }

// table asks predict for rows of a file.
func (d *doors) table(t *testing.T, name string, content []byte) []answered {
	d.write(name, content)
	if o := d.chiasm("predict", "--force", "--model", d.at("run"), "--data", d.at(name), "--output", d.at("out.jsonl"), "--on-error", "skip"); o.code != 0 {
		t.Fatalf("predict ends with %d: %s", o.code, o.errs)
	}
	var all []answered
	for line := range strings.Lines(string(d.read("out.jsonl"))) {
		var row struct {
			P     json.Number `json:"probability_b"`
			Error string      `json:"prediction_error"`
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		all = append(all, answered{row.P.String(), row.Error})
	}
	return all
}

func (d *doors) jsonl(t *testing.T, all []asked) []answered {
	var b bytes.Buffer
	for _, a := range all {
		b.WriteString(a.line + "\n")
	}
	return d.table(t, "asked.jsonl", b.Bytes())
}

// csv asks for the cases that a CSV can hold; the others are not answered.
func (d *doors) csv(t *testing.T, all []asked) []answered {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	record := make([]string, len(doorColumns))
	for i, c := range doorColumns {
		record[i] = c.name
	}
	lines := [][]string{slices.Clone(record)}
	out := make([]answered, len(all))
	var at []int
	for i, a := range all {
		if a.Text == nil {
			continue
		}
		for j, c := range doorColumns {
			record[j] = strings.Trim(c.good, `"`)
		}
		record[a.column] = *a.Text
		lines, at = append(lines, slices.Clone(record)), append(at, i)
	}
	if err := w.WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	for i, one := range d.table(t, "asked.csv", b.Bytes()) {
		out[at[i]] = one
	}
	return out
}

// request asks the server.
func (d *doors) request(t *testing.T, kind string, body []byte) answered {
	r, err := http.Post(d.url+"/v1/predict", kind, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	content, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Predictions []struct{ Probabilities struct{ B json.Number } }
		Error       struct{ Message string }
	}
	if err := json.Unmarshal(content, &said); err != nil {
		t.Fatalf("%v: %s", err, content)
	}
	if r.StatusCode != http.StatusOK {
		return answered{refused: said.Error.Message}
	}
	return answered{value: said.Predictions[0].Probabilities.B.String()}
}

func (d *doors) json(t *testing.T, all []asked) []answered {
	var out []answered
	for _, a := range all {
		out = append(out, d.request(t, "application/json", []byte(`{"rows":[`+a.line+`]}`)))
	}
	return out
}

func (d *doors) form(t *testing.T, all []asked) []answered {
	out := make([]answered, len(all))
	for i, a := range all {
		if a.Text == nil {
			continue
		}
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for j, c := range doorColumns {
			text := strings.Trim(c.good, `"`)
			if j == a.column {
				text = *a.Text
			}
			if err := w.WriteField(c.name, text); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
		out[i] = d.request(t, w.FormDataContentType(), b.Bytes())
	}
	return out
}

// sample asks a program of the export, which prints what the graph would be given.
func (d *doors) sample(t *testing.T, all []asked, program ...string) []map[string][]*float64 {
	var b bytes.Buffer
	for _, a := range all {
		b.WriteString(a.line + "\n")
	}
	d.write("asked.jsonl", b.Bytes())
	var out []map[string][]*float64
	c := exec.Command(program[0], append(program[1:], d.at("asked.jsonl"), "--features")...)
	c.Stderr = os.Stderr
	printed, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %v", program, err)
	}
	lines := bytes.Split(bytes.TrimSpace(printed), []byte("\n"))
	if len(lines) != len(all) {
		t.Fatalf("%v: %d lines for %d rows", program, len(lines), len(all))
	}
	for i, line := range lines {
		var refused struct{ Error string }
		if json.Unmarshal(line, &refused) == nil && refused.Error != "" {
			if got := cells.RefusalOf(refused.Error); got != all[i].refusal {
				t.Errorf("%v: it is refused: %s, want %s", all[i], refused.Error, d.wanted(all[i]))
			}
			out = append(out, nil)
			continue
		}
		var found map[string][]*float64
		if err := json.Unmarshal(line, &found); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, found)
	}
	return out
}

func (d *doors) wanted(a asked) string {
	if a.refusal < 0 {
		return "an answer"
	}
	return "refused: " + cells.Refusals[a.refusal].Words[0]
}

// compareFeatures holds a sample to what the model reads.
func (d *doors) compareFeatures(t *testing.T, all []asked, got []map[string][]*float64) {
	for i, a := range all {
		if got[i] == nil {
			continue
		}
		if a.refusal >= 0 {
			t.Errorf("%v: it is answered, want %s", a, d.wanted(a))
			continue
		}
		if len(got[i]) != len(a.features) {
			t.Errorf("%v: %d tensors, want %d", a, len(got[i]), len(a.features))
		}
		for name, want := range a.features {
			have := got[i][name]
			same := len(have) == len(want)
			for j := 0; same && j < len(want); j++ {
				same = have[j] == nil && math.IsNaN(want[j]) || have[j] != nil && *have[j] == want[j]
			}
			if !same {
				t.Errorf("%v: %s differs from %v", a, name, want)
			}
		}
	}
}

// python is an interpreter for samples: that of CHIASM_TEST_PYTHON, or python3.
func python(t *testing.T) string {
	name := os.Getenv("CHIASM_TEST_PYTHON")
	if name == "" {
		name = "python3"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("left out: there is no %s", name)
	}
	return path
}

// modules links the packages of Node that CHIASM_TEST_NODE_MODULES names, or those
// that are installed for all, to where the sample finds them.
func (d *doors) modules(t *testing.T) {
	dir := os.Getenv("CHIASM_TEST_NODE_MODULES")
	if dir == "" {
		out, err := exec.Command("npm", "root", "--global").Output()
		if err != nil {
			t.Skip("left out: there is no npm to tell where packages are")
		}
		dir = strings.TrimSpace(string(out))
	}
	if _, err := os.Stat(filepath.Join(dir, "onnxruntime-node")); err != nil {
		t.Skip("left out: there is no onnxruntime-node; name its node_modules by CHIASM_TEST_NODE_MODULES")
	}
	if err := os.Symlink(dir, d.at("exported/node_modules")); err != nil {
		t.Skip(err)
	}
}

// predicts asks a sample for the rows that are answered, and holds its probabilities
// to those of predict.
func (d *doors) predicts(t *testing.T, all []asked, want []answered, program ...string) {
	var b bytes.Buffer
	var at []int
	for i, a := range all {
		if a.refusal < 0 {
			b.WriteString(a.line + "\n")
			at = append(at, i)
		}
	}
	d.write("good.jsonl", b.Bytes())
	out, err := exec.Command(program[0], append(program[1:], d.at("good.jsonl"))...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) != len(at) {
		t.Fatalf("%d lines for %d rows", len(lines), len(at))
	}
	for k, i := range at {
		var said struct{ Probabilities struct{ B float64 } }
		if err := json.Unmarshal(lines[k], &said); err != nil {
			t.Fatal(err)
		}
		v, err := json.Number(want[i].value).Float64()
		if err != nil || math.Abs(v-said.Probabilities.B) > 1e-4 {
			t.Errorf("%v: %g, predict answers %s", all[i], said.Probabilities.B, want[i].value)
		}
	}
}

// TestF3F11_OneRowOneAnswer asks for every kind of cell in every way: all give the
// same answer, or refuse it for the same reason.
func TestF3F11_OneRowOneAnswer(t *testing.T) {
	for name, c := range map[string]struct{ missing, dialect string }{
		data.MissingError: {data.MissingError, ""}, data.MissingMask: {data.MissingMask, ""}, data.MissingMean: {data.MissingMean, ""},
		"decimal comma": {data.MissingMask, `, decimal: ",", thousands: ".", missing_values: [NaN, "null", "true", "50", N/A]`},
		"groups":        {data.MissingError, `, thousands: space, missing_values: ["007", "-"]`},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoors(t, c.missing, c.dialect)
			all := d.ask(t)
			want := d.jsonl(t, all)
			for i, a := range all {
				if got := cells.RefusalOf(want[i].refused); got != a.refusal || (want[i].value == "") != (a.refusal >= 0) {
					t.Errorf("JSONL: %v: %q, %s; want %s", a, want[i].refused, want[i].value, d.wanted(a))
				}
			}
			count := len(all)
			for _, door := range []struct {
				name string
				ask  func(*testing.T, []asked) []answered
				text bool // it has no literals
			}{{"CSV", d.csv, true}, {"server, JSON", d.json, false}, {"server, form", d.form, true}} {
				for i, got := range door.ask(t, all) {
					if door.text && all[i].Text == nil {
						continue
					}
					count++
					if got.value != want[i].value || cells.RefusalOf(got.refused) != all[i].refusal {
						t.Errorf("%s: %v: %q, %s; JSONL says %q, %s", door.name, all[i], got.refused, got.value, want[i].refused, want[i].value)
					}
				}
			}
			t.Run("predict.py", func(t *testing.T) {
				interpreter, script := python(t), d.at("exported/samples/predict.py")
				d.compareFeatures(t, all, d.sample(t, all, interpreter, script))
				count += len(all)
				t.Run("ONNX Runtime", func(t *testing.T) {
					if err := exec.Command(interpreter, "-c", "import numpy, onnxruntime").Run(); err != nil {
						t.Skipf("left out: %s has no numpy and onnxruntime", interpreter)
					}
					d.predicts(t, all, want, interpreter, script)
				})
			})
			t.Run("predict.mjs", func(t *testing.T) {
				node, err := exec.LookPath("node")
				if err != nil {
					t.Skip("left out: there is no node")
				}
				script := d.at("exported/samples/predict.mjs")
				d.compareFeatures(t, all, d.sample(t, all, node, script))
				count += len(all)
				t.Run("ONNX Runtime", func(t *testing.T) {
					d.modules(t)
					d.predicts(t, all, want, node, script)
				})
			})
			t.Logf("F3, F11: %d cells were asked for", count)
		})
	}
}

// What stands in a column that the model does not read costs the same rows
// whether predict or a sample reads them.
func TestF11_ColumnsThatAreNotRead(t *testing.T) {
	d := newDoors(t, data.MissingError, "")
	var all []asked
	var good []string
	for _, c := range doorColumns {
		good = append(good, c.name, c.good)
	}
	for _, one := range slices.Concat(cells.Texts(), cells.Literals()) {
		a := asked{Case: one, line: one.Line("x", good...), refusal: -1}
		var err error
		if a.features, err = d.features(t, 0, data.Cell{Text: "50", Kind: data.Number}); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	refused := 0
	for i, got := range d.jsonl(t, all) {
		if all[i].refusal = cells.RefusalOf(got.refused); got.refused != "" {
			refused++
		}
	}
	t.Logf("%d of %d rows are refused for a column that is not read", refused, len(all))
	t.Run("predict.py", func(t *testing.T) {
		d.compareFeatures(t, all, d.sample(t, all, python(t), d.at("exported/samples/predict.py")))
	})
	t.Run("predict.mjs", func(t *testing.T) {
		node, err := exec.LookPath("node")
		if err != nil {
			t.Skip("left out: there is no node")
		}
		d.compareFeatures(t, all, d.sample(t, all, node, d.at("exported/samples/predict.mjs")))
	})
}

// Of pictures, only paths of files below the folder are opened, by the samples too.
func TestF11_PathsOfPictures(t *testing.T) {
	for _, missing := range []string{data.MissingError, data.MissingMask} {
		p := newPlace(t)
		p.only("picture")
		if missing == data.MissingMask {
			p.masks("picture")
			p.replace("data: {", "data: {missing_all: prior, ")
		}
		if o := p.train(); o.code != 0 {
			t.Fatal(o.errs)
		}
		if o := p.chiasm("export", "--model", p.at("run"), "--output", p.at("exported")); o.code != 0 {
			t.Fatal(o.errs)
		}
		p.write("outside.png", p.read("images/0.png"))
		if err := os.Symlink(p.at("outside.png"), p.at("images/link.png")); err != nil {
			t.Skip(err)
		}
		paths := []string{"../outside.png", "../images/../outside.png", p.at("outside.png"), "/etc/passwd", "link.png", "..", ".", "nothing.png", "0.png/more", "a/../../outside.png", strings.Repeat("x", 5000), "http://a/b.png", `sub\0.png`, `.\\0.png`, ""}
		var b bytes.Buffer
		for _, path := range paths {
			line, err := json.Marshal(map[string]string{"picture": path})
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
		}
		p.write("paths.jsonl", append([]byte("{\"picture\":\"0.png\"}\n"), b.Bytes()...))
		if o := p.chiasm("predict", "--force", "--model", p.at("run"), "--data", p.at("paths.jsonl"), "--images", p.at("images"), "--output", p.at("out.jsonl"), "--on-error", "skip"); o.code != 0 {
			t.Fatal(o.errs)
		}
		var want []bool // refused
		for _, line := range strings.Split(strings.TrimSpace(string(p.read("out.jsonl"))), "\n")[1:] {
			want = append(want, strings.Contains(line, `"prediction":null`))
		}
		p.write("paths.jsonl", b.Bytes())
		for program, script := range map[string]string{"python3": "predict.py", "node": "predict.mjs"} {
			path, err := exec.LookPath(program)
			if err != nil {
				t.Logf("left out: there is no %s", program)
				continue
			}
			out, err := exec.Command(path, filepath.Join(p.at("exported/samples"), script), p.at("paths.jsonl"), "--images", p.at("images"), "--features").Output()
			if err != nil {
				t.Fatalf("%s: %v", script, err)
			}
			for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
				if got := strings.HasPrefix(line, `{"error"`); got != want[i] {
					t.Errorf("missing: %s, %s, %.60q: refused is %t, predict's is %t: %s", missing, script, paths[i], got, want[i], line)
				}
			}
		}
	}
}
