package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/internal/ablation"
	"github.com/chiasm-ml/chiasm/internal/auto"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/trainer"
)

// AutoOptions are the flags of auto.
type AutoOptions struct {
	Table, Target, Images string
	Config                string // in place of these
	Sets                  []string
	Time                  time.Duration
	Preset                string
	Seed                  uint64 // 0: the config's
	Metric                string // empty: the first that fits the output
	Jobs                  int    // trainings beside each other; 0: one a core
	Output                string
	Registry              *config.Registry // nil: config.Builtin()
	Clock                 auto.Clock       // nil: the machine's
}

// Files of a search's folder, beside those of a training.
const (
	autoFile     = "auto.json"
	autoPageFile = "auto.html"
)

// search is one run of auto under way.
type search struct {
	options AutoOptions
	streams Streams
	config  *config.Config // to begin from
	data    *fit.Data
	pool    *auto.Pool
	dir     string
	lock    *checkpoints.Lock
	home    *checkpoints.Folder
	board   *autoBoard
	warned  *warnings
	begun   time.Time
	auto    *auto.Search
}

// Auto finds the model that predicts a table best within a time, and leaves it in a folder.
func Auto(ctx context.Context, o AutoOptions, s Streams) error {
	if o.Registry == nil {
		o.Registry = config.Builtin()
	}
	if o.Clock == nil {
		o.Clock = auto.Wall{}
	}
	a := &search{options: o, streams: s, warned: &warnings{out: s.Err}, begun: o.Clock.Now(), dir: o.Output}
	if err := a.check(); err != nil {
		return err
	}
	if err := a.configure(ctx); err != nil {
		return err
	}
	if err := a.read(ctx); err != nil {
		return err
	}
	defer a.data.Close()
	if err := a.moveIn(); err != nil {
		return err
	}
	defer a.lock.Release()
	return a.run(ctx)
}

func (a *search) check() error {
	o := a.options
	switch {
	case o.Time <= 0:
		return &UsageError{fmt.Sprintf("--time is %v, expected a time such as 10m", o.Time)}
	case o.Jobs < 0:
		return &UsageError{fmt.Sprintf("--jobs is %d, expected 0 or more", o.Jobs)}
	case !slices.Contains(auto.Presets, o.Preset):
		return &UsageError{fmt.Sprintf("--preset is %q, want one of %s", o.Preset, strings.Join(auto.Presets, ", "))}
	case o.Config != "" && (o.Table != "" || o.Target != "" || o.Images != ""):
		return &UsageError{"--config says what the table is, and what is predicted of it; leave out --data, --target and --images"}
	case o.Config == "" && o.Table == "":
		return &UsageError{"--data is missing: the table, or --config, a config to begin from"}
	case o.Config == "" && o.Target == "":
		return &UsageError{"--target is missing: the column to predict"}
	}
	return nil
}

// configure finds the config to begin from: the one given, or init's guess.
func (a *search) configure(ctx context.Context) error {
	o := a.options
	sets := o.Sets
	if o.Seed != 0 {
		sets = append(slices.Clone(sets), fmt.Sprintf("seed=%d", o.Seed))
	}
	var err error
	if o.Config != "" {
		if a.config, err = config.Load(o.Config, o.Registry, sets...); err != nil {
			return err
		}
		if err := keepApart(a.dir, readsOf(o.Config, a.config)...); err != nil {
			return err
		}
	} else {
		if err := keepApart(a.dir, readFrom{"the table", o.Table}, readFrom{"the folder of the images", o.Images}); err != nil {
			return err
		}
		path := filepath.Join(a.dir, configFile)
		found, err := guess.Look(ctx, guess.Options{Table: o.Table, Target: o.Target, Images: o.Images, Output: path})
		if err != nil {
			return err
		}
		tellFindings(found, a.streams)
		if len(found.Mistakes) > 0 {
			return &MistakesError{o.Table}
		}
		if a.config, err = config.Parse(path, []byte(found.Config), o.Registry, sets...); err != nil {
			return err
		}
	}
	switch {
	case len(a.config.Outputs) > 0:
		return &UsageError{"auto takes a config of one output; keep the one that decides, as output"}
	case len(a.config.Members) > 0:
		return &UsageError{"auto takes a config of one model; take the members out, and name a fusion of their inputs"}
	}
	a.pool, err = auto.NewPool(a.config, o.Preset)
	return err
}

