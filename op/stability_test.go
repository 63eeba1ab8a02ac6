package op_test

import (
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/op"
)

// TestStability is N5: inputs at the ends of what occurs, where a formula taken
// literally overflows, divides by zero or takes the logarithm of zero. What comes
// out is finite and right, and so is every gradient.
func TestStability(t *testing.T) {
	inf := math.Inf(-1)
	one := fixed([]float64{1}, 1)
	ln2 := math.Ln2
	bn := func(x feed) job {
		return job{batchNorm(1), []feed{x, fixed([]float64{3}, 1), fixed([]float64{5}, 1), fixed(repeat(1, 4), 4)}}
	}
	layer := func(x ...float64) job {
		return job{op.LayerNorm{Eps: 1e-5}, []feed{given(x, 1, len(x)), fixed(repeat(3, len(x)), len(x)), fixed(repeat(5, len(x)), len(x))}}
	}
	attend := func(q, k []float64, mask ...float64) job {
		return job{op.Attention{Heads: 1}, []feed{given(q, 1, 1, 2), given(k, 1, 2, 2), given([]float64{1, 2, 3, 4}, 1, 2, 2), fixed(mask, 1, 2)}}
	}
	present := func(v float64) feed { return fixed([]float64{v}, 1, 1) }
	cases := []struct {
		name string
		job  job
		want []float64
	}{
		{"softmax of ±1e4", job{op.Softmax{}, []feed{given([]float64{1e4, 0, -1e4}, 1, 3)}}, []float64{1, 0, 0}},
		{"softmax of equal 1e4", job{op.Softmax{}, []feed{given([]float64{1e4, 1e4}, 1, 2)}}, []float64{0.5, 0.5}},
		{"softmax of one", job{op.Softmax{}, []feed{given([]float64{-1e4}, 1, 1)}}, []float64{1}},
		{"softmax without what is masked", job{op.Softmax{}, []feed{given([]float64{-1e4, -1e4, inf}, 1, 3)}}, []float64{0.5, 0.5, 0}},
		{"softmax of nothing", job{op.Softmax{}, []feed{given([]float64{inf, inf}, 1, 2)}}, []float64{0, 0}},
		{"log softmax of ±1e4", job{op.LogSoftmax{}, []feed{given([]float64{1e4, -1e4}, 1, 2)}}, []float64{0, -2e4}},
		{"cross entropy of a certain right answer", job{op.SoftmaxCrossEntropy{}, []feed{given([]float64{1e4, -1e4}, 1, 2), whole([]int{0}, 1), one}}, []float64{0}},
		{"cross entropy of a certain wrong answer", job{op.SoftmaxCrossEntropy{}, []feed{given([]float64{1e4, -1e4}, 1, 2), whole([]int{1}, 1), one}}, []float64{2e4}},
		{"cross entropy as p goes to 0", job{op.SoftmaxCrossEntropy{}, []feed{given([]float64{0, -200}, 1, 2), whole([]int{1}, 1), one}}, []float64{200}},
		{"cross entropy of no row", job{op.SoftmaxCrossEntropy{}, []feed{given([]float64{1, 2}, 1, 2), whole([]int{0}, 1), fixed([]float64{0}, 1)}}, []float64{0}},
		{"binary cross entropy of ±1e4", job{op.BCEWithLogits{}, []feed{given([]float64{1e4, -1e4}, 1, 2), fixed([]float64{1, 0}, 1, 2), one}}, []float64{0}},
		{"binary cross entropy of wrong ±1e4", job{op.BCEWithLogits{}, []feed{given([]float64{1e4, -1e4}, 1, 2), fixed([]float64{0, 1}, 1, 2), one}}, []float64{1e4}},
		{"Huber of 1e4", job{op.Huber{Delta: 1}, []feed{given([]float64{1e4}, 1, 1), fixed([]float64{0}, 1, 1), one}}, []float64{1e4 - 0.5}},
		{"layer norm of constants", layer(7, 7, 7), []float64{5, 5, 5}},
		{"layer norm of one", layer(1e4), []float64{5}},
		{"layer norm of 1e4 and little more", layer(1e4, 1e4+1), []float64{5 - 3/math.Sqrt(1+4e-5), 5 + 3/math.Sqrt(1+4e-5)}},
		{"batch norm of constants", bn(given(repeat(-1e4, 4), 4, 1)), repeat(5, 4)},
		{"group norm of constants", job{op.GroupNorm{Groups: 1, Eps: 1e-5}, []feed{given(repeat(1e4, 4), 1, 2, 2), fixed([]float64{3, 3}, 2), fixed([]float64{5, 5}, 2)}}, repeat(5, 4)},
		{"attention, fully masked", attend([]float64{1, 2}, []float64{1, 2, 3, 4}, 0, 0), []float64{0, 0}},
		{"attention, scores of ±1e8", attend([]float64{1e4, 0}, []float64{1e4, 0, -1e4, 0}, 1, 1), []float64{1, 2}},
		{"attention, one key far larger and masked", attend([]float64{1e4, 0}, []float64{1e4, 0, -1e4, 0}, 0, 1), []float64{3, 4}},
		{"mean of no tokens", job{op.MaskedMean{}, []feed{given([]float64{1e30, 2, 3, 4}, 1, 2, 2), fixed([]float64{0, 0}, 1, 2)}}, []float64{0, 0}},
		{"sigmoid of ±1e4", job{op.Activate{Activation: op.Sigmoid}, []feed{given([]float64{1e4, -1e4}, 2)}}, []float64{1, 0}},
		{"tanh of ±1e4", job{op.Activate{Activation: op.Tanh}, []feed{given([]float64{1e4, -1e4}, 2)}}, []float64{1, -1}},
		{"GELU of ±1e4", job{op.Activate{Activation: op.GELU}, []feed{given([]float64{1e4, -1e4}, 2)}}, []float64{1e4, 0}},
		{"SiLU of ±1e4", job{op.Activate{Activation: op.SiLU}, []feed{given([]float64{1e4, -1e4}, 2)}}, []float64{1e4, 0}},
		{"average of certain scores", job{op.AverageScores{M: 2}, []feed{given([]float64{1e4, -1e4}, 1, 2), given([]float64{-1e4, 1e4}, 1, 2), present(1), present(1)}}, []float64{-ln2, -ln2}},
		{"softmax over absent inputs", job{op.PresentSoftmax{M: 2}, []feed{given([]float64{1e4}, 1, 1), given([]float64{-1e4}, 1, 1), present(0), present(0)}}, []float64{0, 0}},
		{"mean of absent inputs", job{op.PresentMean{M: 2}, []feed{given([]float64{9}, 1, 1), given([]float64{1e4}, 1, 1), given([]float64{-1e4}, 1, 1), present(0), present(0)}}, []float64{9}},
	}
	for _, c := range cases {
		t.Run("N5/"+c.name, func(t *testing.T) {
			p := c.job.ran(t)
			right(t, "in float32", c.want, p.Output("out"))
			for i, f := range c.job.in {
				if !f.fixed && f.ints == nil {
					for j, g := range p.InputGradient(inputName(i)) {
						if v := float64(g); math.IsNaN(v) || math.IsInf(v, 0) {
							t.Errorf("gradient %d of input %d is %v", j, i, g)
						}
					}
				}
			}
			right(t, "in float64", c.want, c.job.forward64(t))
		})
	}
	t.Logf("N5: %d cases", len(cases))
	if len(cases) < 20 {
		t.Errorf("%d cases, the list asks for 20", len(cases))
	}
}

func right[F float32 | float64](t *testing.T, what string, want []float64, got []F) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i, v := range got {
		if d := math.Abs(float64(v) - want[i]); !(d <= 1e-5*(1+math.Abs(want[i]))) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

// forward64 is what the float64 kernel makes of the job.
func (j job) forward64(t *testing.T) []float64 {
	t.Helper()
	in, out, _, _ := j.arrays()
	var in64 []op.Array[float64]
	for i, a := range in {
		b := op.Array[float64]{Shape: a.Shape, Int: a.Int}
		for k := range a.Data {
			b.Data = append(b.Data, j.in[i].floats[k])
		}
		in64 = append(in64, b)
	}
	y := op.Array[float64]{Shape: out.Shape, Data: make([]float64, max(1, len(out.Data)))}
	if err := j.spec.Float64().Forward(in64, y); err != nil {
		t.Fatal(err)
	}
	return y.Data
}
