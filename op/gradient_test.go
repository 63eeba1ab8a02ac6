package op_test

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// apply is a case of one operator over float inputs of the given shapes.
func apply(spec op.Spec, shapes ...[]int) nntest.Case {
	names := []string{"a", "b", "c", "d", "e"}
	return nntest.Case{Build: func(g *nn.Graph) []*gorgonia.Node {
		var in []*gorgonia.Node
		for i, s := range shapes {
			in = append(in, g.Input(names[i], s...))
		}
		return []*gorgonia.Node{g.Apply(spec, in...)}
	}}
}

// masked is attention with a key mask, whose first row has no key at all.
func masked(a op.Attention, b, tq, tk, d int) nntest.Case {
	mask := make([]float64, b*tk)
	for i := range mask {
		if i >= tk && i%3 != 1 {
			mask[i] = 1
		}
	}
	return nntest.Case{
		Floats: map[string][]float64{"mask": mask}, Skip: []string{"mask"},
		Build: func(g *nn.Graph) []*gorgonia.Node {
			q, k, v := g.Input("q", b, tq, d), g.Input("k", b, tk, d), g.Input("v", b, tk, d)
			return []*gorgonia.Node{g.Apply(a, q, k, v, g.Constant("mask", b, tk))}
		},
	}
}

func TestGradients(t *testing.T) {
	cases := map[string]nntest.Case{
		"linear":            apply(op.Linear{}, []int{5, 3}, []int{4, 3}, []int{4}),
		"linear no bias":    apply(op.Linear{}, []int{2, 3, 7}, []int{1, 7}),
		"linear vector":     apply(op.Linear{}, []int{3}, []int{4, 3}, []int{4}),
		"add":               apply(op.Add{}, []int{2, 3, 4}, []int{2, 3, 4}),
		"add last":          apply(op.Add{}, []int{2, 3, 4}, []int{4}),
		"add first":         apply(op.Add{}, []int{4}, []int{2, 3, 4}),
		"add middle":        apply(op.Add{}, []int{2, 1, 4}, []int{1, 3, 1}),
		"add rows":          apply(op.Add{}, []int{3, 4}, []int{3, 1}),
		"add scalar":        apply(op.Add{}, []int{3, 4}, []int{1}),
		"mul":               apply(op.Mul{}, []int{3, 4}, []int{3, 4}),
		"mul last":          apply(op.Mul{}, []int{2, 3, 4}, []int{4}),
		"mul rows":          apply(op.Mul{}, []int{2, 3, 4}, []int{2, 1, 1}),
		"mul middle":        apply(op.Mul{}, []int{2, 1, 4}, []int{1, 3, 1}),
		"mul both":          apply(op.Mul{}, []int{5, 1}, []int{1, 3}),
		"mul one":           apply(op.Mul{}, []int{1, 1}, []int{1}),
		"periodic":          apply(op.Periodic{}, []int{4, 3}, []int{3, 5}),
		"periodic one":      apply(op.Periodic{}, []int{1, 1}, []int{1, 1}),
		"grouped linear":    apply(op.GroupedLinear{}, []int{5, 3, 4}, []int{3, 2, 4}, []int{3, 2}),
		"grouped one":       apply(op.GroupedLinear{}, []int{2, 1, 1}, []int{1, 1, 1}, []int{1, 1}),
		"normal bins":       apply(op.NormalBins{K: 5}, []int{4, 3}),
		"normal bins 1":     apply(op.NormalBins{K: 1}, []int{4, 1}),
		"sum":               apply(op.Sum{}, []int{2, 3}, []int{2, 3}, []int{2, 3}),
		"scale":             apply(op.Scale{By: -2.5}, []int{2, 3}),
		"concat":            apply(op.Concat{Axis: 1}, []int{2, 3, 2}, []int{2, 1, 2}, []int{2, 4, 2}),
		"concat last":       apply(op.Concat{Axis: 1}, []int{3, 2}, []int{3, 5}),
		"slice":             apply(op.Slice{Axis: 1, From: 1, To: 3}, []int{2, 4, 3}),
		"slice first":       apply(op.Slice{Axis: 0, From: 1, To: 2}, []int{3, 2}),
		"expand":            apply(op.Expand{B: 3}, []int{2, 5}),
		"expand to one":     apply(op.Expand{B: 1}, []int{4}),
		"modulate channels": apply(op.Modulate{Axis: 1}, []int{2, 3, 2, 4}, []int{2, 3}, []int{2, 3}),
		"modulate tokens":   apply(op.Modulate{Axis: 2}, []int{2, 3, 4}, []int{2, 4}, []int{2, 4}),
		"modulate vectors":  apply(op.Modulate{Axis: 1}, []int{3, 5}, []int{3, 5}, []int{3, 5}),
		"modulate middle":   apply(op.Modulate{Axis: 2}, []int{2, 3, 4, 5}, []int{2, 4}, []int{2, 4}),
		"reshape":           apply(op.Reshape{Shape: []int{6, 2}}, []int{3, 4}),
		"transpose":         apply(op.Transpose{Perm: []int{1, 0}}, []int{3, 5}),
		"transpose 3":       apply(op.Transpose{Perm: []int{2, 0, 1}}, []int{2, 3, 4}),
		"attention":         apply(op.Attention{Heads: 2}, []int{2, 3, 4}, []int{2, 5, 4}, []int{2, 5, 4}),
		"attention one key": apply(op.Attention{Heads: 1}, []int{3, 1, 3}, []int{3, 1, 3}, []int{3, 1, 3}),
		"attention masked":  masked(op.Attention{Heads: 3}, 3, 2, 5, 6),
		"attention dropout": masked(op.Attention{Heads: 2, Dropout: 0.4, Key: rng.New(3), Clock: &op.Clock{}}, 2, 3, 4, 4),
	}
	for _, a := range []op.Activation{op.None, op.ReLU, op.GELU, op.GELUTanh, op.SiLU, op.Tanh, op.Sigmoid} {
		cases["activate "+a.String()] = apply(op.Activate{Activation: a}, []int{3, 5})
		cases["linear "+a.String()] = apply(op.Linear{Activation: a}, []int{2, 3, 4}, []int{5, 4}, []int{5})
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if worst := nntest.CheckGradients(t, c); worst > 1e-7 {
				t.Errorf("largest difference %.1e, want below 1e-7", worst)
			}
		})
	}
}
