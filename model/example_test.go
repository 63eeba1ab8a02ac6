package model_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// A model is joined from constructors; its parameters exist before any graph,
// and a program is built for each mode and batch size that is asked for.
func Example() {
	numbers := func(name string, n int) model.Input {
		return model.Input{
			Name: name, Features: []data.Feature{{Name: "numeric", Shape: []int{n}}},
			Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
				c := config.Defaults[encoders.MLPConfig]()
				c.Hidden = []int{8}
				return encoders.NewMLP(s, in, c)
			},
		}
	}
	m, err := model.New(model.Config{
		Seed:   1,
		Inputs: []model.Input{numbers("weather", 3), numbers("traffic", 2)},
		Fusion: &fusion.Node{
			Type: "concat", Of: []fusion.Branch{{Input: "weather"}, {Input: "traffic"}},
			New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
				return fusion.NewConcat(s, set, fusion.ConcatConfig{Dim: 4, Hidden: []int{6}})
			},
		},
		Head: head.Multiclass{Labels: 3},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Tree(), len(m.Weights()), m.Params()[0].Name)
	for _, rows := range []int{32, 5} {
		p, err := m.Program(nn.Eval, rows, false)
		if err != nil {
			panic(err)
		}
		if err := p.Run(0); err != nil {
			panic(err)
		}
		fmt.Println(len(p.Output("predictions")))
	}
	// Output:
	// concat(weather, traffic) 227 encoders.weather.mlp.0.weight
	// 96
	// 15
}
