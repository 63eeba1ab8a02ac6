package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
	"github.com/chiasm-ml/chiasm/trainer"
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
	NoStudy       bool // leave out of the report what the model does without some inputs
	FailOnLeak    bool // refuse splits that share content
	AllowChanged  []string
	From          string           // what the model begins from, as training.init_from.path, from the working folder
	Registry      *config.Registry // nil: config.Builtin()
}

// training is one run of train under way.
type training struct {
	*fit.Training // once it is made
	options       TrainOptions
	streams       Streams
	config        *config.Config
	data          *fit.Data
	bundle        *bundle.Bundle
	run           *runFolder
	trainer       *trainer.Trainer
	bar           *progress
	started       time.Time
	// firstStep is how long the first update took to come; 0 before it.
	firstStep time.Duration
	watch     func(trainer.Step) // told of steps instead of a bar; may be nil
	// unstudied leaves out of the report what the model does without some inputs.
	unstudied bool
	// keep keeps the predictions of the test rows.
	keep     bool
	reads    []readFrom // what the folder must not hold
	compared bool       // the run is one of a comparison, whose folder is its own

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
	outputs     []*output                      // with what was measured on the split that judges the model
}

// Train trains the model of a config, into a run folder.
func Train(ctx context.Context, o TrainOptions, s Streams) error {
	if o.Registry == nil {
		o.Registry = config.Builtin()
	}
	t := &training{options: o, streams: s, started: time.Now()}
	sets, err := o.sets()
	if err != nil {
		return err
	}
	if t.config, err = config.Load(o.Config, o.Registry, sets...); err != nil {
		return err
	}
	t.reads = readsOf(o.Config, t.config)
	if len(o.Only) > 0 {
		if err := t.config.Restrict(o.Only...); err != nil {
			return err
		}
	}
	if t.data, err = fit.Read(ctx, t.config, fit.Rows{}); err != nil {
		return err
	}
	defer t.data.Close()
	if o.FailOnLeak {
		if err := t.data.RefuseLeaks(); err != nil {
			return err
		}
	}
	return t.fit(ctx)
}

// fit trains a model on the prepared data and writes the run folder.
func (t *training) fit(ctx context.Context) error {
	made, err := fit.New(ctx, t.config, t.data)
	if err != nil {
		return err
	}
	t.use(made)
	if err := judges(t.data, t.config.Training.Monitor); err != nil {
		return err
	}
	var parts []*training
	for _, p := range made.Parts {
		parts = append(parts, t.newPart(p))
	}
	t.run, err = openRun(ctx, runOptions{
		output: t.options.Output, name: t.config.Name, resume: t.options.Resume, force: t.options.Force,
		id: t.ID, reads: t.reads, ours: t.compared, warn: t.warn,
	})
	if err != nil {
		return err
	}
	defer t.run.close()
	failpoint.Here("run", "locked")
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
	if err := t.finish(ctx, r); err != nil {
		return t.failed(err)
	}
	return nil
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
	if b, err = json.MarshalIndent(t.data.Report, "", "  "); err != nil {
		return err
	}
	for _, w := range t.data.Report.Warnings() {
		if t.whole != nil {
			break // said of the whole
		}
		fmt.Fprintf(t.streams.Err, "warning: %s\n", w)
	}
	return t.write(dataReportFile, append(b, '\n'))
}

func (t *training) write(name string, b []byte) error { return t.run.write(name, b) }

// use takes over a training that has been made, to show and write how it goes.
func (t *training) use(made *fit.Training) {
	t.Training, t.config, t.data, t.bundle, t.trainer = made, made.Config, made.Data, made.Bundle, made.Trainer
	t.trainer.AllowChanged = t.options.AllowChanged
	t.trainer.Hooks = trainer.Hooks{
		Start: t.begin, Step: t.stepped, Epoch: t.epochDone,
		Say: func(m string) { fmt.Fprintln(t.streams.Err, m) },
	}
}

// warnOfLoneWeights says that class weights do nothing where an update has one
// row: its weight is divided by itself.
func (t *training) warnOfLoneWeights() {
	h, c := t.bundle.Model.Head(), t.config.Training
	if h.Weighted() && head.FormOf(h) != head.AnyOf && !t.several() && c.BatchSize*c.Accumulate == 1 {
		t.warn(errors.New("output.class_weights do nothing, since each update has one row (training.batch_size and training.accumulate are 1): weights are divided by their sum over an update; raise either"))
	}
}

// moveIn sets what depends on the run's folder.
func (t *training) moveIn() error {
	var err error
	if t.bundle.Config, err = t.config.For(t.run.path(modelDir)); err != nil {
		return err
	}
	t.trainer.Store = t.run.store()
	t.trainer.Files, err = t.bundle.Files()
	return err
}

func (t *training) warn(err error) { fmt.Fprintf(t.streams.Err, "warning: %v\n", err) }

// beginFolder makes the folder the run's own.
func (t *training) beginFolder() error {
	return t.run.begin(context.Background(), t.options.Force && !t.options.Resume)
}

// begin prints and writes what is known before the first step; a run that is
// refused before leaves its folder as it was.
func (t *training) begin(s trainer.Start) error {
	if t.whole != nil {
		if err := t.whole.beginParts(); err != nil {
			return err
		}
	} else if err := t.beginFolder(); err != nil {
		return err
	}
	w := t.streams.Err
	fmt.Fprintf(w, "%s: %d parameters, %d training rows, %d validation, %d test; writing to %s\n",
		t.title(), s.Parameters, s.Rows["train"], s.Rows["validation"], s.Rows["test"], t.run.dir)
	switch {
	case s.Step > 0 && (s.Epoch >= t.config.Training.Epochs || s.Stopped):
		fmt.Fprintf(w, "resumed after epoch %d, step %d: nothing is left to train\n", s.Epoch, s.Step)
	case s.Step > 0:
		fmt.Fprintf(w, "resumed at epoch %d, step %d\n", s.Epoch+1, s.Step)
	case t.options.Resume && t.whole == nil:
		fmt.Fprintln(w, "there is no checkpoint to resume from: starting from the beginning")
	}
	if s.OtherData && s.Epoch > 0 {
		t.warn(fmt.Errorf("the table has changed since epoch %d: the figures of the epochs until then, by which the best one is chosen too, are of the table as it was", s.Epoch))
	}
	t.warnOfLoneWeights()
	if t.Began != nil && s.Step == 0 {
		for _, line := range t.Began.Lines() {
			fmt.Fprintln(w, line)
		}
	}
	if err := t.describe(); err != nil {
		return err
	}
	return t.restoreMetrics(s.Epoch)
}
