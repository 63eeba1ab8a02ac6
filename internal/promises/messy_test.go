package promises_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/messy"
)

// A table as people have it is never refused: init writes a config, train takes it,
// predict answers every row, evaluate judges them, and what init said is so.
func TestU1_MessyTables(t *testing.T) {
	tried, said := map[string]int{}, 0
	from, _ := strconv.ParseUint(os.Getenv("CHIASM_TEST_MESSY"), 10, 64) // other tables than those of every run
	for seed := from + 1; seed <= from+messyTables; seed++ {
		made := messy.Make(seed)
		for _, trait := range made.Traits {
			tried[trait]++
		}
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { said += takeMessy(t, made) }) {
			t.Logf("seed %d has %s", seed, strings.Join(made.Traits, ", "))
		}
	}
	t.Logf("U1: %d tables of %d traits, and %d statements held to them", messyTables, len(tried), said)
	for trait, n := range tried {
		if messyTables >= 300 && n < 2 {
			t.Errorf("only %d of %d tables have %s", n, messyTables, trait)
		}
	}
}

// takeMessy takes a table through the commands, and is how many statements were held to
// it.
func takeMessy(t *testing.T, made *messy.Table) int {
	p := &place{t: t, dir: t.TempDir()}
	table, err := made.Write(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	var config []byte
	var found struct {
		Rows    int
		Columns []struct{ Column, Why string }
	}
	for _, args := range [][]string{
		{"init", "--data", table, "--target", made.Target, "--output", p.at("config.yaml"), "--json"},
		{"train", "--config", p.at("config.yaml"), "--set", "training.epochs=1", "--output", p.at("run")},
		{"predict", "--model", p.at("run"), "--data", table, "--output", p.at("predicted.csv")},
		{"evaluate", "--model", p.at("run"), "--data", table},
	} {
		o := p.chiasm(args...)
		if o.code != 0 {
			t.Fatalf("%s ends with %d: %s\n%s", args[0], o.code, o.errs, config)
		}
		switch args[0] {
		case "init":
			if config, err = os.ReadFile(p.at("config.yaml")); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(o.out), &found); err != nil || found.Rows != made.Reading.Rows {
				t.Fatalf("%d rows of %d: %v", found.Rows, made.Reading.Rows, err)
			}
		case "predict":
			if n := predictions(t, p.at("predicted.csv")); n != made.Reading.Rows {
				t.Errorf("%d rows are predicted, of %d", n, made.Reading.Rows)
			}
		}
	}
	c, whys := newClaims(t, p.at("config.yaml"), p.account()), map[string]string{}
	for _, g := range found.Columns {
		c.says(g.Column, g.Why)
		whys[g.Column] = g.Why
	}
	c.config(string(config), whys)
	if t.Failed() {
		t.Logf("%s", config)
	}
	return c.checked
}

// predictions is how many rows a file of them has.
func predictions(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	return len(rows) - 1
}
