// Package explaintest checks what every explanation promises, whatever the model.
package explaintest

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/explain"
)

// Check holds an explanation to its sums: contributions to what they explain,
// attributions to the rise of the score, and attention over each sequence to 1.
func Check(t testing.TB, x *explain.Explanation) {
	t.Helper()
	if _, err := json.Marshal(x); err != nil {
		t.Errorf("row %d: %v", x.Row, err)
	}
	if len(x.Present) == 0 || len(x.Attributions) != len(x.Present) {
		t.Fatalf("row %d: %d attributions of the inputs %v", x.Row, len(x.Attributions), x.Present)
	}
	if c := x.Contributions; c == nil || len(c.Inputs) != len(x.Present) {
		t.Errorf("row %d: contributions %+v of %v", x.Row, c, x.Present)
	} else {
		sum := c.Base
		for _, in := range c.Inputs {
			sum += in.Value
		}
		if !(math.Abs(sum-c.Total) <= 1e-9*(1+math.Abs(c.Total))) {
			t.Errorf("row %d: contributions lead to %g, not %g", x.Row, sum, c.Total)
		}
	}
	checkAttributions(t, x)
	checkAttention(t, x)
	for _, s := range x.Shares {
		sum := 0.0
		for _, v := range s.Inputs {
			sum += v
		}
		if !(math.Abs(sum-1) < 1e-5) {
			t.Errorf("row %d: shares of %s sum to %g", x.Row, s.Path, sum)
		}
	}
}

func checkAttributions(t testing.TB, x *explain.Explanation) {
	t.Helper()
	c, sum := x.Completeness, 0.0
	for _, a := range x.Attributions {
		sum += a.Sum()
	}
	rise := c.Value - c.Baseline
	if scale := math.Abs(c.Value) + math.Abs(c.Baseline); !(math.Abs(math.Abs(sum-rise)-c.Gap) <= 1e-5*scale) {
		t.Errorf("row %d: attributions sum to %g, the score rises by %g, and the gap is given as %g", x.Row, sum, rise, c.Gap)
	} else if !(c.Gap <= 0.01*math.Abs(rise)+5e-4*scale) {
		t.Errorf("row %d: the gap is %g of %g after %d steps", x.Row, c.Gap, rise, c.Steps)
	}
}

// checkAttention adds up the rows of each sequence: all maps of a module from the
// same tokens.
func checkAttention(t testing.TB, x *explain.Explanation) {
	t.Helper()
	sums := map[string][]float64{}
	for _, a := range x.Attention {
		of := a.Path + " from " + a.From
		if sums[of] == nil {
			sums[of] = make([]float64, len(a.Mean))
		}
		for i, row := range a.Mean {
			for _, v := range row {
				sums[of][i] += float64(v)
			}
		}
		if a.FromTokens != nil && len(a.FromTokens) != len(a.Mean) || a.ToTokens != nil && len(a.ToTokens) != len(a.Mean[0]) {
			t.Errorf("row %d: %s: %d by %d weights of %q and %q", x.Row, of, len(a.Mean), len(a.Mean[0]), a.FromTokens, a.ToTokens)
		}
	}
	for of, rows := range sums {
		for i, sum := range rows {
			if !(math.Abs(sum-1) < 1e-5) {
				t.Errorf("row %d: %s: the weights of token %d sum to %g", x.Row, of, i, sum)
			}
		}
	}
}
