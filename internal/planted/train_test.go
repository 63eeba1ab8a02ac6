package planted_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/planted"
	"github.com/chiasm-ml/chiasm/trainer"
)

// training is how one model is trained: alike for all fusions of a kind.
type training struct {
	rows, epochs int
	rate         float64
	encoder      string
	missing      float64
}

// score trains a model on a kind of data and measures it on the test rows:
// accuracy, or R². fusion is a config in flow style, or empty for one input only.
func score(t testing.TB, k planted.Kind, fusion, only string, o training) float64 {
	t.Helper()
	text := k.YAML(o.encoder, only)
	if fusion != "" {
		text += "fusion: " + fusion + "\n"
	}
	text = fmt.Sprintf(`name: planted
seed: 1
data: {path: %s.csv, split: {column: %s}}
training: {epochs: %d, batch_size: 64, optimizer: {type: adamw, learning_rate: %g, weight_decay: 0.01}, schedule: {type: cosine, warmup: 0.05}}
`, k.Name, planted.Split, o.epochs, o.rate) + text
	c, err := config.Parse("planted.yaml", []byte(text), config.Builtin())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	fatal := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s, %s: %v", k.Name, fusion, err)
		}
	}
	ctx, table := context.Background(), k.Table(planted.Options{Rows: o.rows, Seed: 1, Missing: o.missing})
	in, err := c.NewInputs(nil)
	fatal(err)
	target, err := c.NewTarget()
	fatal(err)
	splits, err := c.Data.Split.Split(table, 1)
	fatal(err)
	fatal(data.Fit(ctx, table, splits, in, target, nil))
	d, err := data.NewDataset(table, in, target, data.DatasetOptions{})
	fatal(err)
	m, err := c.NewModel(in, target, len(splits.Train))
	fatal(err)
	opt, err := c.NewOptimizer(m)
	fatal(err)
	tr := &trainer.Trainer{Model: m, Data: d, Splits: splits, Optimizer: opt, Schedule: c.NewSchedule, Config: c.Training.Config, Seed: c.Seed}
	_, err = tr.Run(ctx, false)
	fatal(err)
	e, err := trainer.Evaluate(ctx, m, d, splits.Test, trainer.EvalOptions{BatchSize: 256})
	fatal(err)
	name := "accuracy"
	if k.Labels == 0 {
		name = "r2"
	}
	v, ok := e.Values.Get(name)
	if !ok {
		t.Fatalf("%s: there is no %s among %v", k.Name, name, e.Values)
	}
	return v
}