// tellFindings says what is wrong with a table, and what init's guess leaves out.
func tellFindings(found *guess.Findings, s Streams) {
	for _, m := range found.Mistakes {
		fmt.Fprintln(s.Err, m)
	}
	for _, w := range found.Warnings {
		fmt.Fprintln(s.Err, "warning:", w)
	}
	for _, g := range found.Lines() {
		if g.Kind == guess.Leak || g.Kind == guess.Empty || g.Kind == guess.Unread {
			fmt.Fprintf(s.Err, "warning: column %q is left out: %s\n", g.Column, g.Why)
		}
	}
}

// read reads the table, and finds what candidates are compared by.
func (a *search) read(ctx context.Context) (err error) {
	if a.data, err = fit.Read(ctx, a.pool.Config, fit.Rows{}); err != nil {
		return err
	}
	if err := a.judge(); err != nil {
		a.data.Close()
		return err
	}
	return nil
}

func (a *search) judge() error {
	d := a.data
	switch {
	case len(d.Splits.Validation) == 0:
		return &UsageError{"auto chooses by validation rows, and there are none; look at data.split"}
	case len(d.Splits.Test) == 0:
		return &UsageError{"auto judges by test rows, and there are none; look at data.split"}
	}
	s := &auto.Search{Pool: a.pool, Data: d, Metric: a.options.Metric, Clock: a.options.Clock, Begun: a.begun, Limit: a.options.Time, Jobs: a.options.Jobs}
	if s.Jobs == 0 {
		s.Jobs = runtime.GOMAXPROCS(0)
	}
	var err error
	if s.Test, err = answersOf(d.Dataset, d.Splits.Test); err != nil {
		return err
	}
	if s.Validation, err = answersOf(d.Dataset, d.Splits.Validation); err != nil {
		return err
	}
	if s.Groups, err = groupsOf(d, d.Splits.Test, a.config.Data.Split.Group); err != nil {
		return err
	}
	if s.ValidationGroups, err = groupsOf(d, d.Splits.Validation, a.config.Data.Split.Group); err != nil {
		return err
	}
	if s.Metric == "" {
		s.Metric = s.Test.Metrics()[0]
	}
	if known := s.Test.Metrics(); !slices.Contains(known, s.Metric) {
		return &compare.MetricError{Metric: s.Metric, Known: known}
	}
	if err := s.Validation.Defined(s.Metric, "validation rows, which choose"); err != nil {
		return err
	}
	if err := s.Test.Defined(s.Metric, "test rows"); err != nil {
		return err
	}
	s.Units = func(p []float32) []float32 { return unitsOf(d, p) }
	a.auto = s
	return judges(d, a.config.Training.Monitor)
}

// moveIn makes and locks the folder.
func (a *search) moveIn() error {
	dir := a.dir
	if err := keepOutOfRuns(dir); err != nil {
		return err
	}
	home, err := checkpoints.ReadFolder(nil, dir, autoKind, nil)
	if err != nil {
		return err
	}
	used, err := isUsed(dir)
	runs := filepath.Join(dir, auto.RunsDir)
	switch {
	case err != nil:
		return &OutputError{dir, err}
	case used && !home.Marked():
		return &UsageError{fmt.Sprintf("%s is not empty, and is not of auto; choose another --output", dir)}
	case isLink(runs):
		return &OutputError{runs, errors.New("it is a link, and nothing is written into a folder that a link leads to")}
	}
	if err := checkpoints.MkdirAll(dir); err != nil {
		return err
	}
	if a.lock, err = checkpoints.LockFolder(dir); err != nil {
		return err
	}
	owner := checkpoints.Owner{Run: autoKind}
	if a.home, err = checkpoints.ReadFolder(a.lock.FS(), dir, autoKind, a.warn); err == nil {
		err = a.home.Own(owner)
	}
	if err == nil {
		err = checkpoints.MkdirAll(runs)
	}
	if err != nil {
		a.lock.Release()
		return err
	}
	a.auto.Folder = &auto.Folder{Dir: dir, FS: a.lock.FS(), Home: a.home, Owner: owner, Warn: a.warn}
	return nil
}

