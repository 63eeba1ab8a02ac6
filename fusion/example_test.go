package fusion_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
)

// A row that lacks a modality is fused as if that modality's vector were never
// there, whatever it holds.
func Example() {
	inputs := []fusion.Input{
		{Name: "picture", Shape: encoders.Shape{Tokens: 1, Dim: 2}},
		{Name: "caption", Shape: encoders.Shape{Tokens: 1, Dim: 3}},
	}
	concat, err := fusion.NewConcat(nn.NewScope(1).In("fusion"), fusion.Setting{Inputs: inputs}, fusion.ConcatConfig{Dim: 4, Hidden: []int{4}})
	if err != nil {
		panic(err)
	}
	p, err := nn.Build(nn.Options{Mode: nn.Eval}, func(g *nn.Graph) {
		modality := func(in fusion.Input) fusion.Modality {
			pooled, present := g.Input(in.Name, 1, in.Dim), g.Constant(in.Name+".present", 1, 1)
			return fusion.Modality{Name: in.Name, Present: present, Encoding: encoders.Encoding{
				Tokens: g.Reshape(pooled, 1, 1, in.Dim), Mask: present, Pooled: pooled,
			}}
		}
		g.Output("fused", concat.Fuse(g, []fusion.Modality{modality(inputs[0]), modality(inputs[1])}).Pooled)
	})
	if err != nil {
		panic(err)
	}
	run := func(caption, present float32) string {
		copy(p.Float("picture"), []float32{1, -1})
		copy(p.Float("picture.present"), []float32{1})
		copy(p.Float("caption"), []float32{caption, 1, -1})
		copy(p.Float("caption.present"), []float32{present})
		if err := p.Run(0); err != nil {
			panic(err)
		}
		return fmt.Sprint(p.Output("fused"))
	}
	fmt.Println("present:", run(5, 1) == run(-5, 1))
	fmt.Println("absent: ", run(5, 0) == run(-5, 0))
	// Output:
	// present: false
	// absent:  true
}
