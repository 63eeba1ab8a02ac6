package bundle_test

import (
	"context"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/trainer"
)

// rows is enough for a short last batch, and for every label in every split.
const rows = 30

// run is a config with the sample's table, fitted, and a new model.
type run struct {
	bundle.Bundle
	splits  *data.Splits
	dataset *data.Dataset
}

func newRun(t testing.TB, yaml string) *run {
	t.Helper()
	c, err := config.Parse("config.yaml", []byte(yaml), config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	r := &run{Bundle: bundle.Bundle{Config: c}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, table := context.Background(), sample.Table(rows)
	r.Inputs, err = c.NewInputs(sample.Source(sample.Images()))
	must(err)
	r.Target, err = c.NewTarget()
	must(err)
	r.splits, err = c.Data.Split.Split(table, c.Seed)
	must(err)
	must(data.Fit(ctx, table, r.splits, r.Inputs, r.Target, nil))
	r.dataset, err = data.NewDataset(table, r.Inputs, r.Target, data.DatasetOptions{})
	must(err)
	r.Model, err = c.NewModel(r.Inputs, r.Target, len(r.splits.Train))
	must(err)
	return r
}

// train trains the model, with checkpoints in store if there is one. It stops
// after a number of steps, if that is not 0.
func (r *run) train(t testing.TB, store *checkpoints.Store, resume bool, stop int) (*trainer.Result, error) {
	t.Helper()
	optimizer, err := r.Config.NewOptimizer(r.Model)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tr := &trainer.Trainer{
		Model: r.Model, Data: r.dataset, Splits: r.splits, Optimizer: optimizer, Schedule: r.Config.NewSchedule,
		Config: r.Config.Training.Config, Seed: r.Config.Seed, Store: store,
		Hooks: trainer.Hooks{Step: func(s trainer.Step) {
			if s.Step == stop {
				cancel()
			}
		}},
	}
	return tr.Run(ctx, resume)
}

// predict predicts all rows.
func (r *run) predict(t testing.TB) []float32 {
	t.Helper()
	return predictions(t, &r.Bundle)
}

func predictions(t testing.TB, b *bundle.Bundle) []float32 {
	t.Helper()
	b.ReadImages(sample.Source(sample.Images()))
	d, err := data.NewDataset(sample.Table(rows), b.Inputs, nil, data.DatasetOptions{WithoutTarget: true})
	if err != nil {
		t.Fatal(err)
	}
	all := make([]int, rows)
	for i := range all {
		all[i] = i
	}
	p, err := trainer.Predict(context.Background(), b.Model, d, all, trainer.EvalOptions{BatchSize: 7})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
