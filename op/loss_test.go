package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/op"
)

func TestLossGradients(t *testing.T) {
	weights := fixed([]float64{1, 0, 0.5, 2, 1}, 5)
	labels := whole([]int{2, 99, 0, 1, 2}, 5) // that of the row of weight 0 is not looked at
	targets := fixed(normals(15), 5, 3)
	yesNo := fixed(zeroOne(15, 1), 5, 3)
	none := fixed(repeat(0, 5), 5)
	checkAll(t, map[string]job{
		"softmax":                 {op.SoftmaxCrossEntropy{}, []feed{random(5, 3), labels, weights}},
		"softmax, smooth":         {op.SoftmaxCrossEntropy{LabelSmoothing: 0.2}, []feed{random(5, 3), labels, weights}},
		"softmax, classes":        {op.SoftmaxCrossEntropy{ClassWeights: []float64{1, 0.5, 3}}, []feed{random(5, 3), labels, weights}},
		"softmax, smooth classes": {op.SoftmaxCrossEntropy{LabelSmoothing: 0.1, ClassWeights: []float64{0, 0.5, 3}}, []feed{random(5, 3), labels, weights}},
		"softmax, one class":      {op.SoftmaxCrossEntropy{}, []feed{random(5, 1), whole(make([]int, 5), 5), weights}},
		"softmax, one row":        {op.SoftmaxCrossEntropy{}, []feed{random(1, 4), whole([]int{3}, 1), fixed([]float64{1}, 1)}},
		"softmax, no row":         {op.SoftmaxCrossEntropy{LabelSmoothing: 0.1}, []feed{random(5, 3), labels, none}},
		"bce":                     {op.BCEWithLogits{}, []feed{random(5, 3), yesNo, weights}},
		"bce, soft":               {op.BCEWithLogits{}, []feed{random(5, 1), fixed([]float64{0.1, 0.9, 0.5, 0, 1}, 5, 1), weights}},
		"bce, classes":            {op.BCEWithLogits{ClassWeights: [][2]float64{{1, 2}, {0, 1}, {3, 0.25}}}, []feed{random(5, 3), yesNo, weights}},
		"bce, no row":             {op.BCEWithLogits{}, []feed{random(5, 3), yesNo, none}},
		"mse":                     {op.MSE{}, []feed{random(5, 3), targets, weights}},
		"mse, no row":             {op.MSE{}, []feed{random(5, 3), targets, none}},
		"l1":                      {op.L1{}, []feed{random(5, 3), targets, weights}},
		"huber":                   {op.Huber{Delta: 0.7}, []feed{random(5, 3), targets, weights}},
		"softmax rows":            {op.Softmax{}, []feed{random(2, 3, 5)}},
		"softmax rows of one":     {op.Softmax{}, []feed{random(3, 1)}},
		"log softmax":             {op.LogSoftmax{}, []feed{random(2, 3, 5)}},
		"log softmax of one":      {op.LogSoftmax{}, []feed{random(3, 1)}},
	})
}

