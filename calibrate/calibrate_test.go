package calibrate

import (
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
	"github.com/chiasm-ml/chiasm/rng"
)

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

// A model that gives its answers a margin of 4, and is right for 8 of 10 rows,
// is sure by a margin of log 4 once its logits are divided by 4/log 4.
func TestTemperatureOfKnownConfidence(t *testing.T) {
	for _, c := range []struct {
		margin      float32
		right, rows int
	}{{4, 8, 10}, {0.3, 9, 10}, {2, 6, 10}, {12, 99, 100}} {
		want := float64(c.margin) / math.Log(float64(c.right)/float64(c.rows-c.right))
		var two, one []float32
		var labels []int
		var marks []float32
		for i := range c.rows {
			y := i % 2
			says := y
			if i >= c.right {
				says = 1 - y
			}
			two = append(two, 1, 1)
			two[2*i+says] += c.margin
			one = append(one, c.margin*float32(2*says-1))
			labels, marks = append(labels, y), append(marks, float32(y))
		}
		if got := Temperature(two, 2, Answers{Labels: labels}); !near(got, want, 1e-6*want) { // logits are float32
			t.Errorf("%v: classes have the temperature %v, want %v", c, got, want)
		}
		if got := Temperature(one, 1, Answers{Marks: marks}); !near(got, want, 1e-6*want) {
			t.Errorf("%v: marks have the temperature %v, want %v", c, got, want)
		}
	}
	if got := Temperature([]float32{3, 0, 0, 5}, 2, Answers{Labels: []int{0, 1}}); got != Lowest {
		t.Errorf("all right: %v", got)
	}
	if got := Temperature([]float32{3, 0, 0, 5}, 2, Answers{Labels: []int{1, 0}}); got != Highest {
		t.Errorf("all wrong: %v", got)
	}
	if got := Temperature(nil, 2, Answers{}); got != 1 {
		t.Errorf("of no rows: %v", got)
	}
}

// setting is decisions of several modalities that know a part of the answer.
func setting(rows, size, modalities int, marks bool, lacks float64) ([]Decisions, Answers) {
	key := rng.New(5).Int(rows).Int(size).Int(modalities)
	var a Answers
	for row := range rows {
		if marks {
			for j := range size {
				a.Marks = append(a.Marks, float32(key.Int(row).IntN(j, 2)))
			}
		} else {
			a.Labels = append(a.Labels, key.IntN(row, size))
		}
	}
	ms := make([]Decisions, modalities)
	for m := range ms {
		k := key.Name("modality").Int(m)
		for row := range rows {
			ms[m].Present = append(ms[m].Present, k.Float64(row) >= lacks)
			for j := range size {
				truth := 0.0
				if marks && a.Marks[row*size+j] == 1 || !marks && a.Labels[row] == j {
					truth = 1
				}
				ms[m].Logits = append(ms[m].Logits, float32(2*k.Int(row).Normal(j)+float64(m)*1.2*truth))
			}
		}
	}
	return ms, a
}

// The derivative is that of the loss, and the temperature is its lowest point.
func TestTemperatureIsTheMinimum(t *testing.T) {
	for _, marks := range []bool{false, true} {
		ms, a := setting(60, 3, 4, marks, 0)
		logits := ms[3].Logits
		at := func(factor float64) float64 {
			sum, row := 0.0, make([]float64, 3)
			for i := range 60 {
				for j := range row {
					row[j] = factor * float64(logits[3*i+j])
				}
				sum += a.loss(row, i)
			}
			return sum
		}
		got := 0.0
		for i := range 60 {
			got += derivative(a, logits[3*i:3*i+3], i, 0.7)
		}
		if want := (at(0.7+1e-6) - at(0.7-1e-6)) / 2e-6; !near(got, want, 1e-6*math.Abs(want)) {
			t.Errorf("the derivative is %v, by differences %v", got, want)
		}
		best := Temperature(logits, 3, a)
		for _, other := range []float64{0.99 * best, 1.01 * best, 1, 2, 10} {
			if at(1/other) < at(1/best) {
				t.Errorf("%v is better than %v", other, best)
			}
		}
		// Logits three times as large have three times the temperature.
		large := slices.Clone(logits)
		for i := range large {
			large[i] *= 2
		}
		if got := Temperature(large, 3, a); !near(got, 2*best, 1e-12*best) {
			t.Errorf("of doubled logits %v, want %v", got, 2*best)
		}
	}
}

