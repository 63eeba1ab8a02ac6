// Command direct joins a model in Go, without a config file: a table in memory,
// the custom input, encoder and fusion, a training, and a prediction.
//
//	go run ./direct
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"example.com/custom/highway"
	"example.com/custom/pumps"
	"example.com/custom/signal"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
	"github.com/chiasm-ml/chiasm/trainer"
)

const seed = 1

func main() {
	log.SetFlags(0)
	accuracy, err := train(context.Background(), 30)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(os.Stdout, "accuracy on rows that it has not seen: %.3f\n", accuracy)
}

// train trains a model for a number of epochs and gives its accuracy on the
// test rows.
func train(ctx context.Context, epochs int) (float64, error) {
	table, err := pumps.Table(400, seed)
	if err != nil {
		return 0, err
	}
	splits, err := data.SplitConfig{Train: 0.6, Validation: 0.2, Test: 0.2}.Split(table, seed)
	if err != nil {
		return 0, err
	}
	inputs, target, err := read(ctx, table, splits)
	if err != nil {
		return 0, err
	}
	dataset, err := data.NewDataset(table, inputs, target, data.DatasetOptions{})
	if err != nil {
		return 0, err
	}
	m, err := build(inputs)
	if err != nil {
		return 0, err
	}
	adamw := config.Defaults[optim.AdamWConfig]()
	adamw.LearningRate = 5e-3
	optimizer, err := optim.NewAdamW(len(m.Weights()), trainer.Groups(m), adamw)
	if err != nil {
		return 0, err
	}
	t := &trainer.Trainer{
		Model: m, Data: dataset, Splits: splits, Optimizer: optimizer, Seed: seed,
		Schedule: func(base float64, steps int) (*optim.Schedule, error) {
			return optim.NewCosine(base, steps, optim.CosineConfig{})
		},
		Config: config.Defaults[trainer.Config](),
		Hooks: trainer.Hooks{Epoch: func(e trainer.Epoch) error {
			if loss, ok := e.Validation.Get("loss"); ok && e.Epoch%10 == 0 {
				log.Printf("epoch %d: validation loss %.3f", e.Epoch, loss)
			}
			return nil
		}},
	}
	t.Config.Epochs, t.Config.BatchSize = epochs, 16
	if _, err := t.Run(ctx, false); err != nil {
		return 0, err
	}
	result, err := trainer.Evaluate(ctx, m, dataset, splits.Test, trainer.EvalOptions{})
	if err != nil {
		return 0, err
	}
	accuracy, _ := result.Values.Get("accuracy")
	return accuracy, nil
}

// read makes the preprocessors and fits them to the training rows.
func read(ctx context.Context, t *data.Table, s *data.Splits) ([]data.Input, data.Target, error) {
	series, err := signal.New(signal.Options{Column: "vibration", Length: pumps.Readings, Missing: data.MissingError})
	if err != nil {
		return nil, nil, err
	}
	columns := config.Defaults[tabular.Options]()
	columns.Numeric, columns.Categorical = []string{"age"}, []string{"kind"}
	facts, err := tabular.New(columns)
	if err != nil {
		return nil, nil, err
	}
	target, err := data.NewTarget(data.TargetConfig{Type: data.Binary, Column: "state", Positive: "worn"})
	if err != nil {
		return nil, nil, err
	}
	inputs := []data.Input{{Name: "vibration", Preprocessor: series}, {Name: "facts", Preprocessor: facts}}
	return inputs, target, data.Fit(ctx, t, s, inputs, target, nil)
}

// build joins the model. A constructor is given the scope of its parameters,
// and what its module stands between.
func build(inputs []data.Input) (*model.Model, error) {
	mlp := config.Defaults[encoders.MLPConfig]()
	mlp.Hidden = []int{16}
	return model.New(model.Config{
		Seed: seed,
		Inputs: []model.Input{
			{Name: inputs[0].Name, Features: inputs[0].Features(), Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
				return signal.NewCNN(s, in, signal.CNNConfig{Channels: []int{16, 16}, Kernel: 5, Dropout: 0.1})
			}},
			{Name: inputs[1].Name, Features: inputs[1].Features(), Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
				return encoders.NewMLP(s, in, mlp)
			}},
		},
		Fusion: &fusion.Node{
			Type: "highway",
			Of:   []fusion.Branch{{Input: "vibration"}, {Input: "facts"}},
			New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
				return highway.New(s, set, highway.Config{Dim: 32, Layers: 2, Carry: -1})
			},
		},
		Head: head.Binary{},
	})
}
