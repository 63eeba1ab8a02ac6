package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

func running(c int) *op.RunningStats {
	r := &op.RunningStats{Mean: make([]float32, c), Var: make([]float32, c), Momentum: 0.1}
	for i := range c {
		r.Mean[i], r.Var[i] = 0.25*float32(i), 1+0.5*float32(i)
	}
	return r
}

func batchNorm(c int) op.BatchNorm2D { return op.BatchNorm2D{Eps: 1e-5, Running: running(c)} }

func TestNormGradients(t *testing.T) {
	checkAll(t, map[string]job{
		"layer":               {op.LayerNorm{Eps: 1e-5}, []feed{random(2, 3, 5), random(5), random(5)}},
		"layer, vector":       {op.LayerNorm{Eps: 1e-5}, []feed{random(7), random(7), random(7)}},
		"layer, one row":      {op.LayerNorm{Eps: 1e-5}, []feed{random(1, 3), random(3), random(3)}},
		"layer, fixed x":      {op.LayerNorm{Eps: 1e-5}, []feed{fixed(normals(15), 3, 5), random(5), random(5)}},
		"layer, many rows":    {op.LayerNorm{Eps: 1e-5}, []feed{random(70, 4), random(4), random(4)}},
		"group":               {op.GroupNorm{Groups: 2, Eps: 1e-5}, []feed{random(2, 4, 3, 5), random(4), random(4)}},
		"group, one":          {op.GroupNorm{Groups: 1, Eps: 1e-5}, []feed{random(2, 3, 1, 2), random(3), random(3)}},
		"group, each channel": {op.GroupNorm{Groups: 3, Eps: 1e-5}, []feed{random(1, 3, 2, 2), random(3), random(3)}},
		"group, (B, C)":       {op.GroupNorm{Groups: 2, Eps: 1e-5}, []feed{random(3, 6), random(6), random(6)}},
		"group, fixed x":      {op.GroupNorm{Groups: 2, Eps: 1e-5}, []feed{fixed(normals(24), 2, 4, 3), random(4), random(4)}},
		"batch":               {batchNorm(3), []feed{random(4, 3, 2, 5), random(3), random(3)}},
		"batch, weighted":     {batchNorm(3), []feed{random(4, 3, 1, 3), random(3), random(3), fixed([]float64{1, 0, 0.5, 2}, 4)}},
		"batch, no row":       {batchNorm(2), []feed{random(2, 2, 2, 1), random(2), random(2), fixed([]float64{0, 0}, 2)}},
		"batch, (B, C)":       {batchNorm(4), []feed{random(5, 4), random(4), random(4), fixed([]float64{1, 1, 0, 1, 1}, 5)}},
		"batch, one image":    {batchNorm(2), []feed{random(1, 2, 3, 3), random(2), random(2)}},
		"batch, fixed x":      {batchNorm(2), []feed{fixed(normals(24), 3, 2, 2, 2), random(2), random(2)}},
		"batch, evaluation":   {op.BatchNorm2DEval{Eps: 1e-5}, []feed{random(2, 3, 2, 2), random(3), random(3), fixed([]float64{0, 1, -1}, 3), fixed([]float64{1, 2, 0.5}, 3)}},
	})
}

// A batch with padding rows is normalised as the batch without them.
func TestBatchNormIgnoresRowsOfWeightZero(t *testing.T) {
	rows := func(n int, weights []float64) (*nn.Program, *op.RunningStats) {
		s := batchNorm(3)
		p := job{s, []feed{random(n, 3, 4, 4), random(3), random(3), fixed(weights, n)}}.program(t)
		return p, s.Running
	}
	some, someStats := rows(3, []float64{1, 1, 1})
	padded, paddedStats := rows(5, []float64{1, 1, 1, 0, 0})
	padded.Float("in0")[3*3*16] = float32(math.Inf(1))
	for _, p := range []*nn.Program{some, padded} {
		if err := p.Run(1); err != nil {
			t.Fatal(err)
		}
		p.Commit()
	}
	n := 3 * 3 * 16
	if !slices.Equal(some.Output("out"), padded.Output("out")[:n]) {
		t.Error("outputs of the same rows differ")
	}
	if !slices.Equal(someStats.Mean, paddedStats.Mean) || !slices.Equal(someStats.Var, paddedStats.Var) {
		t.Errorf("running statistics differ: %v and %v", someStats, paddedStats)
	}
}

