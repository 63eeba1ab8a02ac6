package trainer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/trainer"
)

// The model that a run ends with has the weights of its best epoch, and gives
// the figures of that epoch again.
func TestModelOfTheBestEpoch(t *testing.T) {
	for _, monitor := range []string{"validation.loss", "validation.accuracy", "train.loss"} {
		r := everything()
		r.Monitor = monitor
		tr := r.trainer(t)
		o := finish(t, tr, false)
		best := o.History[o.Best-1]
		if !best.Best {
			t.Errorf("%s: epoch %d is the best, and its line does not say so", monitor, o.Best)
		}
		e, err := trainer.Evaluate(context.Background(), tr.Model, tr.Data, tr.Splits.Validation, trainer.EvalOptions{BatchSize: 4})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range best.Validation {
			if e.Values[i] != v {
				t.Errorf("%s: the best epoch had %v, the model has %v", monitor, v, e.Values[i])
			}
		}
	}
}

// A figure that is never a number chooses no epoch: the model is that of the
// last, with its running mean of the weights, and the result says so.
func TestMonitorThatIsNeverANumber(t *testing.T) {
	run := func(monitor string, resume bool) (*trainer.Trainer, *trainer.Result) {
		r := everything()
		r.Epochs, r.Monitor, r.EarlyStopping = 4, monitor, nil
		tr := r.trainer(t)
		tr.Splits.Validation = tr.Splits.Validation[:1] // of one class, which has no ROC curve
		result, err := tr.Run(context.Background(), false)
		if err == nil && resume {
			r := everything()
			r.Epochs, r.Monitor, r.EarlyStopping = 4, monitor, nil
			store := tr.Store
			tr = r.trainer(t)
			tr.Splits.Validation, tr.Store = tr.Splits.Validation[:1], store
			result, err = tr.Run(context.Background(), true)
		}
		if err != nil {
			t.Fatal(err)
		}
		return tr, result
	}
	for _, resume := range []bool{false, true} {
		tr, r := run("validation.roc_auc", resume)
		if !r.Unjudged || r.BestEpoch != 4 || r.BestStep != tr.Optimizer.Steps() || len(r.History) != 4 {
			t.Errorf("unjudged %v, best epoch %d at step %d of %d", r.Unjudged, r.BestEpoch, r.BestStep, tr.Optimizer.Steps())
		}
		e, err := trainer.Evaluate(context.Background(), tr.Model, tr.Data, tr.Splits.Validation, trainer.EvalOptions{BatchSize: 4})
		if err != nil {
			t.Fatal(err)
		}
		want, _ := r.History[3].Validation.Get("loss")
		if got, _ := e.Values.Get("loss"); got != want {
			t.Errorf("the model's loss is %v, that of the last epoch was %v", got, want)
		}
	}
	if _, r := run("validation.loss", false); r.Unjudged {
		t.Error("a run by its loss says that it has no figure")
	}
}

// Evaluation does not depend on batches and workers, but for the order of the
// last additions.
func TestEvaluateInAnyBatches(t *testing.T) {
	tr := everything().trainer(t)
	var first *trainer.Evaluation
	for _, o := range []trainer.EvalOptions{{BatchSize: 1, Keep: true}, {BatchSize: 4, Keep: true}, {BatchSize: 5, Workers: 3, Keep: true}, {Keep: true}} {
		e, err := trainer.Evaluate(context.Background(), tr.Model, tr.Data, tr.Splits.Train, o)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = e
			continue
		}
		for i, v := range e.Values {
			if d := v.Value - first.Values[i].Value; d > 1e-6 || d < -1e-6 {
				t.Errorf("%+v: %s is %v, %v in batches of one", o, v.Name, v.Value, first.Values[i].Value)
			}
		}
		for i, p := range e.Predictions {
			if d := p - first.Predictions[i]; d > 1e-5 || d < -1e-5 {
				t.Fatalf("%+v: prediction %d is %v, %v alone", o, i, p, first.Predictions[i])
			}
		}
	}
}

