package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// present is presences (B, 1).
func present(p ...float64) feed { return fixed(p, len(p), 1) }

// shares are random weights (B, M, 1), above 0.
func shares(b, m int) feed {
	w := normals(b * m)
	for i, v := range w {
		w[i] = math.Exp(v)
	}
	return given(w, b, m, 1)
}

func TestPresenceGradients(t *testing.T) {
	all, some, none := present(1, 1, 1), present(0, 1, 0), present(1, 0, 0)
	threeWeights := fixed([]float64{0.5, 0.2, 0.3}, 3)
	checkAll(t, map[string]job{
		"or else":              {op.OrElse{}, []feed{random(3, 5), random(5), some}},
		"or else, all":         {op.OrElse{}, []feed{random(3, 1), given([]float64{1}, 1), present(1, 0, 1)}},
		"present mean":         {op.PresentMean{M: 2}, []feed{random(3, 2, 5), random(3, 2, 5), random(3, 2, 5), some, none}},
		"present mean of one":  {op.PresentMean{M: 1}, []feed{random(3, 5), random(3, 5), some}},
		"present mean or zero": {op.PresentMean{M: 3, Zero: true}, []feed{random(3, 1), random(3, 1), random(3, 1), all, some, none}},
		"softmax scores":       {op.AverageScores{M: 3}, []feed{random(3, 4), random(3, 4), random(3, 4), all, some, none}},
		"softmax, none":        {op.AverageScores{M: 2}, []feed{random(3, 4), random(3, 4), some, some}},
		"product scores":       {op.ProductScores{M: 3}, []feed{random(3, 4), random(3, 4), random(3, 4), all, some, none, fixed([]float64{-1, -2, -0.5, -3}, 4)}},
		"weighted scores":      {op.AverageScores{M: 3}, []feed{random(3, 4), random(3, 4), random(3, 4), all, some, none, threeWeights}},
		"weighted sigmoids":    {op.AverageScores{M: 3, Sigmoid: true}, []feed{random(3, 2), random(3, 2), random(3, 2), all, some, all, threeWeights}},
		"weighted log pool":    {op.ProductScores{M: 3, Mean: true}, []feed{random(3, 4), random(3, 4), random(3, 4), all, some, none, fixed([]float64{-1, -2, -0.5, -3}, 4), threeWeights}},
		"weighted product":     {op.ProductScores{M: 3}, []feed{random(3, 4), random(3, 4), random(3, 4), all, some, all, fixed([]float64{-1, -2, -0.5, -3}, 4), threeWeights}},
		"temper":               {op.Temper{}, []feed{random(3, 4), fixed([]float64{1.7}, 1)}},
		"log pool":             {op.ProductScores{M: 3, Mean: true}, []feed{random(3, 4), random(3, 4), random(3, 4), all, some, none, fixed([]float64{-1, -2, -0.5, -3}, 4)}},
		"product sigmoids":     {op.ProductScores{M: 2, Sigmoid: true}, []feed{random(3, 2), random(3, 2), all, some, fixed([]float64{0.5, -1}, 2)}},
		"sigmoid scores":       {op.AverageScores{M: 3, Sigmoid: true}, []feed{random(3, 2), random(3, 2), random(3, 2), all, some, none}},
		"present max":          {op.PresentMax{M: 3}, []feed{random(3, 5), random(3, 5), random(3, 5), all, some, none}},
		"present max, none":    {op.PresentMax{M: 2}, []feed{random(3, 1), random(3, 1), some, some}},
		"present softmax":      {op.PresentSoftmax{M: 3}, []feed{random(3, 5), random(3, 5), random(3, 5), all, some, none}},
		"softmax of one place": {op.PresentSoftmax{M: 2}, []feed{random(3, 1), random(3, 1), all, some}},
		"softmax of none":      {op.PresentSoftmax{M: 2}, []feed{random(3, 3), random(3, 3), some, some}},
		"weighted":             {op.PresentWeighted{M: 3}, []feed{random(3, 5), random(3, 5), random(3, 5), all, some, none, random(3, 3, 5)}},
		"weighted, one weight": {op.PresentWeighted{M: 2}, []feed{random(3, 5), random(3, 5), all, some, random(3, 2, 1)}},
		"weighted numbers":     {op.PresentWeighted{M: 2}, []feed{random(3, 1), random(3, 1), none, some, random(3, 2, 1)}},
		"low rank":             {op.LowRank{M: 3}, []feed{random(3, 10), random(3, 10), random(3, 10), all, some, none, random(2, 5), random(5)}},
		"low rank, 1":          {op.LowRank{M: 1}, []feed{random(3, 5), some, random(1, 5), random(5)}},
		"outer product":        {op.OuterProduct{M: 3}, []feed{random(3, 2), random(3, 4), random(3, 1), all, some, none}},
		"outer product of two": {op.OuterProduct{M: 2}, []feed{random(3, 3), random(3, 2), all, all}},
		"outer product of one": {op.OuterProduct{M: 1}, []feed{random(3, 3), some}},
		"mixture":              {op.MixScores{M: 3}, []feed{random(3, 4), random(3, 4), random(3, 4), all, some, none, shares(3, 3)}},
		"mixture, none":        {op.MixScores{M: 2}, []feed{random(3, 4), random(3, 4), some, some, shares(3, 2)}},
		"mixture of sigmoids":  {op.MixScores{M: 3, Sigmoid: true}, []feed{random(3, 2), random(3, 2), random(3, 2), all, some, none, shares(3, 3)}},
		"sigmoids, none":       {op.MixScores{M: 2, Sigmoid: true}, []feed{random(3, 1), random(3, 1), some, some, shares(3, 2)}},
		"sigmoid, none":        {op.AverageScores{M: 2, Sigmoid: true}, []feed{random(3, 1), random(3, 1), some, some}},
	})
}

