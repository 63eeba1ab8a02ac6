package op_test

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// The mean of the embeddings of a text's words, padding left out.
func Example() {
	p, err := nn.Build(nn.Options{Mode: nn.Eval}, func(g *nn.Graph) {
		table, ids, mask := g.Input("table", 4, 2), g.IntInput("ids", 1, 3), g.Constant("mask", 1, 3)
		words := g.Apply(op.Embedding{PadIndex: 0}, table, ids) // (1, 3, 2)
		g.Output("text", g.Apply(op.MaskedMean{}, words, mask)) // (1, 2)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	copy(p.Float("table"), []float32{0, 0, 1, 10, 2, 20, 3, 30})
	copy(p.Int("ids"), []int{1, 3, 0})
	copy(p.Float("mask"), []float32{1, 1, 0})
	if err := p.Run(0); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Output("text"))
	// Output: [2 20]
}

// Operators work in any Gorgonia graph, with Gorgonia's gradients and machines.
func ExampleApply() {
	g := gorgonia.NewGraph()
	node := func(name string, data []float32, shape ...int) *gorgonia.Node {
		v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
		return gorgonia.NewTensor(g, tensor.Float32, len(shape), gorgonia.WithName(name), gorgonia.WithValue(v))
	}
	x := node("x", []float32{1, 2, 3, 4}, 2, 2)
	target := node("target", []float32{1, 2, 3, 0}, 2, 2)
	rows := node("rows", []float32{1, 1}, 2)
	site := op.Site{Path: "example", Need: []bool{true, false, false}}
	loss, err := op.Apply[float32](op.MSE{}, site, x, target, rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	var value gorgonia.Value
	gorgonia.Read(loss, &value)
	grads, err := gorgonia.Grad(loss, x)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := gorgonia.NewTapeMachine(g)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(value, grads[0].Value().Data())
	// Output: 4 [0 0 0 2]
}
