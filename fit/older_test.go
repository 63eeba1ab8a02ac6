package fit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/trainer"
)

// A run from before a key of the config existed goes on as one that has its default; where the
// config gives the key another value, or the key has no default, it is refused and named.
func TestResumeFromBeforeAKey(t *testing.T) {
	ctx := context.Background()
	var x, side []string
	for i := range 60 {
		x, side = append(x, fmt.Sprint(i%11)), append(side, []string{"low", "high"}[i%11/6])
	}
	table, err := data.NewTable("rows.csv", data.Strings("x", x...), data.Strings("side", side...))
	if err != nil {
		t.Fatal(err)
	}
	const yaml = `
name: older
data: {path: rows.csv, split: {train: 0.6, validation: 0.2, test: 0.2}}
inputs: {facts: {type: tabular, numeric: [x], encoder: {type: mlp, hidden: [4]}}}
output: {type: binary, column: side}
training: {epochs: 2, batch_size: 8, schedule: {type: constant}}
`
	training := func(yaml string) *fit.Training {
		c, err := config.Parse("older.yaml", []byte(yaml), config.Builtin())
		if err != nil {
			t.Fatal(err)
		}
		d, err := fit.Read(ctx, c, fit.Rows{Table: table})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		run, err := fit.New(ctx, c, d)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	for _, c := range []struct {
		key, replace, by string
		goes             bool
	}{
		{key: "training.clip_norm", goes: true},
		{key: "inputs.facts.encoder.numeric_embedding", goes: true},
		{key: "training.optimizer.beta2", goes: true},
		{key: "training.clip_norm", replace: "batch_size: 8", by: "batch_size: 8, clip_norm: 2"},
		{key: "training.optimizer.beta2", replace: "schedule", by: "optimizer: {beta2: 0.99}, schedule"},
		{key: "output.column"},
		{key: "inputs.facts.encoder.hidden.0"},
	} {
		store := &checkpoints.Store{Dir: t.TempDir(), Version: "test"}
		older := training(yaml)
		if _, ok := older.Trainer.Identity[c.key]; !ok {
			t.Fatalf("no run has the key %s", c.key)
		}
		delete(older.Trainer.Identity, c.key)
		stopped, stop := context.WithCancel(ctx)
		if _, err := older.Run(stopped, fit.Options{Store: store, Hooks: trainer.Hooks{Epoch: func(trainer.Epoch) error { stop(); return nil }}}); !errors.Is(err, trainer.ErrInterrupted) {
			t.Fatal(err)
		}
		_, err := training(strings.Replace(yaml, c.replace, c.by, 1)).Run(ctx, fit.Options{Store: store, Resume: true})
		var changed *trainer.ChangedError
		switch {
		case c.goes && err != nil:
			t.Errorf("%s: %v", c.key, err)
		case !c.goes && (!errors.As(err, &changed) || !strings.Contains(err.Error(), c.key+": was absent")):
			t.Errorf("%s, %s: %v", c.key, c.by, err)
		}
	}
}