// Shares are told where they are asked for and the fusion knows them: of a mean,
// one over the number of inputs that the row has.
func TestEvaluateTellsShares(t *testing.T) {
	r := everything()
	r.late = true
	tr := r.trainer(t)
	e, err := trainer.Evaluate(context.Background(), tr.Model, tr.Data, tr.Splits.Train, trainer.EvalOptions{BatchSize: 4, Shares: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Shares) != 3 || e.Shares[0].Name != "caption" || e.Shares[1].Name != "facts" || e.Shares[2].Name != "picture" {
		t.Fatalf("the shares are %+v", e.Shares)
	}
	partly := 0
	for i := range tr.Splits.Train {
		n := 0
		for _, s := range e.Shares {
			if s.Weights[i] > 0 {
				n++
			}
		}
		for _, s := range e.Shares {
			if w := s.Weights[i]; w != 0 && w != 1/float32(n) {
				t.Errorf("row %d has %d inputs, and %s a share of %v", i, n, s.Name, w)
			}
		}
		if n < 3 {
			partly++
		}
	}
	if partly == 0 {
		t.Error("no row lacks an input")
	}
	for _, c := range []struct {
		r recipe
		o trainer.EvalOptions
	}{{r, trainer.EvalOptions{}}, {everything(), trainer.EvalOptions{Shares: true}}} {
		tr := c.r.trainer(t)
		if e, err := trainer.Evaluate(context.Background(), tr.Model, tr.Data, tr.Splits.Test, c.o); err != nil || e.Shares != nil {
			t.Errorf("late %v, asked %v: the shares are %v (%v)", c.r.late, c.o.Shares, e.Shares, err)
		}
	}
}

// F20: no matrix of rows and labels is kept unless it is asked for; who wants
// them all is given them batch by batch.
func TestF20_EvaluateGivesPredictionsByBatch(t *testing.T) {
	tr := everything().trainer(t)
	var seen []int
	var all []float32
	e, err := trainer.Evaluate(context.Background(), tr.Model, tr.Data, tr.Splits.Test, trainer.EvalOptions{
		BatchSize: 4,
		Each: func(rows []int, predictions []float32, answers data.Slot) error {
			if len(answers.Int) != len(rows) {
				t.Errorf("%d answers for %d rows", len(answers.Int), len(rows))
			}
			seen, all = append(seen, rows...), append(all, predictions...)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := trainer.Evaluate(context.Background(), tr.Model, tr.Data, tr.Splits.Test, trainer.EvalOptions{BatchSize: 4, Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	if e.Predictions != nil || !slices.Equal(seen, tr.Splits.Test) || !slices.Equal(all, kept.Predictions) {
		t.Errorf("kept %d numbers, saw rows %v of %v", len(e.Predictions), seen, tr.Splits.Test)
	}
}

// Predict needs no answers and gives what Evaluate gives.
func TestPredictEqualsEvaluate(t *testing.T) {
	tr := everything().trainer(t)
	e, err := trainer.Evaluate(context.Background(), tr.Model, tr.Data, tr.Splits.Test, trainer.EvalOptions{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err := trainer.Predict(context.Background(), tr.Model, tr.Data, tr.Splits.Test, trainer.EvalOptions{})
	if err != nil || !slices.Equal(p, e.Predictions) {
		t.Errorf("%v, want %v (%v)", p, e.Predictions, err)
	}
}

// Accumulating the gradients of batches gives the step of one large batch, but
// for the order of additions; there is no batch normalisation or dropout here.
func TestAccumulation(t *testing.T) {
	run := func(batch, accumulate int) []float32 {
		r := everything()
		r.Config = trainer.Config{Epochs: 2, BatchSize: batch, Accumulate: accumulate, Monitor: "train.loss", ClipNorm: 1}
		r.rate = 0.01
		r.plain = true
		return finish(t, r.trainer(t), false).Last
	}
	whole, parts := run(18, 1), run(4, 5)
	for i, w := range whole {
		if d := parts[i] - w; d > 2e-4 || d < -2e-4 {
			t.Fatalf("number %d is %v by parts, %v at once", i, parts[i], w)
		}
	}
}

func TestHooksTellTheRun(t *testing.T) {
	var steps, epochs, saved []int
	var start trainer.Start
	r := everything()
	r.Epochs = 3
	r.hooks = trainer.Hooks{
		Start: func(s trainer.Start) error { start = s; return nil },
		Step:  func(s trainer.Step) { steps = append(steps, s.Step) },
		Epoch: func(e trainer.Epoch) error { epochs = append(epochs, e.Step); return nil },
		Saved: func(step int) { saved = append(saved, step) },
	}
	tr := r.trainer(t)
	finish(t, tr, false)
	want := []int{3, 6, 9}
	if !slices.Equal(epochs, want) || !slices.Equal(saved, want) || len(steps) != 9 || steps[8] != 9 {
		t.Errorf("steps %v, epochs at %v, saved at %v", steps, epochs, saved)
	}
	if start.StepsPerEpoch != 3 || start.Rows["train"] != 18 || start.Parameters != len(tr.Model.Weights()) || start.Step != 0 {
		t.Errorf("started with %+v", start)
	}
}

// A hook's error ends the run, before its epoch is saved.
func TestHookError(t *testing.T) {
	r := everything()
	broken := errors.New("no space for a line")
	r.hooks.Epoch = func(e trainer.Epoch) error {
		if e.Epoch == 2 {
			return broken
		}
		return nil
	}
	if _, err := r.trainer(t).Run(context.Background(), false); !errors.Is(err, broken) {
		t.Errorf("the run ends with %v", err)
	}
	steps, err := (&checkpoints.Store{Dir: "run", FS: r.disk}).Steps()
	if err != nil || !slices.Equal(steps, []int{3}) {
		t.Errorf("checkpoints of steps %v, %v; want that of the first epoch", steps, err)
	}
}

// A run that is interrupted before it begins makes one step, and saves it; one
// without a store is interrupted all the same.
func TestInterruptedAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := everything()
	if _, err := r.trainer(t).Run(ctx, false); !errors.Is(err, trainer.ErrInterrupted) {
		t.Errorf("the run ends with %v", err)
	}
	if steps, err := (&checkpoints.Store{Dir: "run", FS: r.disk}).Steps(); err != nil || !slices.Equal(steps, []int{1}) {
		t.Errorf("checkpoints of steps %v, %v; want 1", steps, err)
	}
	r.change = func(tr *trainer.Trainer) { tr.Store = nil }
	if _, err := r.trainer(t).Run(ctx, false); !errors.Is(err, trainer.ErrInterrupted) {
		t.Errorf("without a store, the run ends with %v", err)
	}
}

// Old checkpoints go, the newest and that of the best epoch stay.
func TestOldCheckpointsArePruned(t *testing.T) {
	r := everything()
	o := finish(t, r.trainer(t), false)
	steps, err := (&checkpoints.Store{Dir: "run", FS: r.disk}).Steps()
	if err != nil {
		t.Fatal(err)
	}
	last := o.History[len(o.History)-1].Step
	if want := []int{o.History[o.Best-1].Step, last - 6, last - 3, last}; !slices.Equal(steps, want) {
		t.Errorf("checkpoints of steps %v, want %v", steps, want)
	}
}

func TestImpossibleRuns(t *testing.T) {
	for _, c := range []struct {
		change func(*trainer.Trainer)
		want   string
	}{
		{func(tr *trainer.Trainer) { tr.Splits.Train = nil }, "no training rows"},
		{func(tr *trainer.Trainer) { tr.Splits.Validation = nil }, "no validation rows"},
		{func(tr *trainer.Trainer) { tr.Config.Monitor = "test.loss" }, "training.monitor"},
		{func(tr *trainer.Trainer) { tr.Config.Monitor = "validation.mae" }, "validation.accuracy"},
	} {
		r := everything()
		r.change = c.change
		_, err := r.trainer(t).Run(context.Background(), false)
		var e *trainer.SetupError
		if !errors.As(err, &e) || e.ExitCode() != 2 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want exit code 2 and %q", err, c.want)
		}
	}
}
