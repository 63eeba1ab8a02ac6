package transfer_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/transfer"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// An encoder begins from weights that another program wrote under other names;
// what is behind it begins by chance.
func Example() {
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "theirs.safetensors")
	theirs := []checkpoints.Tensor{
		{Name: "body.mlp.0.weight", Shape: []int{2, 3}, F32: []float32{1, 2, 3, 4, 5, 6}},
		{Name: "body.mlp.0.bias", Shape: []int{2}, F32: []float32{7, 8}},
		{Name: "pooler.weight", Shape: []int{1}, F32: []float32{9}},
	}
	if err := checkpoints.WriteFileAtomic(path, checkpoints.Tensors(theirs, nil)); err != nil {
		panic(err)
	}

	m, err := model.New(model.Config{
		Seed: 1,
		Inputs: []model.Input{{
			Name: "facts", Features: []data.Feature{{Name: "numeric", Shape: []int{3}}},
			Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
				c := config.Defaults[encoders.MLPConfig]()
				c.Hidden = []int{2}
				return encoders.NewMLP(s, in, c)
			},
		}},
		Head: head.Regression{},
	})
	if err != nil {
		panic(err)
	}
	source, err := transfer.Open(context.Background(), path, config.Inference(), nil)
	if err != nil {
		panic(err)
	}
	account, err := source.Into(m, transfer.Options{Map: map[string]string{"encoders.facts": "body"}})
	if err != nil {
		panic(err)
	}
	fmt.Println(account.Taken, account.LeftOver)
	for _, r := range account.Random {
		fmt.Println(r.Name, "is new:", r.Why)
	}
	fmt.Println(m.Weights()[:8])
	// Output:
	// [encoders.facts.mlp.0.weight encoders.facts.mlp.0.bias] [pooler.weight]
	// head.weight is new: the source has no "head.weight"
	// head.bias is new: the source has no "head.bias"
	// [1 2 3 4 5 6 7 8]
}
