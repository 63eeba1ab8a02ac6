package trainer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/optim"
	"github.com/chiasm-ml/chiasm/rng"
)

// Hooks are told what happens. Any may be nil. They run on the goroutine of
// Run, which waits for them.
type Hooks struct {
	// Start is called once, before the first step. Its error ends the run.
	Start func(Start) error
	// Step is called after every update.
	Step func(Step)
	// Epoch is called after every epoch's evaluation. Its error ends the run.
	Epoch func(Epoch) error
	// Say is told what is worth a line of the log, such as what is kept of frozen
	// encoders.
	Say func(message string)
	// Saved is called between two updates, or at the end, when a checkpoint has
	// become durable.
	Saved func(step int)
}

// Start says what a run has before it.
type Start struct {
	Parameters    int
	Rows          map[string]int // by split
	StepsPerEpoch int
	Epoch, Step   int  // where it begins; after 0 in a resumed run
	Stopped       bool // early stopping ended the run before
	// OtherData says that the table is not the one of the epochs done.
	OtherData bool
}

// Step is one update.
type Step struct {
	Epoch        int // from 1
	Step         int // updates so far
	Done         int // batches of this epoch, of Batches
	Batches      int
	Rows         int // of this step
	Loss         float64
	Mean         float64 // of the epoch so far
	LearningRate float64
	Norm         float64 // of the gradient before clipping
}

// Epoch is one epoch's figures, a line of metrics.jsonl.
type Epoch struct {
	Epoch            int            `json:"epoch"`
	Step             int            `json:"step"`
	LearningRate     float64        `json:"learning_rate"`
	Train            metrics.Values `json:"train"`
	Validation       metrics.Values `json:"validation"`
	Best             bool           `json:"best"`
	Seconds          metrics.Number `json:"seconds"`
	SamplesPerSecond metrics.Number `json:"samples_per_second"`
}

// Result is how a run ended. The model then has the weights of the best epoch.
type Result struct {
	History   []Epoch
	BestEpoch int
	BestStep  int
	Stopped   bool // early
	// Unjudged says that the monitored figure was a number after no epoch, so
	// that the model is that of the last one.
	Unjudged bool
	Seconds  float64
	// SamplesPerSecond is over the steps alone, without evaluation.
	SamplesPerSecond float64
}

// ErrInterrupted is the error of a run whose context ended: it had finished
// its step and, given a Store, saved a checkpoint.
var ErrInterrupted = errors.New("interrupted")

// SetupError is a run that cannot be made with its config and splits.
type SetupError struct{ Message string }

func (e *SetupError) Error() string { return e.Message }

// ExitCode is 2.
func (e *SetupError) ExitCode() int { return 2 }

// Trainer is a run to be made.
type Trainer struct {
	Model     *model.Model
	Data      *data.Dataset
	Splits    *data.Splits
	Optimizer optim.Optimizer
	// Schedule makes the learning rates of a run of so many updates.
	Schedule func(base float64, steps int) (*optim.Schedule, error)
	Config   Config
	// Parts are trained in ways of their own; the optimizer's groups are set by
	// them. nil: all is trained as the optimizer says.
	Parts []Part
	// EncodingBytes bounds the memory for what frozen encoders make of rows, which
	// is then computed once and not in every epoch; 0 is 1 GiB, negative is none.
	EncodingBytes int64
	Seed          uint64
	// Store takes checkpoints: after each epoch, when interrupted, and as
	// Config.Checkpoint says; nil for none. It is written to by a goroutine of
	// Run's, which has ended when Run returns.
	Store *checkpoints.Store
	// Files go into every checkpoint beside the trainer's own, so that one is
	// usable alone.
	Files []checkpoints.File
	// Identity is what a resumed run must agree on, such as the config's keys and
	// the data's fingerprint.
	Identity map[string]string
	// Implied, if set, says whether a key of Identity has the value that it has unless the
	// config names it: a checkpoint from before there was such a key may then lack it.
	Implied func(key string) bool
	// AllowChanged names keys of Identity that may differ.
	AllowChanged []string
	Hooks        Hooks
	// Verify, if set, is asked whether a checkpoint is one that the run may go on
	// from, before anything of it is used.
	Verify func(c *checkpoints.Checkpoint) error

	loader   *data.Loader
	schedule *optim.Schedule
	state    state
	sum      []float32 // gradients accumulated
	average  []float32 // of the weights; nil without
	best     *snapshot
	// otherData says that a checkpoint was made on another table.
	otherData bool
	saver     *saver    // nil without Store
	dropout   []rng.Key // of modalities, by input
	// encodings are of frozen encoders, and encodedFor what was frozen when they
	// were made; nil if nothing is kept.
	encodings  *encodings
	encodedFor []string
	terms      terms         // of the loss
	pareto     *pareto       // nil: one gradient is descended
	losses     []string      // that operators add to it
	busy       time.Duration // in steps
	rows       int
}

