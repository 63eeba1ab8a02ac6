package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/trainer"
	"github.com/chiasm-ml/chiasm/trainer/metrics"
)

// Streams are where a command writes: results to Out, all else to Err.
type Streams struct {
	Out, Err io.Writer
	JSON     bool // results as JSON
}

// TrainOptions are the flags of train.
type TrainOptions struct {
	Config        string
	Sets          []string
	Only          []string // inputs to keep; empty: all
	Output        string
	Resume, Force bool
	FailOnLeak    bool // refuse splits that share content
	AllowChanged  []string
	Registry      *config.Registry // nil: config.Builtin()
}

// Result is result.json.
type Result struct {
	BestEpoch        int            `json:"best_epoch"`
	Epochs           int            `json:"epochs"`
	Parameters       int            `json:"parameters"`
	Seed             uint64         `json:"seed"`
	Monitor          string         `json:"monitor"`
	Train            metrics.Values `json:"train"`
	Validation       metrics.Values `json:"validation,omitempty"`
	Test             metrics.Values `json:"test,omitempty"`
	Seconds          metrics.Number `json:"seconds"`
	SamplesPerSecond metrics.Number `json:"samples_per_second"`
	Calibration      *Calibration   `json:"calibration,omitempty"`
	Parts            []PartResult   `json:"parts,omitempty"` // of separate training, which has no best_epoch of its own
	Version          string         `json:"version"`
}

// training is one run of train under way.
type training struct {
	options TrainOptions
	streams Streams
	config  *config.Config
	data    *prepared
	bundle  *bundle.Bundle
	run     *runFolder
	trainer *trainer.Trainer
	bar     *progress
	started time.Time
	watch   func(trainer.Step) // told of steps instead of a bar; may be nil
	// unstudied leaves out of the report what the model does without some inputs.
	unstudied bool

	// Of a run whose parts are trained separately: how they ended, and whether the
	// first has begun. Of a part: its whole, its name, and how it ended.
	parts []PartResult
	begun bool
	whole *training
	part  string
	ended *trainer.Result

	// What finish measured.
	result      Result
	evaluations map[string]*trainer.Evaluation // by split
}

// Train trains the model of a config, into a run folder.
func Train(ctx context.Context, o TrainOptions, s Streams) error {
	if o.Registry == nil {
		o.Registry = config.Builtin()
	}
	t := &training{options: o, streams: s, started: time.Now()}
	var err error
	if t.config, err = config.Load(o.Config, o.Registry, o.Sets...); err != nil {
		return err
	}
	if len(o.Only) > 0 {
		if err := t.config.Restrict(o.Only...); err != nil {
			return err
		}
	}
	if t.data, err = prepare(ctx, t.config); err != nil {
		return err
	}
	defer t.data.close()
	if o.FailOnLeak {
		if err := t.data.refuseLeaks(); err != nil {
			return err
		}
	}
	return t.fit(ctx)
}

// fit trains a model on the prepared data and writes the run folder.
func (t *training) fit(ctx context.Context) error {
	m, err := t.config.NewModel(t.data.inputs, t.data.target, t.data.fitted)
	if err != nil {
		return err
	}
	t.bundle = &bundle.Bundle{Config: t.config, Model: m, Inputs: t.data.inputs, Target: t.data.target}
	if err := t.setUp(); err != nil {
		return err
	}
	parts, err := t.newParts(ctx)
	if err != nil {
		return err
	}
	if t.run, err = openRun(t.options.Output, t.config.Name, t.options.Resume, t.options.Force); err != nil {
		return err
	}
	defer t.run.close()
	if err := t.moveIn(); err != nil {
		return err
	}
	if parts != nil {
		return t.fitParts(ctx, parts)
	}
	return t.fitAlone(ctx)
}

// fitAlone runs the trainer.
func (t *training) fitAlone(ctx context.Context) error {
	r, err := t.trainer.Run(ctx, t.options.Resume)
	if t.bar != nil {
		t.bar.end()
	}
	if err != nil {
		return t.failed(err)
	}
	if r.Unjudged {
		fmt.Fprintf(t.streams.Err, "warning: training.monitor %s was a number after no epoch, so the model is that of the last; monitor another figure, or give validation more rows\n", t.config.Training.Monitor)
	}
	t.ended = r
	return t.finish(ctx, r)
}