func TestBatchNormCommits(t *testing.T) {
	s := op.BatchNorm2D{Eps: 1e-5, Running: &op.RunningStats{Mean: []float32{1}, Var: []float32{2}, Momentum: 0.25}}
	x := given([]float64{1, 2, 3, 6}, 2, 1, 1, 2)
	p := job{s, []feed{x, random(1), random(1), fixed([]float64{1, 1}, 2)}}.program(t)
	before := *s.Running
	before.Mean, before.Var = slices.Clone(before.Mean), slices.Clone(before.Var)
	unchanged := func(when string) {
		t.Helper()
		if s.Running.Mean[0] != before.Mean[0] || s.Running.Var[0] != before.Var[0] {
			t.Errorf("%s: running statistics are %v, want %v", when, *s.Running, before)
		}
	}
	for range 3 {
		if err := p.Run(1); err != nil {
			t.Fatal(err)
		}
	}
	unchanged("before a commit")
	// Mean 3; squared differences 4 + 1 + 0 + 9 = 14, unbiased 14/3.
	p.Commit()
	wantMean, wantVar := 0.75*1+0.25*3.0, 0.75*2+0.25*14.0/3
	if m, v := float64(s.Running.Mean[0]), float64(s.Running.Var[0]); math.Abs(m-wantMean) > 1e-6 || math.Abs(v-wantVar) > 1e-6 {
		t.Errorf("running mean %v and variance %v, want %v and %v", m, v, wantMean, wantVar)
	}
	before.Mean, before.Var = slices.Clone(s.Running.Mean), slices.Clone(s.Running.Var)
	p.Commit()
	unchanged("after a second commit of one batch")
	copy(p.Float("in3"), []float32{0, 0})
	if err := p.Run(1); err != nil {
		t.Fatal(err)
	}
	p.Commit()
	unchanged("after a batch of padding")
}

// One number a channel has no variance: the output is beta, and nothing is
// learnt.
func TestBatchNormOfOneNumber(t *testing.T) {
	s := batchNorm(2)
	p := job{s, []feed{random(1, 2), random(2), random(2)}}.ran(t)
	p.Commit()
	if !slices.Equal(p.Output("out"), p.Float("in2")) {
		t.Errorf("output %v, want beta %v", p.Output("out"), p.Float("in2"))
	}
	if want := running(2); !slices.Equal(s.Running.Var, want.Var) || !slices.Equal(s.Running.Mean, want.Mean) {
		t.Errorf("running statistics became %v", s.Running)
	}
}

// Normalising constants gives beta, not rounding errors blown up, and far from
// zero the variance keeps its digits.
func TestNormStability(t *testing.T) {
	ones := repeat(1, 4)
	specs := map[string]func(x []float64) job{
		"layer": func(x []float64) job {
			return job{op.LayerNorm{Eps: 1e-5}, []feed{fixed(x, len(x)/4, 4), fixed(ones, 4), given(repeat(0, 4), 4)}}
		},
		"group": func(x []float64) job {
			return job{op.GroupNorm{Groups: 2, Eps: 1e-5}, []feed{fixed(x, 1, 4, len(x)/4), fixed(ones, 4), given(repeat(0, 4), 4)}}
		},
		"batch": func(x []float64) job {
			return job{batchNorm(4), []feed{fixed(x, 1, 4, len(x)/4, 1), fixed(ones, 4), given(repeat(0, 4), 4)}}
		},
	}
	for name, f := range specs {
		t.Run(name, func(t *testing.T) {
			p := f(repeat(1e4, 64)).ran(t)
			for i, v := range p.Output("out") {
				if math.Abs(float64(v)) > 1e-3 {
					t.Fatalf("constants normalise to %v at %d, want 0", v, i)
				}
			}
			x := make([]float64, 64)
			for i := range x {
				x[i] = 1000 + float64(1-2*((i^i>>4)&1)) // mean 1000, variance 1 along every axis
			}
			p = f(x).ran(t)
			for i, v := range p.Output("out") {
				if math.Abs(float64(v)-(x[i]-1000)) > 1e-4 {
					t.Fatalf("%v normalises to %v, want %v", x[i], v, x[i]-1000)
				}
			}
		})
	}
}
