package nn_test

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
)

// Every layer against finite differences, at odd sizes, with the number of its
// parameters.
func TestLayerGradients(t *testing.T) {
	type forward = func(g *nn.Graph) *gorgonia.Node
	ids := []int{1, 3, 0, 2, 4, 1}
	for name, c := range map[string]struct {
		make       func(s *nn.Scope) forward
		parameters int
		ints       []int
	}{
		"linear": {func(s *nn.Scope) forward {
			l := nn.NewLinear(s, 3, 5)
			return func(g *nn.Graph) *gorgonia.Node { return l.Forward(g, g.Input("x", 2, 1, 3)) }
		}, 3*5 + 5, nil},
		"linear without a bias": {func(s *nn.Scope) forward {
			l := nn.NewLinearNoBias(s, 1, 3)
			return func(g *nn.Graph) *gorgonia.Node { return l.Forward(g, g.Input("x", 5, 1)) }
		}, 3, nil},
		"mlp": {func(s *nn.Scope) forward {
			m := nn.NewMLP(s, op.SiLU, 0.3, 3, 5, 2)
			return func(g *nn.Graph) *gorgonia.Node { return m.Forward(g, g.Input("x", 4, 3)) }
		}, 3*5 + 5 + 5*2 + 2, nil},
		"convolution": {func(s *nn.Scope) forward {
			l := nn.NewConv2D(s, nn.ConvConfig{In: 2, Out: 4, Size: 3, Stride: 2, Padding: 1, Groups: 2, Bias: true})
			return func(g *nn.Graph) *gorgonia.Node { return l.Forward(g, g.Input("x", 2, 2, 5, 3)) }
		}, 4*1*9 + 4, nil},
		"convolution of a pixel": {func(s *nn.Scope) forward {
			l := nn.NewConv2D(s, nn.ConvConfig{In: 1, Out: 1, Size: 1})
			return func(g *nn.Graph) *gorgonia.Node { return l.Forward(g, g.Input("x", 1, 1, 1, 1)) }
		}, 1, nil},
		"layer norm": {func(s *nn.Scope) forward {
			l := nn.NewLayerNorm(s, 5)
			return func(g *nn.Graph) *gorgonia.Node { return l.Forward(g, g.Input("x", 2, 3, 5)) }
		}, 10, nil},
		"group norm": {func(s *nn.Scope) forward {
			l := nn.NewGroupNorm(s, 2, 6)
			return func(g *nn.Graph) *gorgonia.Node { return l.Forward(g, g.Input("x", 2, 6, 1, 3)) }
		}, 12, nil},
		"batch norm": {func(s *nn.Scope) forward {
			l := nn.NewBatchNorm2D(s, 3)
			return func(g *nn.Graph) *gorgonia.Node {
				return l.Forward(g, g.Input("x", 4, 3, 2, 1), g.Constant("rows", 4))
			}
		}, 6, nil},
		"embedding": {func(s *nn.Scope) forward {
			l := nn.NewEmbedding(s, 5, 3, -1, 1)
			return func(g *nn.Graph) *gorgonia.Node { return l.Forward(g, g.IntInput("ids", 2, 3)) }
		}, 15, ids},
		"embeddings": {func(s *nn.Scope) forward {
			l := nn.NewEmbeddings(s, []int{5, 4, 3}, 2, 1)
			return func(g *nn.Graph) *gorgonia.Node { return l.Forward(g, g.IntInput("ids", 2, 3)) }
		}, 24, []int{4, 3, 2, 0, 1, 0}},
		"embedding bag": {func(s *nn.Scope) forward {
			l := nn.NewEmbeddingBag(s, 5, 2, 1)
			return func(g *nn.Graph) *gorgonia.Node { return l.Forward(g, g.IntInput("ids", 1, 2, 3)) }
		}, 10, ids},
	} {
		t.Run(name, func(t *testing.T) {
			s := nn.NewScope(1)
			f := c.make(s.In("layer"))
			nntest.CheckCount(t, s, c.parameters)
			nntest.CheckGradients(t, nntest.Case{
				Build:  func(g *nn.Graph) []*gorgonia.Node { return []*gorgonia.Node{f(g)} },
				Floats: map[string][]float64{"rows": {1, 0, 1, 0.5}}, Ints: map[string][]int{"ids": c.ints}, Skip: []string{"rows"},
			})
		})
	}
}

// Padding's row is zero from the start and has no gradient.
func TestPaddingOfEmbedding(t *testing.T) {
	s := nn.NewScope(1)
	e := nn.NewEmbedding(s, 4, 3, 2, 1)
	s.Pack()
	p := nntest.Build(t, nn.Options{Mode: nn.Train}, func(g *nn.Graph) {
		y := e.Forward(g, g.IntInput("ids", 2))
		g.Output("y", y)
		g.Loss(nntest.Total(g, y))
	})
	copy(p.Int("ids"), []int{2, 1})
	nntest.Run(t, p, 0)
	for i := range 3 {
		if p.Output("y")[i] != 0 || p.Gradients()[2*3+i] != 0 || p.Gradients()[3+i] == 0 {
			t.Fatalf("padding is %v with the gradient %v", p.Output("y")[:3], p.Gradients())
		}
	}
}

// Running statistics change when a step is committed, not before, and are what
// evaluation normalises by.
func TestRunningStatistics(t *testing.T) {
	s := nn.NewScope(1)
	l := nn.NewBatchNorm2D(s, 1)
	s.Pack()
	build := func(mode nn.Mode) *nn.Program {
		p := nntest.Build(t, nn.Options{Mode: mode}, func(g *nn.Graph) {
			y := l.Forward(g, g.Input("x", 2, 1, 1, 2), g.Constant("rows", 2))
			g.Output("y", y)
			g.Loss(nntest.Total(g, y))
		})
		copy(p.Float("x"), []float32{1, 3, 5, 7})
		copy(p.Float("rows"), []float32{1, 1})
		return p
	}
	train := build(nn.Train)
	nntest.Run(t, train, 1)
	nntest.Equal(t, "before a commit", append(l.RunningMean.Data, l.RunningVar.Data...), []float32{0, 1})
	train.Commit()
	train.Commit() // the same step once
	nntest.Equal(t, "after a commit", append(l.RunningMean.Data, l.RunningVar.Data...), []float32{0.4, 0.9 + 0.1*20/3})
	eval := build(nn.Eval)
	nntest.Run(t, eval, 1)
	eval.Commit()
	nntest.Equal(t, "after an evaluation", l.RunningMean.Data, []float32{0.4})
	by := 1 / math.Sqrt(0.9+0.1*20/3.0+1e-5)
	for i, x := range []float64{1, 3, 5, 7} {
		nntest.Equal(t, "in evaluation", eval.Output("y")[i:i+1], []float32{float32((x - 0.4) * by)})
	}
}
