package metrics

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/property"
)

var nan = math.NaN()

// within compares figures to a relative difference; NaN equals NaN.
func within(tolerance float64) difference.Option {
	return difference.Close(func(a, b float64) bool {
		return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= tolerance*math.Abs(b)
	})
}

// slowAUC counts pairs.
func slowAUC(scores []float32, truth []bool) float64 {
	var m Mean
	for i, a := range scores {
		for j, b := range scores {
			if truth[i] && !truth[j] {
				switch {
				case a > b:
					m.Add(1, 1)
				case a == b:
					m.Add(0.5, 1)
				default:
					m.Add(0, 1)
				}
			}
		}
	}
	return m.Value()
}

// slowPrecision takes the definition at its word: over the distinct thresholds
// from the highest, precision × the recall gained.
func slowPrecision(scores []float32, truth []bool) float64 {
	at := func(threshold float32) (hits, taken, all float64) {
		for i, s := range scores {
			if truth[i] {
				all++
			}
			if s >= threshold {
				taken++
				if truth[i] {
					hits++
				}
			}
		}
		return
	}
	sum, recall, threshold := 0.0, 0.0, float32(math.Inf(1))
	for {
		next := float32(math.Inf(-1))
		for _, s := range scores {
			if s < threshold && s > next {
				next = s
			}
		}
		if math.IsInf(float64(next), -1) {
			if _, _, all := at(next); all == 0 {
				return nan
			}
			return sum
		}
		hits, taken, all := at(next)
		sum += hits / taken * (hits/all - recall)
		recall, threshold = hits/all, next
	}
}

func TestRankingsEqualTheirDefinitions(t *testing.T) {
	property.Check(t, func(t *property.T) {
		n := property.IntRange(0, 40).Draw(t, "rows")
		scores, truth := make([]float32, n), make([]bool, n)
		for i := range n {
			// Few distinct scores, so that ties are common; −0 among them.
			scores[i] = property.SampledFrom([]float32{float32(math.Copysign(0, -1)), 0, 1e-30, 0.25, 0.5, 1}).Draw(t, "score")
			truth[i] = property.Bool().Draw(t, "truth")
		}
		r := ranking(nil).rank(scores, 0, 1, func(row int) bool { return truth[row] })
		if got, want := r.rocAUC(), slowAUC(scores, truth); !near(got, want) {
			t.Fatalf("area under the curve %v, counted %v", got, want)
		}
		if got, want := r.averagePrecision(), slowPrecision(scores, truth); !near(got, want) {
			t.Fatalf("average precision %v, counted %v", got, want)
		}
	})
}

// Neither the cut into batches nor, beyond rounding, the order of rows matters;
// every figure lies in [0, 1] or is NaN; and k = C finds every target.
func TestClassificationProperties(t *testing.T) {
	property.Check(t, func(t *property.T) {
		c := property.IntRange(2, 6).Draw(t, "classes")
		n := property.IntRange(0, 30).Draw(t, "rows")
		p, y := make([]float32, n*c), make([]int, n)
		for i := range p {
			p[i] = float32(property.IntRange(0, 8).Draw(t, "p")) / 8
		}
		for i := range y {
			y[i] = property.IntRange(0, c-1).Draw(t, "y")
		}
		measure := func(batch int, reversed bool) ClassificationResult {
			m, err := NewClassification(labels(c), 2)
			if err != nil {
				t.Fatal(err)
			}
			for lo := 0; lo < n; lo += batch {
				var bp []float32
				var by []int
				for i := lo; i < min(lo+batch, n); i++ {
					row := i
					if reversed {
						row = n - 1 - i
					}
					bp, by = append(bp, p[row*c:(row+1)*c]...), append(by, y[row])
				}
				if err := m.Add(bp, by); err != nil {
					t.Fatal(err)
				}
			}
			return m.Result()
		}
		whole := measure(max(n, 1), false)
		if d := difference.Of(whole, measure(3, false), within(0)); d != "" {
			t.Fatalf("by threes (- whole):\n%s", d)
		}
		if d := difference.Of(whole, measure(4, true), within(1e-12)); d != "" {
			t.Fatalf("in reverse (- whole):\n%s", d)
		}
		for _, v := range whole.Values[1:] {
			if !math.IsNaN(v.Value) && (v.Value < 0 || v.Value > 1+1e-12) {
				t.Fatalf("%s is %v", v.Name, v.Value)
			}
			// Rankings need a positive, and the area under the curve a negative too.
			ranked := v.Name == "roc_auc" || v.Name == "average_precision" && c == 2
			if n > 0 && math.IsNaN(v.Value) && !ranked {
				t.Fatalf("%s is undefined on %d rows", v.Name, n)
			}
		}
		if top, ok := whole.Values.Get("top_2_accuracy"); ok {
			if first, _ := whole.Values.Get("accuracy"); top < first {
				t.Fatalf("accuracy %v, among the top two %v", first, top)
			}
		}
	})
}