func (a *search) warn(err error) { a.warned.tell(err.Error()) }

// run searches, and makes what it has found.
func (a *search) run(ctx context.Context) error {
	for _, w := range a.data.Report.Warnings() {
		a.warned.tell(w)
	}
	rows := a.data.Splits
	fmt.Fprintf(a.streams.Err, "%s: %d training rows, %d validation, %d test; %s for %v by preset %s; writing to %s\n",
		a.config.Name, len(rows.Train), len(rows.Validation), len(rows.Test), several(len(a.config.Inputs), "input"), a.options.Time, a.options.Preset, a.dir)
	a.board = newAutoBoard(a.streams.Err, a.warned, a.auto)
	a.auto.Tell = a.board.tell
	err := a.auto.Run(ctx)
	a.board.end()
	if err != nil {
		return err
	}
	if err := a.finish(context.WithoutCancel(ctx)); err != nil {
		if errors.Is(err, auto.ErrNone) && ctx.Err() != nil {
			fmt.Fprintln(a.streams.Err, "interrupted before any model could predict; the same command goes on")
			return trainer.ErrInterrupted
		}
		return err
	}
	if ctx.Err() != nil {
		fmt.Fprintf(a.streams.Err, "interrupted; the best so far is in %s, and the same command goes on\n", a.dir)
		return trainer.ErrInterrupted
	}
	return nil
}

// finish makes the model that was chosen, as train leaves one, and the leaderboard.
func (a *search) finish(ctx context.Context) error {
	o, err := a.auto.Choose(ctx)
	if err != nil {
		return err
	}
	t, err := a.leave(ctx, o)
	if err != nil {
		return err
	}
	r, err := a.auto.Result(o, t.evaluations["test"].Predictions, t.bundle.Model.Head().Thresholds())
	if err != nil {
		return err
	}
	return a.show(r)
}

// leave writes what train leaves of a model.
func (a *search) leave(ctx context.Context, o *auto.Outcome) (*training, error) {
	owner := a.home.Owner()
	t := &training{
		options: TrainOptions{Output: a.dir, Registry: a.options.Registry}, started: a.begun, keep: true, compared: true,
		streams: Streams{Out: io.Discard, Err: &warningsOnly{a.warned}}, unstudied: !a.auto.Studies(o, ablation.Runs(len(o.Training.Data.Inputs)), min(len(a.data.Splits.Test), fewestStudied)),
		run: &runFolder{dir: a.dir, lock: a.lock, home: a.home, owner: owner, old: owner, warn: a.warn},
	}
	t.use(o.Training)
	if err := t.moveIn(); err != nil {
		return nil, err
	}
	if err := t.describe(); err != nil {
		return nil, err
	}
	r := &trainer.Result{}
	for _, c := range o.Chosen {
		r.Seconds += float64(c.Record.Seconds)
		r.BestStep += c.Record.BestStep
		if len(o.Chosen) > 1 {
			t.parts = append(t.parts, PartResult{Name: c.Name, BestEpoch: c.Record.BestEpoch, Epochs: c.Record.Epochs, Parameters: c.Record.Parameters, Validation: c.Record.Validation})
		} else {
			r.History, r.BestEpoch = c.Record.History, c.Record.BestEpoch
		}
	}
	if err := t.write(metricsFile, metricLines(o)); err != nil {
		return nil, err
	}
	return t, t.finish(ctx, r)
}