// The numbers are worked out by hand.
func TestLossValues(t *testing.T) {
	two := fixed([]float64{1, 3}, 2)
	rows := func(x ...float64) feed { return given(x, 2, len(x)/2) }
	goal := func(x ...float64) feed { return fixed(x, 2, len(x)/2) }
	ln2 := math.Ln2
	for _, c := range []struct {
		name string
		job  job
		want float64
	}{
		{"softmax", job{op.SoftmaxCrossEntropy{}, []feed{rows(0, 0, ln2, 0), whole([]int{0, 0}, 2), two}}, (ln2 + 3*math.Log(1.5)) / 4},
		{"softmax, classes", job{op.SoftmaxCrossEntropy{ClassWeights: []float64{2, 5}}, []feed{rows(0, 0, 0, 0), whole([]int{0, 1}, 2), two}}, ln2},
		{"softmax, ±1e4", job{op.SoftmaxCrossEntropy{}, []feed{rows(1e4, -1e4, -1e4, 1e4), whole([]int{0, 0}, 2), two}}, 3 * 2e4 / 4},
		{"softmax, no row", job{op.SoftmaxCrossEntropy{}, []feed{rows(1, 2, 3, 4), whole([]int{7, -1}, 2), fixed([]float64{0, 0}, 2)}}, 0},
		{"softmax, no class", job{op.SoftmaxCrossEntropy{ClassWeights: []float64{0, 1}}, []feed{rows(1, 2, 3, 4), whole([]int{0, 0}, 2), two}}, 0},
		{"bce", job{op.BCEWithLogits{}, []feed{rows(0, ln2), goal(1, 0), two}}, (ln2 + 3*math.Log(3)) / 4},
		{"bce, classes", job{op.BCEWithLogits{ClassWeights: [][2]float64{{2, 5}}}, []feed{rows(0, ln2), goal(1, 0), two}}, (5*ln2 + 3*2*math.Log(3)) / (5 + 3*2)},
		{"bce, no class", job{op.BCEWithLogits{ClassWeights: [][2]float64{{1, 0}}}, []feed{rows(0, 0), goal(1, 1), two}}, 0},
		{"bce, classes, ±1e4", job{op.BCEWithLogits{ClassWeights: [][2]float64{{1, 3}}}, []feed{rows(1e4, -1e4), goal(0, 0), two}}, 1e4 / 4},
		{"bce, ±1e4", job{op.BCEWithLogits{}, []feed{rows(1e4, -1e4), goal(0, 0), two}}, 1e4 / 4},
		{"mse", job{op.MSE{}, []feed{rows(1, 2, 3, 4), goal(0, 0, 3, 2), two}}, (1*5 + 3*4) / 8.0},
		{"l1", job{op.L1{}, []feed{rows(1, -2, 3, 4), goal(0, 0, 3, 2), two}}, (1*3 + 3*2) / 8.0},
		{"huber", job{op.Huber{Delta: 1}, []feed{rows(0.5, 3), goal(0, 0), two}}, (0.125 + 3*2.5) / 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := c.job.ran(t)
			if got := p.Loss(); !(math.Abs(got-c.want) <= 1e-6*(1+math.Abs(c.want))) {
				t.Errorf("loss %v, want %v", got, c.want)
			}
			for i, g := range p.InputGradient("in0") {
				if math.IsNaN(float64(g)) || math.IsInf(float64(g), 0) {
					t.Errorf("gradient %d is %v", i, g)
				}
				if c.want == 0 && g != 0 {
					t.Errorf("gradient %d is %v where no row counts", i, g)
				}
			}
		})
	}
}

func TestSoftmaxStability(t *testing.T) {
	inf := math.Inf(-1)
	for _, c := range []struct{ x, want []float64 }{
		{[]float64{1e4, 0, -1e4}, []float64{1, 0, 0}},
		{[]float64{-1e4, -1e4, inf}, []float64{0.5, 0.5, 0}},
		{[]float64{inf, inf, inf}, []float64{0, 0, 0}},
	} {
		p := job{op.Softmax{}, []feed{given(c.x, 1, 3)}}.ran(t)
		for i, v := range p.Output("out") {
			if math.Abs(float64(v)-c.want[i]) > 1e-6 {
				t.Errorf("softmax of %v is %v, want %v", c.x, p.Output("out"), c.want)
				break
			}
		}
		row := op.Array[float64]{Shape: []int{1, 3}, Data: c.x}
		out := op.Array[float64]{Shape: []int{1, 3}, Data: make([]float64, 3)}
		if err := (op.Softmax{}).Float64().Forward([]op.Array[float64]{row}, out); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(out.Data, c.want) {
			t.Errorf("softmax of %v is %v in float64, want %v", c.x, out.Data, c.want)
		}
	}
}

// What is in a row of weight 0 does not matter.
func TestLossesSkipRowsOfWeightZero(t *testing.T) {
	nan := math.NaN()
	weights := fixed([]float64{1, 0}, 2)
	for _, s := range []op.Spec{op.BCEWithLogits{}, op.MSE{}, op.L1{}, op.Huber{Delta: 1}, op.SoftmaxCrossEntropy{}} {
		t.Run(s.Name(), func(t *testing.T) {
			target := fixed([]float64{1, 0, nan, nan}, 2, 2)
			if s.Name() == "softmax_cross_entropy" {
				target = whole([]int{1, -1}, 2)
			}
			p := job{s, []feed{given([]float64{0.5, -0.5, nan, nan}, 2, 2), target, weights}}.ran(t)
			if !(p.Loss() > 0) {
				t.Errorf("loss %v, want that of row 0", p.Loss())
			}
			if g := p.InputGradient("in0"); !(g[0] != 0) || g[2] != 0 || g[3] != 0 {
				t.Errorf("gradient %v, want zeros in row 1", g)
			}
		})
	}
}
