package promises_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// least is how many inputs each suite has at least: docs/promises.md says so.
var least = map[string]int{
	"D1": 22, "D2": 8, "D3": 14, "D4": 8, "D5": 10, "D6": 12, "D7": 28, "D8": 8, "D9": 9, "D10": 7, "D11": 6,
	"G1": 28, "G2": 9,
}

// An input is a good place, spoilt, and what then must happen.
type input struct {
	name  string
	spoil func(p *place)
	then  outcomeOf
}

// An outcomeOf trains in a spoilt place and checks what comes of it.
type outcomeOf func(t *testing.T, p *place)

// suite gives the inputs of an id to the command.
func suite(t *testing.T, id string, inputs []input) {
	t.Helper()
	t.Run(id, func(t *testing.T) {
		for _, in := range inputs {
			t.Run(in.name, func(t *testing.T) {
				p := newPlace(t)
				if in.spoil != nil {
					in.spoil(p)
				}
				in.then(t, p)
			})
		}
	})
	counted(t, id, len(inputs))
}

// counted prints how many inputs a suite gave, which must be those of the list.
func counted(t *testing.T, id string, n int) {
	t.Helper()
	t.Logf("%s: %d bad inputs", id, n)
	if n < least[id] {
		t.Errorf("%s has %d bad inputs, the list asks for %d", id, n, least[id])
	}
}

func TestTheListIsWhole(t *testing.T) {
	all := 0
	for _, n := range least {
		all += n
	}
	if all != 169 {
		t.Errorf("%d bad inputs, the list has 169", all)
	}
}

// refused: training ends with the code, says all words in one line on standard
// error, nothing on standard output, and writes no run folder.
func refused(code int, words ...string) outcomeOf {
	return func(t *testing.T, p *place) {
		t.Helper()
		o := p.train()
		p.refused(t, o, code, 1, words...)
		if _, err := os.Stat(p.at("run")); err == nil {
			t.Error("a run folder was written")
		}
	}
}

func (p *place) refused(t *testing.T, o outcome, code, lines int, words ...string) {
	t.Helper()
	errs := strings.ReplaceAll(o.errs, p.dir, "")
	if o.code != code {
		t.Errorf("exit code %d, want %d: %s", o.code, code, errs)
	}
	if o.out != "" || strings.Count(errs, "\n") != lines || !strings.HasPrefix(errs, "chiasm: ") || len(errs) > 1000*lines {
		t.Errorf("want %d line on standard error alone, got %q and on standard output %q", lines, errs, o.out)
	}
	if strings.ContainsFunc(errs, func(r rune) bool { return r != '\n' && r < ' ' }) {
		t.Errorf("a control character reaches the terminal: %q", errs)
	}
	for _, w := range words {
		if !strings.Contains(errs, w) {
			t.Errorf("%q does not say %q", errs, w)
		}
	}
}

// accepted: training ends well, predictions are finite, and the checks hold.
func accepted(checks ...func(t *testing.T, p *place)) outcomeOf {
	return func(t *testing.T, p *place) {
		t.Helper()
		if o := p.train(); o.code != 0 {
			t.Fatalf("exit code %d: %s", o.code, o.errs)
		}
		if rows := p.predict("predicted.csv"); p.raw == nil && len(rows) != len(p.rows) {
			t.Errorf("%d rows were predicted, of %d", len(rows), len(p.rows))
		}
		for _, check := range checks {
			check(t, p)
		}
	}
}

// counts: the report counts so many cells of a column for a reason.
func counts(column, reason string, n int) func(t *testing.T, p *place) {
	return func(t *testing.T, p *place) {
		t.Helper()
		if got := p.account().counts(column, reason); got != n {
			t.Errorf("%d cells of %s are reported as %s, want %d", got, column, reason, n)
		}
	}
}

// warns: the report has a warning with all words.
func warns(words ...string) func(t *testing.T, p *place) {
	return func(t *testing.T, p *place) {
		t.Helper()
		if a := p.account(); !a.warns(words...) {
			t.Errorf("no warning says %q: %q", words, a.Warnings)
		}
	}
}

// asGood: the weights are those of the table as it was before it was spoilt.
func asGood(t *testing.T, p *place) {
	t.Helper()
	if p.model() != good(t) {
		t.Error("another model was trained")
	}
}

// good is the model of a place as it is made, trained once.
func good(t *testing.T) string {
	t.Helper()
	if goodModel == "" {
		p := newPlace(t)
		if o := p.train(); o.code != 0 {
			t.Fatalf("a good table: %s", o.errs)
		}
		goodModel = p.model()
	}
	return goodModel
}

var goodModel string

// at is row and line of a message.
func at(row int) string { return fmt.Sprintf("row %d (line %d)", row+1, row+2) }
