package trainer_test

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
	"github.com/chiasm-ml/chiasm/trainer"
)

// line is a table in which y is 3x - 1.
func line(rows int) *data.Table {
	var x, y []string
	for i := range rows {
		x = append(x, fmt.Sprint(i%11))
		y = append(y, fmt.Sprint(3*(i%11)-1))
	}
	t, err := data.NewTable("line", data.Strings("x", x...), data.Strings("y", y...))
	check(err)
	return t
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func Example() {
	ctx := context.Background()
	table := line(110)
	splits, err := data.SplitConfig{}.WithDefaults().Split(table, 1)
	check(err)
	columns := config.Defaults[tabular.Options]()
	columns.Numeric = []string{"x"}
	facts, err := tabular.New(columns)
	check(err)
	target, err := data.NewTarget(data.TargetConfig{Type: data.Regression, Column: "y"})
	check(err)
	inputs := []data.Input{{Name: "facts", Preprocessor: facts}}
	check(data.Fit(ctx, table, splits, inputs, target, nil))
	dataset, err := data.NewDataset(table, inputs, target, data.DatasetOptions{})
	check(err)

	m, err := model.New(model.Config{
		Seed: 1,
		Inputs: []model.Input{{Name: "facts", Features: facts.Features(), Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			c := config.Defaults[encoders.MLPConfig]()
			c.Hidden, c.Dropout = []int{16}, 0
			return encoders.NewMLP(s, in, c)
		}}},
		Head: head.Regression{},
	})
	check(err)
	adamw := config.Defaults[optim.AdamWConfig]()
	adamw.LearningRate = 0.02
	optimizer, err := optim.NewAdamW(len(m.Weights()), trainer.Groups(m), adamw)
	check(err)
	t := &trainer.Trainer{
		Model: m, Data: dataset, Splits: splits, Optimizer: optimizer, Seed: 1, Config: config.Defaults[trainer.Config](),
		Schedule: func(base float64, steps int) (*optim.Schedule, error) {
			return optim.NewCosine(base, steps, optim.CosineConfig{})
		},
		Hooks: trainer.Hooks{Start: func(s trainer.Start) error {
			_, err := fmt.Println(s.Parameters, "parameters,", s.Rows["train"], "rows")
			return err
		}},
	}
	t.Config.Epochs = 60
	_, err = t.Run(ctx, false)
	check(err)
	e, err := trainer.Evaluate(ctx, m, dataset, splits.Test, trainer.EvalOptions{})
	check(err)
	mae, _ := e.Values.Get("mae")
	fmt.Println("off by less than 0.5:", mae < 0.5)
	// Output:
	// 49 parameters, 88 rows
	// off by less than 0.5: true
}
