package promises_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// TestOutputs is G2: what a table and its labels hold goes into what is written,
// where a spreadsheet must not run it and a terminal must not obey it.
func TestOutputs(t *testing.T) {
	hostile := []string{"=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "two\nlines", `a "quote", a comma`, "\x1b[31mred", "-5", "+1.5e3", "ok", "＝1+1", "＋x", "－x", "＠SUM(A1)"}
	p := newPlace(t)
	p.setAll(kind, func(i int) string { return []string{"=bird", "bo\"at\n\x1b[2Jx"}[i/5%2] })
	p.setAll(tags, func(i int) string { return hostile[i%len(hostile)] })
	o := p.train()
	if o.code != 0 {
		t.Fatalf("exit code %d: %s", o.code, o.errs)
	}
	rows := p.predict("out.csv")
	p.predict("out.jsonl")
	lines := bytes.Split(bytes.TrimSpace(p.read("out.jsonl")), []byte("\n"))
	if len(rows) != 21 || len(lines) != 20 {
		t.Fatalf("%d rows of CSV and %d of JSON", len(rows), len(lines))
	}
	n := 0
	check := func(name string, f func(t *testing.T)) {
		n++
		t.Run("G2/"+name, f)
	}
	safe := map[string]string{"=1+1": "'", "+cmd|' /C calc'!A0": "'", "-2+3": "'", "@SUM(A1)": "'", "\tx": "'", "＝1+1": "'", "＋x": "'", "－x": "'", "＠SUM(A1)": "'"}
	for i, cell := range hostile {
		check(fmt.Sprintf("cell %q", cell), func(t *testing.T) {
			if got, want := rows[1+i][tags], safe[cell]+cell; got != want {
				t.Errorf("in CSV it is %q, want %q", got, want)
			}
			var row map[string]any
			if err := json.Unmarshal(lines[i], &row); err != nil {
				t.Fatal(err)
			}
			if row["tags"] != cell {
				t.Errorf("in JSON it is %q", row["tags"])
			}
		})
	}
	check("formula for a label", func(t *testing.T) {
		seen := false
		for _, row := range rows {
			if row[kind] == "=bird" || row[10] == "=bird" {
				t.Errorf("%q can be run", row)
			}
			seen = seen || row[10] == "'=bird"
		}
		if !seen || rows[0][11] != "probability_=bird" {
			t.Errorf("the label is gone: %q", rows[0])
		}
	})
	check("lines, quotes and escape codes in a label", func(t *testing.T) {
		if got := rows[0][12]; got != "probability_bo\"at\n\x1b[2Jx" {
			t.Errorf("the column is %q", got)
		}
		var row map[string]any
		if err := json.Unmarshal(lines[0], &row); err != nil {
			t.Fatal(err)
		}
		if _, ok := row["probability_bo\"at\n\x1b[2Jx"]; !ok {
			t.Errorf("%s", lines[0])
		}
	})
	check("numbers are never quoted", func(t *testing.T) {
		for i, row := range rows[1:] {
			if want := p.row(i)[width]; row[width] != want {
				t.Errorf("%q, want %q", row[width], want)
			}
		}
	})
	check("escape codes do not reach a terminal", func(t *testing.T) {
		all := o.out + o.errs
		for _, args := range [][]string{
			{"inspect", "--model", p.at("run")}, {"evaluate", "--model", p.at("run"), "--data", p.at("data.csv"), "--images", p.at("images")},
			{"evaluate", "--json", "--model", p.at("run"), "--data", p.at("data.csv"), "--images", p.at("images")},
		} {
			o := p.chiasm(args...)
			if o.code != 0 {
				t.Errorf("%v: exit code %d: %s", args, o.code, o.errs)
			}
			all += o.out + o.errs
		}
		if bytes.ContainsRune([]byte(all), '\x1b') {
			t.Errorf("%q", all)
		}
	})
	check("JSON on standard output", func(t *testing.T) {
		if err := os.RemoveAll(p.at("run")); err != nil {
			t.Fatal(err)
		}
		if o := p.train("--json"); !json.Valid([]byte(o.out)) {
			t.Errorf("not JSON: %s", o.out)
		}
	})
	counted(t, "G2", n)
}
