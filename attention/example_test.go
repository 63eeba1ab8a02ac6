package attention_test

import (
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// What a masked token holds does not matter to the others.
func Example() {
	s := nn.NewScope(1)
	block, err := attention.NewSelf(s.In("block"), attention.Config{Dim: 4, Heads: 2, Activation: op.GELU})
	if err != nil {
		panic(err)
	}
	p, err := nn.Build(nn.Options{Mode: nn.Eval}, func(g *nn.Graph) {
		g.Output("y", block.Self(g, g.Input("x", 1, 3, 4), g.Constant("mask", 1, 3)))
	})
	if err != nil {
		panic(err)
	}
	run := func(last float32) []float32 {
		copy(p.Float("x"), []float32{1, 2, 3, 4, 4, 3, 2, 1, last, last, 0, 0})
		copy(p.Float("mask"), []float32{1, 1, 0})
		if err := p.Run(0); err != nil {
			panic(err)
		}
		return slices.Clone(p.Output("y")[:2*4]) // of the tokens that exist
	}
	fmt.Println(slices.Equal(run(0), run(1000)))

	_, err = attention.NewMultiHead(s.In("wide"), 10, 4, 0)
	fmt.Println(err)
	// Output:
	// true
	// wide: heads: must divide dim, which is 10, is 4
}
