package encoders_test

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
)

// An encoder is made for the features of its input, and built into graphs of
// any batch size.
func Example() {
	s := nn.NewScope(1)
	in := encoders.Input{Name: "picture", Features: []data.Feature{{Name: "pixels", Shape: []int{3, 32, 32}}}, Attended: true}
	cnn, err := encoders.NewCNN(s.In("picture"), in, encoders.CNNConfig{
		Channels: []int{8, 16}, Blocks: 1, Kernel: 3, Norm: "batch", Activation: "relu", Pool: "max", Positions: "none",
	})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%+v\n", cnn.Shape())

	_, err = nn.Build(nn.Options{Mode: nn.Eval}, func(g *nn.Graph) {
		e := cnn.Encode(g, encoders.Given{
			Features: []*gorgonia.Node{g.Input("pixels", 5, 3, 32, 32)}, Present: g.Constant("present", 5, 1),
		})
		fmt.Println(e.Tokens.Shape(), e.Mask.Shape(), e.Pooled.Shape())
		g.Output("pooled", e.Pooled)
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// {Tokens:64 Dim:16 Members:0}
	// (5, 64, 16) (5, 64) (5, 16)
}