// What an absent row holds does not matter, not even NaN.
func TestPresenceIgnoresAbsentRows(t *testing.T) {
	nan := math.NaN()
	hole := []float64{nan, nan, 2, 4}
	for name, c := range map[string]struct {
		job  job
		want []float32
	}{
		"or else":              {job{op.OrElse{}, []feed{given(hole, 2, 2), given([]float64{7, 9}, 2), present(0, 1)}}, []float32{7, 9, 2, 4}},
		"present mean":         {job{op.PresentMean{M: 1}, []feed{given([]float64{5, 6, nan, nan}, 2, 2), given(hole, 2, 2), present(0, 1)}}, []float32{5, 6, 2, 4}},
		"present mean or zero": {job{op.PresentMean{M: 2, Zero: true}, []feed{given(hole, 2, 2), given([]float64{nan, nan, 4, 0}, 2, 2), present(0, 1), present(0, 1)}}, []float32{0, 0, 3, 2}},
		"scores":               {job{op.AverageScores{M: 2}, []feed{given(hole, 2, 2), given([]float64{nan, nan, 2, 4}, 2, 2), present(0, 1), present(0, 1)}}, []float32{0, 0, -2.126928, -0.126928}},
		"weighted":             {job{op.AverageScores{M: 2}, []feed{given([]float64{0, 0, 9, 9}, 2, 2), given([]float64{1, -1, 2, 4}, 2, 2), present(1, 0), present(1, 1), fixed([]float64{0.9, 0.1}, 2)}}, []float32{-0.619749, -0.772363, -2.126928, -0.126928}},
		"product, weighted":    {job{op.ProductScores{M: 2, Sigmoid: true}, []feed{given([]float64{1, 5}, 2, 1), given([]float64{2, -3}, 2, 1), present(1, 0), present(1, 1), fixed([]float64{0.5}, 1), fixed([]float64{0.75, 0.25}, 2)}}, []float32{2*(0.75*1+0.25*2) - 0.5, -3}},
		"temper":               {job{op.Temper{}, []feed{given([]float64{1, -3}, 1, 2), fixed([]float64{2}, 1)}}, []float32{0.5, -1.5}},
		"sigmoid scores":       {job{op.AverageScores{M: 1, Sigmoid: true}, []feed{given(hole, 2, 2), present(0, 1)}}, []float32{0, 0, 2, 4}},
		"present max":          {job{op.PresentMax{M: 2}, []feed{given(hole, 2, 2), given([]float64{nan, nan, 4, -9}, 2, 2), present(0, 1), present(0, 1)}}, []float32{0, 0, 4, 4}},
		"present softmax":      {job{op.PresentSoftmax{M: 2}, []feed{given(hole, 2, 2), given([]float64{1, 2, nan, nan}, 2, 2), present(0, 1), present(1, 0)}}, []float32{0, 0, 1, 1, 1, 1, 0, 0}},
		"weighted scores":      {job{op.PresentWeighted{M: 2}, []feed{given(hole, 2, 2), given([]float64{1, 3, nan, nan}, 2, 2), present(0, 1), present(1, 0), given([]float64{7, 2, 0.5, 7}, 2, 2, 1)}}, []float32{2, 6, 1, 2}},
		"low rank":             {job{op.LowRank{M: 2}, []feed{given(hole, 2, 2), given([]float64{nan, nan, 3, 5}, 2, 2), present(0, 1), present(0, 1), given([]float64{1, 10}, 2, 1), given([]float64{0.5}, 1)}}, []float32{11.5, 206.5}},
		"outer product":        {job{op.OuterProduct{M: 2}, []feed{given(hole, 2, 2), given([]float64{3, 5}, 2, 1), present(0, 1), present(1, 1)}}, []float32{1, 3, 0, 0, 0, 0, 1, 5, 2, 10, 4, 20}},
		"mixture":              {job{op.MixScores{M: 2}, []feed{given(hole, 2, 2), given([]float64{nan, nan, 7, 4}, 2, 2), present(0, 1), present(0, 1), given([]float64{1, 1, 1, 0}, 2, 2, 1)}}, []float32{0, 0, -2.126928, -0.126928}},
		"mixture of sigmoids":  {job{op.MixScores{M: 1, Sigmoid: true}, []feed{given(hole, 2, 2), present(0, 1), given([]float64{1, 0.3}, 2, 1, 1)}}, []float32{0, 0, 2, 4}},
	} {
		p := c.job.ran(t)
		for i, v := range p.Output("out") {
			if d := v - c.want[i]; !(d < 1e-5 && d > -1e-5) {
				t.Errorf("%s: %v, want %v", name, p.Output("out"), c.want)
				break
			}
		}
		if g := p.InputGradient("in0"); slices.ContainsFunc(g, func(v float32) bool { return v != v }) {
			t.Errorf("%s: gradient %v", name, g)
		}
	}
}

func TestPresentShares(t *testing.T) {
	for name, c := range map[string]struct {
		in   []feed
		want []float32
	}{
		"all alike": {[]feed{present(1, 0, 1, 0), present(1, 1, 0, 0)}, []float32{0.5, 0.5, 0, 1, 1, 0, 0, 0}},
		"weights":   {[]feed{present(1, 0, 1, 0), present(1, 1, 0, 0), fixed([]float64{3, 1}, 2)}, []float32{0.75, 0.25, 0, 1, 1, 0, 0, 0}},
		"no weight": {[]feed{present(1, 0), present(0, 1), fixed([]float64{0, 2}, 2)}, []float32{0, 0, 0, 1}},
	} {
		p, err := nn.Build(nn.Options{}, func(g *nn.Graph) {
			g.Output("out", g.Apply(op.PresentShares{M: 2}, job{in: c.in}.nodes(g)...))
		})
		if err != nil {
			t.Fatal(err)
		}
		job{in: c.in}.fill(p)
		if err := p.Run(1); err != nil {
			t.Fatal(err)
		}
		if got := p.Output("out"); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