// Where one modality is right for a share of the rows and the other for the
// rest, with conviction, the weights are these shares.
func TestWeightsOfKnownShares(t *testing.T) {
	ms := make([]Decisions, 2)
	var a Answers
	for row := range 10 {
		a.Labels = append(a.Labels, row%2)
		for m := range ms {
			says := row % 2
			if (row < 7) != (m == 0) {
				says = 1 - says
			}
			ms[m].Present = append(ms[m].Present, true)
			ms[m].Logits = append(ms[m].Logits, 0, 0)
			ms[m].Logits[2*row+says] = 30
		}
	}
	got := Weights(Pool{Kind: "linear"}, ms, 2, a, false)
	if !near(got[0], 0.7, 1e-6) || !near(got[1], 0.3, 1e-6) {
		t.Errorf("weights %v, want 0.7 and 0.3", got)
	}
	// A modality that is always wrong keeps the least weight.
	for row := range 10 {
		ms[1].Logits[2*row], ms[1].Logits[2*row+1] = 0, 0
		ms[1].Logits[2*row+1-row%2] = 30
	}
	if got := Weights(Pool{Kind: "linear"}, ms, 2, a, false); !near(got[1], leastWeight, 1e-9) {
		t.Errorf("weights %v, want the least for the second", got)
	}
	if got := Weights(Pool{Kind: "linear"}, ms[:1], 2, a, false); !slices.Equal(got, []float64{1}) {
		t.Errorf("weights of one modality are %v", got)
	}
}

// No other weights are better, for any pool.
func TestWeightsAreTheMinimum(t *testing.T) {
	prior := []float32{-0.7, -1.2, -1.9}
	property.Check(t, func(t *property.T) {
		kind := property.SampledFrom([]string{"linear", "log", "product"}).Draw(t, "pool")
		n := property.IntRange(2, 4).Draw(t, "modalities")
		lacks := property.SampledFrom([]float64{0, 0, 0.2}).Draw(t, "lacking")
		ms, a := setting(40, 3, n, property.Bool().Draw(t, "marks"), lacks)
		p := Pool{Kind: kind, Prior: prior}
		d := newPooled(p, ms, 3, a)
		tempered := property.Bool().Draw(t, "tempered")
		w := Weights(p, ms, 3, a, tempered)
		sum := 0.0
		for _, v := range w {
			sum += v
			if v < leastWeight-1e-12 {
				t.Errorf("weights %v", w)
			}
		}
		if !near(sum, 1, 1e-9) {
			t.Errorf("weights %v sum to %v", w, sum)
		}
		other, sum := make([]float64, n), 0.0
		for m := range other {
			other[m] = property.Float64Range(0.05, 1).Draw(t, "weight")
			sum += other[m]
		}
		for m := range other { // leave room for the least weight
			other[m] = leastWeight + (1-float64(n)*leastWeight)*other[m]/sum
		}
		loss := func(w []float64) float64 {
			if tempered {
				d.temper(w)
			}
			return d.loss(w)
		}
		if loss(other) < loss(w)-1e-6 {
			t.Errorf("%s, tempered %v: %v has the loss %v, %v has %v", kind, tempered, w, loss(w), other, loss(other))
		}
	})
}

// BenchmarkWeights fits three modalities on 2,000 rows of 14 classes.
func BenchmarkWeights(b *testing.B) {
	ms, a := setting(2000, 14, 3, false, 0.1)
	for b.Loop() {
		Weights(Pool{Kind: "linear"}, ms, 14, a, true)
	}
}