// describe writes what is known before training: the effective config and what
// became of the data.
func (t *training) describe() error {
	c, err := t.config.For(t.run.dir)
	if err != nil {
		return err
	}
	b, err := c.YAML()
	if err != nil {
		return err
	}
	if err := t.write(configFile, b); err != nil {
		return err
	}
	if b, err = json.MarshalIndent(t.data.report, "", "  "); err != nil {
		return err
	}
	for _, w := range t.data.report.Warnings() {
		if t.whole != nil {
			break // said of the whole
		}
		fmt.Fprintf(t.streams.Err, "warning: %s\n", w)
	}
	return t.write(dataReportFile, append(b, '\n'))
}

func (t *training) write(name string, b []byte) error {
	return checkpoints.WriteFileAtomic(t.run.path(name), checkpoints.Bytes(b))
}

// setUp makes the trainer, before anything is written for it.
func (t *training) setUp() error {
	id, err := identity(t.config, t.data.fingerprint())
	if err != nil {
		return err
	}
	optimizer, err := t.config.NewOptimizer(t.bundle.Model)
	if err != nil {
		return err
	}
	t.trainer = &trainer.Trainer{
		Model: t.bundle.Model, Data: t.data.dataset, Splits: t.data.splits,
		Optimizer: optimizer, Schedule: t.config.NewSchedule,
		Config: t.config.Training.Config, Seed: t.config.Seed,
		Identity: id, AllowChanged: t.options.AllowChanged,
		Hooks: trainer.Hooks{Start: t.begin, Step: t.stepped, Epoch: t.epochDone},
	}
	return t.trainer.Check()
}

// moveIn sets what depends on the run's folder.
func (t *training) moveIn() error {
	var err error
	if t.bundle.Config, err = t.config.For(t.run.path(modelDir)); err != nil {
		return err
	}
	t.trainer.Store = &checkpoints.Store{Dir: t.run.path(checkpoints.CheckpointsDir), Version: version.String(), Warn: t.warn}
	t.trainer.Files, err = t.bundle.Files()
	return err
}

func (t *training) warn(err error) { fmt.Fprintf(t.streams.Err, "warning: %v\n", err) }

// begin prints and writes what is known before the first step; a run that is
// refused before leaves its folder as it was.
func (t *training) begin(s trainer.Start) error {
	if t.whole != nil {
		if err := t.whole.beginParts(); err != nil {
			return err
		}
		if err := checkpoints.MkdirAll(t.run.dir); err != nil {
			return err
		}
	}
	if err := t.run.clear(t.options.Force && !t.options.Resume); err != nil {
		return err
	}
	w := t.streams.Err
	fmt.Fprintf(w, "%s: %d parameters, %d training rows, %d validation, %d test; writing to %s\n",
		t.title(), s.Parameters, s.Rows["train"], s.Rows["validation"], s.Rows["test"], t.run.dir)
	switch {
	case s.Step > 0:
		fmt.Fprintf(w, "resumed at epoch %d, step %d\n", s.Epoch+1, s.Step)
	case t.options.Resume && t.whole == nil:
		fmt.Fprintln(w, "there is no checkpoint to resume from: starting from the beginning")
	}
	if err := t.describe(); err != nil {
		return err
	}
	return t.restoreMetrics(s.Epoch)
}

// restoreMetrics cuts metrics.jsonl down to the epochs that the run has
// completed: a killed run may have written one line more.
func (t *training) restoreMetrics(epochs int) error {
	history := t.trainer.History()
	var b []byte
	for _, e := range history[:min(epochs, len(history))] {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		b = append(append(b, line...), '\n')
	}
	return t.write(metricsFile, b)
}

func (t *training) stepped(s trainer.Step) {
	if t.watch != nil {
		t.watch(s)
		return
	}
	if t.bar == nil {
		label := fmt.Sprintf("epoch %d/%d", s.Epoch, t.config.Training.Epochs)
		t.bar = newProgress(t.streams.Err, label, "samples", len(t.data.splits.Train))
	}
	done := min(s.Done*t.config.Training.BatchSize, len(t.data.splits.Train))
	t.bar.set(done, fmt.Sprintf("loss %.4f", s.Mean))
}

