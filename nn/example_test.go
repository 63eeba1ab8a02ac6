package nn_test

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// A line is found by gradient descent: y = 2a - b + 0.5.
func Example() {
	s := nn.NewScope(1)
	line := nn.NewLinear(s.In("line"), 2, 1)
	weights := s.Pack() // of all modules, in one slice

	p, err := nn.Build(nn.Options{Mode: nn.Train}, func(g *nn.Graph) {
		x, y, rows := g.Input("x", 4, 2), g.Constant("y", 4, 1), g.Constant("rows", 4)
		g.Loss(g.Apply(op.MSE{}, line.Forward(g, x), y, rows))
	})
	if err != nil {
		panic(err)
	}
	copy(p.Float("x"), []float32{0, 0, 0, 1, 1, 0, 1, 1})
	copy(p.Float("y"), []float32{0.5, -0.5, 2.5, 1.5})
	copy(p.Float("rows"), []float32{1, 1, 1, 1})
	for step := range 500 {
		if err := p.Run(step); err != nil {
			panic(err)
		}
		for i, d := range p.Gradients() {
			weights[i] -= 0.2 * d
		}
	}
	for _, param := range s.Params() {
		fmt.Printf("%s %v %.2f\n", param.Name, param.Shape, param.Data)
	}
	// Output:
	// line.weight [1 2] [2.00 -1.00]
	// line.bias [1] [0.50]
}

// residual is a module: parameters made in the scope it is given, and nodes
// added to any graph.
type residual struct {
	norm  *nn.LayerNorm
	inner *nn.MLP
}

func newResidual(s *nn.Scope, d int) *residual {
	return &residual{norm: nn.NewLayerNorm(s.In("norm"), d), inner: nn.NewMLP(s.In("inner"), op.GELU, 0.1, d, 4*d, d)}
}

// Forward maps (..., D) to the same.
func (r *residual) Forward(g *nn.Graph, x *gorgonia.Node) *gorgonia.Node {
	return g.Add(x, r.inner.Forward(g, r.norm.Forward(g, x)))
}

// Shapes that do not fit are found when a graph is built, and the error names
// the module.
func ExampleBuild() {
	block := newResidual(nn.NewScope(1).In("encoder").In("block0"), 8)
	build := func(width int) error {
		_, err := nn.Build(nn.Options{Mode: nn.Eval}, func(g *nn.Graph) {
			g.Output("y", block.Forward(g, g.Input("x", 2, 3, width)))
		})
		return err
	}
	fmt.Println(build(8))
	fmt.Println(build(7))
	// Output:
	// <nil>
	// encoder.block0.norm: layer_norm: x (2, 3, 7) with gamma (8) and beta (8): want x (..., D), gamma (D), beta (D)
}
