package bundle_test

import (
	"context"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/trainer"
)

// rows is enough for a short last batch, and for every label in every split.
const rows = 30

// run is a config with the sample's table, fitted, and a new model.
type run struct {
	bundle.Bundle
	training *fit.Training
}

func newRun(t testing.TB, yaml string) *run {
	t.Helper()
	c, err := config.Parse("config.yaml", []byte(yaml), config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	d, err := fit.Read(ctx, c, fit.Rows{Table: sample.Table(rows), Images: sample.Source(sample.Images())})
	if err != nil {
		t.Fatal(err)
	}
	made, err := fit.New(ctx, c, d)
	if err != nil {
		t.Fatal(err)
	}
	return &run{Bundle: *made.Bundle, training: made}
}

// train trains the model, with checkpoints in store if there is one. It stops
// after a number of steps, if that is not 0.
func (r *run) train(t testing.TB, store *checkpoints.Store, resume bool, stop int) (*trainer.Result, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tr := r.training.Trainer
	tr.Hooks.Step = func(s trainer.Step) {
		if s.Step == stop {
			cancel()
		}
	}
	if tr.Store = store; store != nil {
		var err error
		if tr.Files, err = r.Files(); err != nil {
			t.Fatal(err)
		}
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
	b.ReadFiles(sample.Source(sample.Images()))
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