func TestTopKTakesTheFirstOfEqualClasses(t *testing.T) {
	m, _ := NewClassification(labels(4), 2)
	same := []float32{0.25, 0.25, 0.25, 0.25}
	for target := range 4 {
		if err := m.Add(same, []int{target}); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]float64{"accuracy": 0.25, "top_2_accuracy": 0.5} {
		if got, _ := m.Values().Get(name); got != want {
			t.Errorf("%s is %v, expected %v", name, got, want)
		}
	}
}

func TestCalibrationBins(t *testing.T) {
	var c calibration
	for confidence, right := range map[float32]bool{0: false, 0.01: true, 0.5: true, 0.52: false, 0.54: true, 0.94: true, 1: false} {
		c.add(confidence, right)
	}
	rows := map[int]int{0: 2, 7: 2, 8: 1, 14: 2} // 7 is (0.467, 0.533], 14 is (0.933, 1]
	for i, b := range c.bins() {
		if b.Rows != rows[i] || !(b.Rows == 0 || float64(b.Confidence) >= b.Low && float64(b.Confidence) <= b.High) {
			t.Errorf("bin %d: %+v, expected %d rows", i, b, rows[i])
		}
	}
	// |0.01 − 1| + |1.02 − 1| + |0.54 − 1| + |1.94 − 1|, over 7 rows.
	if got := c.err(); math.Abs(got-2.41/7) > 1e-6 {
		t.Errorf("calibration error %v, expected %v", got, 2.41/7)
	}
}

func TestEmptyIsUndefined(t *testing.T) {
	c, _ := NewClassification(labels(4), 3)
	l, _ := NewMultilabel(labels(2))
	var r Regression
	for _, vs := range []Values{c.Values(), l.Values(), r.Values()} {
		for _, v := range vs {
			if !math.IsNaN(v.Value) {
				t.Errorf("%s of no rows is %v", v.Name, v.Value)
			}
		}
	}
	want := `{"loss":null,"accuracy":null,"top_3_accuracy":null,"macro_f1":null,"roc_auc":null,"average_precision":null,"calibration_error":null}`
	if got, err := json.Marshal(c.Values()); err != nil || string(got) != want {
		t.Errorf("written as %s, %v; expected %s", got, err, want)
	}
}

func TestResetIsFresh(t *testing.T) {
	p, y := []float32{0.2, 0.7, 0.1, 0.5, 0.2, 0.3}, []int{1, 2}
	fresh, _ := NewClassification(labels(3), 2)
	used, _ := NewClassification(labels(3), 2)
	if err := used.Add([]float32{0.1, 0.1, 0.8}, []int{0}); err != nil {
		t.Fatal(err)
	}
	used.Loss.Add(3, 1)
	used.Reset()
	for _, m := range []*Classification{fresh, used} {
		if err := m.Add(p, y); err != nil {
			t.Fatal(err)
		}
	}
	if d := difference.Of(fresh.Result(), used.Result(), within(0)); d != "" {
		t.Errorf("after a reset (- fresh):\n%s", d)
	}

	l, _ := NewMultilabel(labels(3))
	if err := l.Add(p, []float32{1, 1, 0, 0, 1, 1}); err != nil {
		t.Fatal(err)
	}
	before := l.Result()
	l.Reset()
	if err := l.Add(p, []float32{1, 1, 0, 0, 1, 1}); err != nil {
		t.Fatal(err)
	}
	if d := difference.Of(before, l.Result(), within(0)); d != "" {
		t.Errorf("multilabel after a reset (- before):\n%s", d)
	}
}

func TestAddPositiveIsTheSecondLabel(t *testing.T) {
	p, y := []float32{0.1, 0.9, 0.5, 0.51, 1, 0}, []int{0, 1, 0, 1, 1, 1}
	one, _ := NewClassification(labels(2), 0)
	if err := one.AddPositive(p, y); err != nil {
		t.Fatal(err)
	}
	// 0.5 is not above one half; the last row is the only one missed.
	if got, _ := one.Values().Get("accuracy"); !near(got, 5.0/6) {
		t.Errorf("accuracy %v, expected 5/6", got)
	}
	// Pairs of a 1 over a 0: of 4 × 2, three positives beat both, one beats none.
	if got, _ := one.Values().Get("roc_auc"); !near(got, 6.0/8) {
		t.Errorf("area under the curve %v, expected 6/8", got)
	}
	three, _ := NewClassification(labels(3), 0)
	if err := three.AddPositive(p, y); err == nil {
		t.Error("three classes took one probability a row")
	}
}