// Run trains from the beginning, or, if resume is true, from the newest
// checkpoint of the Store; from the beginning too if none was ever written.
func (t *Trainer) Run(ctx context.Context, resume bool) (*Result, error) {
	if err := t.prepare(ctx, resume); err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := t.endSaving(t.epochs(ctx)); err != nil {
		return nil, err
	}
	r := &Result{History: t.state.History, BestEpoch: t.state.BestEpoch, BestStep: t.state.BestStep, Stopped: t.state.Stopped, Seconds: time.Since(begun).Seconds()}
	if t.best != nil {
		t.best.restore(t.Model)
	} else {
		t.useAverage() // the last epoch's, as it was evaluated
		r.Unjudged, r.BestEpoch, r.BestStep = true, t.state.Epoch, t.Optimizer.Steps()
	}
	if t.busy > 0 {
		r.SamplesPerSecond = float64(t.rows) / t.busy.Seconds()
	}
	return r, nil
}

// epochs trains until the last epoch, or until it is no longer worth it.
func (t *Trainer) epochs(ctx context.Context) error {
	for t.state.Epoch < t.Config.Epochs && !t.state.Stopped {
		if err := t.regroup(); err != nil {
			return err
		}
		if err := t.reencode(ctx); err != nil {
			if ctx.Err() != nil {
				return t.interrupted(ctx)
			}
			return err
		}
		if err := t.epoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Check reports a run that cannot be made, before anything is written for it.
func (t *Trainer) Check() error {
	if err := t.complete(); err != nil {
		return err
	}
	if len(t.Splits.Train) == 0 {
		return &SetupError{"there are no training rows; look at data.split"}
	}
	split, _, err := t.Config.monitored()
	if err != nil {
		return err
	}
	if split == "validation" && len(t.Splits.Validation) == 0 {
		return &SetupError{fmt.Sprintf("training.monitor is %q, but there are no validation rows; set it to train.loss, or split off some", t.Config.Monitor)}
	}
	if t.losses, err = t.Model.Losses(); err != nil {
		return err
	}
	if err := t.checkMonitor(); err != nil {
		return err
	}
	if err := checkCalibration(t.Model, t.Splits); err != nil {
		return err
	}
	if err := t.checkParts(); err != nil {
		return err
	}
	if _, err := t.Model.PriceOfTraining(min(t.Config.BatchSize, len(t.Splits.Train))); err != nil {
		return err
	}
	t.loader, err = data.NewLoader(t.Data, t.Splits.Train, data.LoaderOptions{
		BatchSize: t.Config.BatchSize, Shuffle: true, Augment: true, Weigh: true, Seed: t.Seed, Workers: t.Config.Workers,
	})
	if err != nil {
		return err
	}
	t.schedule, err = t.Schedule(t.Optimizer.LearningRate(), t.perEpoch()*t.Config.Epochs)
	return err
}

// checkMonitor reports a monitored figure that no epoch will have: a misspelt
// one, or a ranking of more labels than are ranked.
func (t *Trainer) checkMonitor() error {
	meter, err := newMeter(t.Model, t.Data)
	if err != nil {
		return err
	}
	_, err = t.monitored(meter.Result().Values, sums{}.values(t.Model.Head(), t.losses))
	return err
}

// monitored is the figure that chooses the best epoch.
func (t *Trainer) monitored(validation, train metrics.Values) (float64, error) {
	split, name, err := t.Config.monitored()
	if err != nil {
		return 0, err
	}
	values := validation
	if split == "train" {
		values = train
	}
	if v, ok := values.Get(name); ok {
		return v, nil
	}
	var names []string
	for _, x := range values {
		names = append(names, split+"."+x.Name)
	}
	return 0, &SetupError{fmt.Sprintf("training.monitor is %q, which is not measured; there are %s", t.Config.Monitor, strings.Join(names, ", "))}
}

// complete names what a Trainer that was put together by hand lacks.
func (t *Trainer) complete() error {
	for _, field := range []struct {
		name, from string
		missing    bool
	}{
		{"Model", "model.New or config.Config.NewModel makes one", t.Model == nil},
		{"Data", "data.NewDataset makes one", t.Data == nil},
		{"Splits", "data.Table.Split makes them", t.Splits == nil},
		{"Optimizer", "optim.NewAdamW makes one, for len(Model.Weights()) numbers and trainer.Groups(Model)", t.Optimizer == nil},
		{"Schedule", "it makes a schedule of a base rate and a number of updates, as optim.NewConstant does", t.Schedule == nil},
	} {
		if field.missing {
			return &SetupError{fmt.Sprintf("trainer: Trainer.%s is missing: %s", field.name, field.from)}
		}
	}
	switch c := t.Config; {
	case c.Epochs < 1, c.BatchSize < 1, c.Accumulate < 1:
		return &SetupError{fmt.Sprintf("trainer: Config has %d epochs, batches of %d and accumulates %d, each must be 1 or more", c.Epochs, c.BatchSize, c.Accumulate)}
	}
	return nil
}

// perEpoch is the number of updates in an epoch.
func (t *Trainer) perEpoch() int {
	return (t.loader.Len() + t.Config.Accumulate - 1) / t.Config.Accumulate
}

func (t *Trainer) prepare(ctx context.Context, resume bool) error {
	if err := t.Check(); err != nil {
		return err
	}
	t.dropout = modalityKeys(t.Seed, t.Model.InputNames())
	t.sum = make([]float32, len(t.Model.Weights()))
	var err error
	if t.terms, err = newTerms(t); err != nil {
		return err
	}
	t.pareto = newPareto(t.Model, t.Config.Accumulate)
	if t.Config.Average > 0 {
		t.average = slices.Clone(t.Model.Weights())
	}
	if t.Store != nil {
		t.saver = newSaver(t)
	}
	if resume && t.Store != nil {
		if err := t.load(ctx); err != nil && !errors.Is(err, checkpoints.ErrNone) {
			return err
		}
	}
	if f := t.Hooks.Start; f != nil {
		return f(Start{
			Parameters: len(t.Model.Weights()), StepsPerEpoch: t.perEpoch(), Epoch: t.state.Epoch, Step: t.Optimizer.Steps(), Stopped: t.state.Stopped, OtherData: t.otherData,
			Rows: map[string]int{"train": len(t.Splits.Train), "validation": len(t.Splits.Validation), "test": len(t.Splits.Test)},
		})
	}
	return nil
}

// epoch trains what is left of the current epoch, evaluates and saves.
func (t *Trainer) epoch(ctx context.Context) error {
	started, before := time.Now(), t.busy
	rows := t.rows
	var group []*pending
	// The loader is not interrupted: a run is saved between updates only.
	for b, err := range t.loader.Epoch(context.WithoutCancel(ctx), t.state.Epoch, t.state.Batch) {
		if err != nil {
			return err
		}
		begun := time.Now()
		done, err := t.batch(b, &group)
		if err != nil {
			return err
		}
		t.busy += time.Since(begun)
		t.rows += b.Size()
		if !done {
			continue
		}
		if ctx.Err() != nil {
			return t.interrupted(ctx)
		}
		if err := t.between(ctx); err != nil {
			return err
		}
	}
	return t.finish(ctx, started, t.busy-before, t.rows-rows)
}

// interrupted saves and tells that the run was interrupted.
func (t *Trainer) interrupted(ctx context.Context) error {
	if err := t.save(ctx); err != nil {
		return err
	}
	if err := t.hear(true); err != nil {
		return err
	}
	return ErrInterrupted
}

// finish evaluates an epoch, keeps its weights if they are the best, decides
// whether to stop, and saves.
func (t *Trainer) finish(ctx context.Context, started time.Time, busy time.Duration, rows int) error {
	restore := t.useAverage()
	e := Epoch{Epoch: t.state.Epoch + 1, Step: t.Optimizer.Steps(), LearningRate: t.schedule.LR(t.Optimizer.Steps() - 1), Train: t.state.Sums.values(t.Model.Head(), t.losses)}
	if len(t.Splits.Validation) > 0 {
		ev, err := Evaluate(ctx, t.Model, t.Data, t.Splits.Validation, t.evalOptions())
		if ctx.Err() != nil {
			restore()
			return t.interrupted(ctx) // the resumed run evaluates again
		}
		if err != nil {
			return err
		}
		e.Validation = ev.Values
	}
	failpoint.Here("epoch", "evaluated")
	if err := t.judge(&e); err != nil {
		return err
	}
	if e.Best {
		t.best = t.snapshot()
	}
	restore()
	e.Seconds = metrics.Number(time.Since(started).Seconds())
	e.SamplesPerSecond = metrics.Number(float64(rows) / busy.Seconds())
	t.state.History = append(t.state.History, e)
	t.state.Epoch, t.state.Batch, t.state.Sums = t.state.Epoch+1, 0, sums{}
	if t.Hooks.Epoch != nil {
		if err := t.Hooks.Epoch(e); err != nil {
			return err
		}
	}
	failpoint.Here("epoch", "told")
	if ctx.Err() != nil {
		return t.interrupted(ctx)
	}
	return t.save(ctx)
}

// judge compares the monitored figure with the best so far. What is not a
// finite number is never the best, and is waited for like any other epoch
// without improvement.
func (t *Trainer) judge(e *Epoch) error {
	v, err := t.monitored(e.Validation, e.Train)
	if err != nil {
		return err
	}
	stop := t.Config.EarlyStopping
	least := 0.0
	if stop != nil {
		least = stop.MinDelta
	}
	finite := !math.IsNaN(v) && !math.IsInf(v, 0)
	if finite && (t.state.Best == nil || improves(t.Config.metric(), v, *t.state.Best, least)) {
		e.Best = true
		t.state.Best, t.state.BestEpoch, t.state.BestStep, t.state.Waited = &v, e.Epoch, e.Step, 0
		return nil
	}
	t.state.Waited++
	t.state.Stopped = stop != nil && t.state.Waited >= stop.Patience
	return nil
}

func (t *Trainer) evalOptions() EvalOptions {
	return EvalOptions{training: true, BatchSize: t.Config.BatchSize, Workers: t.Config.Workers, encodings: t.encodings}
}
