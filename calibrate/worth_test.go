package calibrate

import (
	"strings"
	"testing"
)

// spread gives rows margins from 1 to 3, of which so many in ten are right; with
// the answers of two classes.
func spread(rows, right int, by float32) (logits []float32, a Answers) {
	for i := range rows {
		y := i % 2
		says := y
		if (i*7)%10 >= right {
			says = 1 - y
		}
		row := []float32{0, 0}
		row[says] = by * (1 + 2*float32(i%13)/12)
		logits, a.Labels = append(logits, row...), append(a.Labels, y)
	}
	return logits, a
}

// A temperature is used where rows that it was not fitted to gain by it.
func TestF7_TemperatureIsUsedWhereItHelps(t *testing.T) {
	for _, c := range []struct {
		name        string
		rows, right int
		by          float32
		why         string // empty: used
	}{
		{"too sure", 400, 8, 4, ""},
		{"too sure, few rows", 30, 8, 4, ""},
		{"not sure enough", 400, 9, 0.3, ""},
		{"all right", 6, 10, 1, "at the boundary of the search range, 0.05, as if every row were correct, or none; it had 6 rows, and needs about 100"},
		{"all right, many rows", 300, 10, 1, "at the boundary"},
		{"all wrong", 300, 0, 1, "at the boundary"},
		{"no rows", 0, 10, 1, "no rows"},
	} {
		logits, a := spread(c.rows, c.right, c.by)
		why := TemperatureFails(logits, 2, a)
		if (c.why == "") != (why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %q, want %q", c.name, why, c.why)
		}
	}
}

// Chance makes some temperature best for any rows. Where it is not better for
// others it is not used.
func TestF7_TemperatureOfChanceIsNotUsed(t *testing.T) {
	// One row of five is wrong, each in another fold than those that would say so.
	logits := []float32{2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0}
	a := Answers{Labels: []int{0, 0, 0, 0, 0, 0, 1}}
	why := TemperatureFails(logits, 2, a)
	if !strings.Contains(why, "by cross-validation the loss is") || !strings.Contains(why, "it had 7 rows") {
		t.Errorf("%q", why)
	}
}

// Weights are used where one modality knows more than the other, and not where
// rows that are all right put all of it on the surest.
func TestF7_WeightsAreUsedWhereTheyHelp(t *testing.T) {
	for _, pool := range []string{"linear", "log"} {
		good, a := spread(400, 9, 1)
		bad, _ := spread(400, 5, 1)
		for i := range 200 { // another order, so that they err on other rows
			bad[2*i], bad[2*i+1] = bad[2*i+1], bad[2*i]
		}
		present := make([]bool, 400)
		for i := range present {
			present[i] = true
		}
		ms := []Decisions{{Logits: good, Present: present}, {Logits: bad, Present: present}, {Logits: good, Present: present}}
		if why := WeightsFail(Pool{Kind: pool}, ms, 2, a, true); why != "" && !strings.Contains(why, "one modality") {
			t.Errorf("%s: %s", pool, why)
		}
		sure, all := spread(6, 10, 3)
		weak, _ := spread(6, 10, 1)
		ms = []Decisions{{Logits: sure, Present: present[:6]}, {Logits: weak, Present: present[:6]}}
		if why := WeightsFail(Pool{Kind: pool}, ms, 2, all, false); !strings.Contains(why, "all weight would lie on one modality; it had 6 rows") {
			t.Errorf("%s, all right: %q", pool, why)
		}
	}
}