func TestImpossibleBatchesAreRefusedWhole(t *testing.T) {
	f := float32(nan)
	c, _ := NewClassification(labels(2), 0)
	for name, err := range map[string]error{
		"short":       c.Add([]float32{1}, []int{0}),
		"class":       c.Add([]float32{1, 0}, []int{2}),
		"negative":    c.Add([]float32{1, 0}, []int{-1}),
		"logits":      c.Add([]float32{3, -1}, []int{0}),
		"NaN":         c.Add([]float32{1, 0, 0.5, f}, []int{0, 1}),
		"late target": c.Add([]float32{1, 0, 1, 0}, []int{0, 7}),
	} {
		if err == nil {
			t.Errorf("classification, %s: taken", name)
		}
	}
	l, _ := NewMultilabel(labels(2))
	for name, err := range map[string]error{
		"ragged": l.Add([]float32{1, 0, 1}, []float32{1, 0, 1}),
		"short":  l.Add([]float32{1}, []float32{1, 0}),
		"half":   l.Add([]float32{1, 0}, []float32{0.5, 0}),
		"NaN":    l.Add([]float32{f, 0}, []float32{1, 0}),
	} {
		if err == nil {
			t.Errorf("multilabel, %s: taken", name)
		}
	}
	var r Regression
	for name, err := range map[string]error{
		"short":    r.Add([]float64{1}, nil),
		"NaN":      r.Add([]float64{1, nan}, []float64{1, 1}),
		"infinite": r.Add([]float64{1, 1}, []float64{1, math.Inf(1)}),
	} {
		if err == nil {
			t.Errorf("regression, %s: taken", name)
		}
	}
	if got := c.Result().Rows + l.Result().Rows + r.Result().Rows; got != 0 {
		t.Errorf("%d rows of refused batches were counted", got)
	}
	if _, err := NewClassification(labels(1), 0); err == nil {
		t.Error("one class was taken")
	}
	if _, err := NewMultilabel(nil); err == nil {
		t.Error("no labels were taken")
	}
}

func TestManyClassesKeepNoConfusion(t *testing.T) {
	const c = 10_000
	m, err := NewClassification(labels(c), 5)
	if err != nil {
		t.Fatal(err)
	}
	m.Ranking = false
	p := make([]float32, c)
	p[c-1] = 1
	if err := m.Add(p, []int{c - 1}); err != nil {
		t.Fatal(err)
	}
	r := m.Result()
	if r.Confusion != nil || len(r.Classes) != c {
		t.Errorf("confusion of %d rows, %d classes", len(r.Confusion), len(r.Classes))
	}
	if _, ok := r.Values.Get("roc_auc"); ok {
		t.Error("a ranking was measured that was turned off")
	}
	if got, _ := r.Values.Get("accuracy"); got != 1 {
		t.Errorf("accuracy %v", got)
	}
}

func TestConstantTargetHasNoR2(t *testing.T) {
	var m Regression
	if err := m.Add([]float64{1, 2, 3}, []float64{0.1, 0.1, 0.1}); err != nil {
		t.Fatal(err)
	}
	if got, _ := m.Values().Get("r2"); !math.IsNaN(got) {
		t.Errorf("r2 of a constant is %v", got)
	}
	if got, _ := m.Values().Get("mae"); !near(got, 1.9) {
		t.Errorf("mae %v, expected 1.9", got)
	}
}

func TestF9_ATargetThatVariesByRoundingHasNoR2(t *testing.T) {
	var m Regression
	if err := m.Add([]float64{1, 2, 3}, []float64{0.3, 0.1 + 0.2, 0.3}); err != nil {
		t.Fatal(err)
	}
	if got, _ := m.Values().Get("r2"); !math.IsNaN(got) {
		t.Errorf("r2 of rounding is %v", got)
	}
}

func TestMeanIsWeighted(t *testing.T) {
	var m Mean
	m.Add(1, 32)
	m.Add(4, 16)
	m.Add(nan, 0) // a batch of masked rows
	if got := m.Value(); got != 2 {
		t.Errorf("mean %v, expected 2", got)
	}
}

func TestBetter(t *testing.T) {
	for _, c := range []struct {
		metric string
		a, b   float64
		want   bool
	}{
		{"loss", 1, 2, true}, {"loss", 2, 1, false}, {"mae", 1, 2, true}, {"rmse", 1, 2, true}, {"calibration_error", 0.1, 0.2, true},
		{"accuracy", 1, 2, false}, {"accuracy", 0.9, 0.8, true}, {"r2", 0.9, -1, true}, {"top_3_accuracy", 0.9, 0.8, true},
		{"loss", 1, 1, false}, {"accuracy", 1, 1, false},
		{"loss", nan, 1, false}, {"loss", 1, nan, true}, {"accuracy", nan, nan, false}, {"accuracy", 0, nan, true},
	} {
		if got := Better(c.metric, c.a, c.b); got != c.want {
			t.Errorf("Better(%q, %v, %v) = %v", c.metric, c.a, c.b, got)
		}
	}
}

func TestValuesReadBack(t *testing.T) {
	vs := Values{{"loss", 0.1}, {"accuracy", nan}, {"r2", math.Inf(-1)}, {"mae", 1e-30}}
	b, err := json.Marshal(vs)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"loss":0.1,"accuracy":null,"r2":null,"mae":1e-30}`; string(b) != want {
		t.Errorf("written as %s, expected %s", b, want)
	}
	var back Values
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	want := Values{{"loss", 0.1}, {"accuracy", nan}, {"r2", nan}, {"mae", 1e-30}}
	if d := difference.Of(want, back, within(0)); d != "" {
		t.Errorf("read back:\n%s", d)
	}
	for _, bad := range []string{`[]`, `{"loss":"low"}`, `3`} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s was read as values", bad)
		}
	}
}
