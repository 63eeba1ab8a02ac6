package promises_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/cli"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// Columns of the sample.
const (
	picture, caption, width, height, maker = 0, 1, 2, 3, 4
	kind, pass, tags, price, split         = 5, 6, 7, 8, 9
)

// Rows of the sample, by index: of training, validation and test.
const training, validation, test = 8, 7, 19

// place is a folder with the sample's table, its pictures and a config whose
// inputs may not be missing. Everything in it is good.
type place struct {
	t    testing.TB
	dir  string
	yaml string
	rows [][]string // the first is the header
	raw  []byte     // of the table, instead of rows
}

func newPlace(t testing.TB) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir()}
	p.yaml = strings.ReplaceAll(sample.Default().YAML(), "missing: mask", "missing: error")
	p.yaml = strings.Replace(p.yaml, "epochs: 2", "epochs: 1", 1)
	p.setRows(20)
	if err := sample.Write(p.dir, 1); err != nil {
		t.Fatal(err)
	}
	return p
}

// setRows makes a table of n complete rows.
func (p *place) setRows(n int) {
	var err error
	if p.rows, err = csv.NewReader(bytes.NewReader(sample.CSV(sample.Rows(n)))).ReadAll(); err != nil {
		p.t.Fatal(err)
	}
	for i, row := range p.rows[1:] {
		for j, instead := range []string{"0.png", "a bird", "1"} {
			if row[j] == "" {
				row[j] = instead
			}
		}
		row[maker] = []string{"Ada", "Bo"}[i%2]
		row[kind] = []string{"bird", "boat"}[i/5%2]
	}
}

// row is the i-th row below the header.
func (p *place) row(i int) []string { return p.rows[1+i] }

// set writes a cell.
func (p *place) set(row, column int, cell string) { p.row(row)[column] = cell }

// setAll writes a cell of every row.
func (p *place) setAll(column int, cell func(i int) string) {
	for i := range p.rows[1:] {
		p.set(i, column, cell(i))
	}
}

// replace changes the config, which must have the text once or more.
func (p *place) replace(old, new string) {
	p.t.Helper()
	if !strings.Contains(p.yaml, old) {
		p.t.Fatalf("no %q in %s", old, p.yaml)
	}
	p.yaml = strings.Replace(p.yaml, old, new, 1)
}

// masks lets an input be missing.
func (p *place) masks(input string) {
	p.t.Helper()
	at := strings.Index(p.yaml, "  "+input+": ")
	p.yaml = p.yaml[:at] + strings.Replace(p.yaml[at:], "missing: error", "missing: mask", 1)
}

// only leaves one input of the model.
func (p *place) only(input string) {
	var lines []string
	for line := range strings.Lines(p.yaml) {
		if strings.HasPrefix(line, "fusion:") || strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "  "+input+":") {
			continue
		}
		lines = append(lines, line)
	}
	p.yaml = strings.Join(lines, "")
}

// answers gives the model another output.
func (p *place) answers(output string) {
	p.t.Helper()
	p.replace("{type: multiclass, column: kind}", output)
}

func (p *place) at(name string) string { return filepath.Join(p.dir, name) }

func (p *place) write(name string, b []byte) {
	p.t.Helper()
	if err := os.WriteFile(p.at(name), b, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) read(name string) []byte {
	p.t.Helper()
	b, err := os.ReadFile(p.at(name))
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// image puts a file where a row's picture is.
func (p *place) image(row int, b []byte) {
	p.set(row, picture, "it")
	p.write("images/it", b)
}

// table is the table as CSV.
func (p *place) table() []byte {
	if p.raw != nil {
		return p.raw
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(p.rows); err != nil {
		p.t.Fatal(err)
	}
	return b.Bytes()
}

// save writes table and config.
func (p *place) save() {
	p.t.Helper()
	p.write("train.yaml", []byte(p.yaml))
	p.write("data.csv", p.table())
}

// outcome is what a command came to.
type outcome struct {
	code      int
	out, errs string
}

// chiasm runs a command. None may take long.
func (p *place) chiasm(args ...string) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	code := cli.Command{Name: "chiasm", Registry: config.Builtin(), Out: &out, Err: &errs}.Run(ctx, args...)
	return outcome{code, out.String(), errs.String()}
}

// train trains in the folder; more are further arguments.
func (p *place) train(more ...string) outcome {
	p.t.Helper()
	p.save()
	return p.chiasm(append([]string{"train", "--config", p.at("train.yaml"), "--output", p.at("run")}, more...)...)
}

// predict predicts the rows of the table as it stands, by the model in run, and
// returns them without the header.
func (p *place) predict(output string) [][]string {
	p.t.Helper()
	p.save()
	if o := p.chiasm("predict", "--force", "--model", p.at("run"), "--data", p.at("data.csv"), "--images", p.at("images"), "--output", p.at(output)); o.code != 0 {
		p.t.Fatalf("predict ends with %d: %s", o.code, o.errs)
	}
	if !strings.HasSuffix(output, ".csv") {
		return nil
	}
	rows, err := csv.NewReader(bytes.NewReader(p.read(output))).ReadAll()
	if err != nil {
		p.t.Fatal(err)
	}
	first := 0
	for i, name := range rows[0] {
		if name == "prediction" {
			first = i
		}
	}
	for _, row := range rows[1:] { // whatever was asked
		for _, cell := range row[first+1:] {
			if v, err := strconv.ParseFloat(cell, 64); err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				p.t.Errorf("a probability is %q", cell)
			}
		}
	}
	return rows
}

// model is a hash of the trained weights.
func (p *place) model() string {
	p.t.Helper()
	return fmt.Sprintf("%x", sha256.Sum256(p.read("run/model/model.safetensors")))
}

// account is data_report.json as far as it is looked at.
type account struct {
	Rows       int
	BlankLines int `json:"blank_lines"`
	Flaws      []struct {
		Column, Reason string
		Cells          int
	} `json:"column_flaws"`
	Splits []struct {
		Name string
		Rows int
	}
	Cells []struct {
		Input, Column, Reason string
		Cells                 int
		First                 []int `json:"first_rows"`
	}
	Lacking struct {
		Rows int
	} `json:"rows_without_input"`
	LeftOut struct {
		Rows  int
		First []struct{ Row int } `json:"first_rows"`
	} `json:"rows_left_out"`
	Warnings []string
}

func (p *place) account() account {
	p.t.Helper()
	var a account
	if err := json.Unmarshal(p.read("run/data_report.json"), &a); err != nil {
		p.t.Fatal(err)
	}
	return a
}

// counts is how many cells of a column are reported for a reason.
func (a account) counts(column, reason string) int {
	for _, c := range a.Cells {
		if c.Column == column && c.Reason == reason {
			return c.Cells
		}
	}
	return 0
}

// warns says whether a warning has all the words.
func (a account) warns(words ...string) bool {
	for _, w := range a.Warnings {
		has := true
		for _, word := range words {
			has = has && strings.Contains(w, word)
		}
		if has {
			return true
		}
	}
	return false
}