func (t *training) epochDone(e trainer.Epoch) error {
	if t.bar != nil {
		t.bar.end()
		t.bar = nil
	}
	line := fmt.Sprintf("epoch %d/%d  ", e.Epoch, t.config.Training.Epochs)
	for _, part := range []split{{"train", e.Train}, {"validation", e.Validation}} {
		for _, name := range []string{"loss", "accuracy", "macro_f1", "subset_accuracy", "mae"} {
			if v, ok := part.values.Get(name); ok {
				line += fmt.Sprintf("%s %s %s  ", part.name, name, number(v))
			}
		}
	}
	best := ""
	if e.Best {
		best = "  best so far"
	}
	fmt.Fprintf(t.streams.Err, "%s%.0f samples/s  %.1f s%s\n", line, float64(e.SamplesPerSecond), float64(e.Seconds), best)
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return appendLine(t.run.path(metricsFile), b)
}

func appendLine(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return &OutputError{path, err}
	}
	_, err = f.Write(append(b, '\n'))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return &OutputError{path, err}
	}
	return nil
}

// failed leaves what helps to understand why a run ended.
func (t *training) failed(err error) error {
	var nf *trainer.NonFiniteError
	if errors.As(err, &nf) {
		b, jerr := json.MarshalIndent(nf, "", "  ")
		if jerr != nil {
			return errors.Join(err, jerr)
		}
		if werr := t.write(fmt.Sprintf("nonfinite-step-%d.json", nf.Step), append(b, '\n')); werr != nil {
			return errors.Join(err, werr)
		}
	}
	if errors.Is(err, trainer.ErrInterrupted) {
		fmt.Fprintf(t.streams.Err, "interrupted; a checkpoint is saved, go on with --resume --output %s\n", t.home())
	}
	return err
}

// finish measures the best epoch's model and writes what a run leaves.
func (t *training) finish(ctx context.Context, r *trainer.Result) error {
	t.result = Result{
		BestEpoch: r.BestEpoch, Epochs: len(r.History), Parameters: len(t.bundle.Model.Weights()), Seed: t.config.Seed,
		Monitor: t.config.Training.Monitor, Version: version.String(),
		Seconds: metrics.Number(time.Since(t.started).Seconds()), SamplesPerSecond: metrics.Number(r.SamplesPerSecond),
	}
	for _, p := range t.parts {
		t.result.Parts, t.result.Epochs = append(t.result.Parts, p), t.result.Epochs+p.Epochs
	}
	if err := t.calibrate(ctx); err != nil {
		return err
	}
	splits, err := t.measure(ctx)
	if err != nil {
		return err
	}
	t.result.Calibration.after(t.evaluations)
	if err := t.bundle.Save(ctx, t.run.path(modelDir), r.BestStep); err != nil {
		return err
	}
	b, err := json.MarshalIndent(t.result, "", "  ")
	if err != nil {
		return err
	}
	if err := t.write(resultFile, append(b, '\n')); err != nil {
		return err
	}
	without, err := t.study(ctx)
	if err != nil {
		return err
	}
	if err := t.report(r, t.evaluations, without); err != nil {
		return err
	}
	if t.streams.JSON {
		_, err := t.streams.Out.Write(append(b, '\n'))
		return err
	}
	if c := t.result.Calibration; c != nil {
		fmt.Fprintln(t.streams.Err, c)
	}
	writeMetrics(t.streams.Out, splits)
	fmt.Fprintf(t.streams.Err, "%s, %.0f s; model, figures and report are in %s\n", t.ending(r), float64(t.result.Seconds), t.run.dir)
	return nil
}

// measure evaluates the model on every split, for the result and as columns of
// its table.
func (t *training) measure(ctx context.Context) ([]split, error) {
	t.evaluations = map[string]*trainer.Evaluation{}
	var splits []split
	for name, rows := range t.data.splits.All() {
		if len(rows) == 0 {
			continue
		}
		e, err := trainer.Evaluate(ctx, t.bundle.Model, t.data.dataset, rows, trainer.EvalOptions{Workers: t.config.Training.Workers})
		if err != nil {
			return nil, err
		}
		t.evaluations[name] = e
		splits = append(splits, split{name, e.Values})
		switch name {
		case "train":
			t.result.Train = e.Values
		case "validation":
			t.result.Validation = e.Values
		case "test":
			t.result.Test = e.Values
		}
	}
	return splits, nil
}
