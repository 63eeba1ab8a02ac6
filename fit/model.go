package fit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Options say how a model is fitted, beyond what its config says. The zero value
// will do.
type Options struct {
	// Rows are where the rows come from, in place of what the config names.
	Rows Rows
	// Registry is of what the config of Table may choose; nil: config.Builtin().
	Registry *config.Registry
	// Hooks are told how training goes.
	Hooks trainer.Hooks
	// Store takes checkpoints, and Resume goes on from the newest of them. Nil keeps
	// none. Of parts that are trained separately, each has a folder in it.
	Store  *checkpoints.Store
	Resume bool
}

// A Model is a trained model with all that a prediction needs, and how it came to
// be.
type Model struct {
	// Bundle is the model with its config, preprocessing and labels. Whoever writes
	// its weights by hand says so by Bundle.Model.Changed.
	Bundle *bundle.Bundle
	// Result says how training went; of parts that were trained separately, Parts do,
	// by name, and Result has their sums.
	Result trainer.Result
	Parts  map[string]*trainer.Result
	// Validation and Test are the figures of the model on these rows; nil where there
	// are none.
	Validation, Test metrics.Values
	// Calibrated is what was fitted on the validation rows where the config asks for
	// it, and Thresholds what was chosen on them; nil otherwise.
	Calibrated *trainer.Calibrated
	Thresholds *Thresholds
	// Outputs are the same of several outputs, by output; nil of one.
	Outputs []Adjusted
	// Began is what the model took from another; nil if it began by chance.
	Began *Account
	// Report says what became of every row and cell. Its Warnings are worth reading.
	Report *data.Report

	answers *infer.Model
}

// Config trains the model of a config: what `chiasm train` does, without a run
// folder. Nothing is written but the checkpoints that o.Store asks for. When ctx
// ends, so does training, with trainer.ErrInterrupted.
func Config(ctx context.Context, c *config.Config, o Options) (*Model, error) {
	d, err := Read(ctx, c, o.Rows)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	t, err := New(ctx, c, d)
	if err != nil {
		return nil, err
	}
	return t.Run(ctx, o)
}

// Table trains a model on a table in memory, by a config that is made in Go: see
// config.New, which calls the function. Name and Data.Path need not be set; they are
// taken from the table's name. Where there are files in its cells, o.Rows.Images
// reads them, or the folder Data.Images.
func Table(ctx context.Context, table *data.Table, set func(c *config.Config), o Options) (*Model, error) {
	if table == nil {
		return nil, errors.New("fit: a Table is missing: data.ReadTable and data.NewTable make one")
	}
	c, err := config.New(o.Registry, func(c *config.Config) {
		c.Data.Path = table.File
		base := filepath.Base(table.File)
		c.Name = strings.TrimSuffix(base, filepath.Ext(base))
		if set != nil {
			set(c)
		}
	})
	if err != nil {
		return nil, err
	}
	o.Rows.Table = table
	return Config(ctx, c, o)
}

// Run trains the model, or its parts, and measures it. It is run once.
func (t *Training) Run(ctx context.Context, o Options) (*Model, error) {
	if err := t.made(); err != nil {
		return nil, err
	}
	m := &Model{Bundle: t.Bundle, Began: t.Began, Report: t.Data.Report}
	if t.Parts == nil {
		r, err := t.train(ctx, o, o.Store)
		if err != nil {
			return nil, err
		}
		m.Result = *r
	} else if err := t.trainParts(ctx, o, m); err != nil {
		return nil, err
	}
	t.Bundle.Model.Hold()
	return m, t.finish(ctx, m)
}

// train runs the trainer.
func (t *Training) train(ctx context.Context, o Options, store *checkpoints.Store) (*trainer.Result, error) {
	t.Trainer.Hooks = o.Hooks
	if store != nil {
		var err error
		if t.Trainer.Files, err = t.Bundle.Files(); err != nil {
			return nil, err
		}
		t.Trainer.Store = store
	}
	return t.Trainer.Run(ctx, o.Resume)
}

func (t *Training) trainParts(ctx context.Context, o Options, m *Model) error {
	m.Parts = map[string]*trainer.Result{}
	for _, p := range t.Parts {
		store := o.Store
		if s := store; s != nil {
			store = &checkpoints.Store{Dir: filepath.Join(s.Dir, p.Name), Version: s.Version, Warn: s.Warn, FS: s.FS, Owner: s.Owner}
		}
		r, err := p.train(ctx, o, store)
		if err != nil {
			return fmt.Errorf("part %s: %w", p.Name, err)
		}
		m.Parts[p.Name] = r
		if err := p.fitted(ctx); err != nil {
			return fmt.Errorf("part %s: %w", p.Name, err)
		}
		m.Result.Seconds += r.Seconds
		m.Result.BestStep += r.BestStep
		m.Result.Unjudged = m.Result.Unjudged || r.Unjudged
	}
	return t.Join()
}

// fitted fits what the fusion of a member asks for once its weights are what they will
// be: the whole keeps that. Of other parts the whole fits it anew.
func (t *Training) fitted(ctx context.Context) error {
	if t.path == "" || t.Bundle.Model.Calibration() == nil {
		return nil
	}
	_, err := trainer.Calibrate(ctx, t.Bundle.Model, t.Data.Dataset, t.Data.Splits.Validation, t.evalOptions())
	return err
}

// finish fits and chooses what the config asks for once weights are what they will
// be, and measures the model.
func (t *Training) finish(ctx context.Context, m *Model) error {
	adjusted, err := t.adjust(ctx)
	if err != nil {
		return err
	}
	if first := adjusted[0]; first.Output == "" {
		m.Calibrated, m.Thresholds = first.Calibrated, first.Thresholds
	} else {
		m.Outputs = adjusted
	}
	for name, rows := range t.Data.Splits.All() {
		if name == "train" || len(rows) == 0 {
			continue
		}
		e, err := trainer.Evaluate(ctx, t.Bundle.Model, t.Data.Dataset, rows, t.evalOptions())
		if err != nil {
			return err
		}
		if name == "validation" {
			m.Validation = e.Values
		} else {
			m.Test = e.Values
		}
	}
	m.answers, err = t.answers()
	return err
}

// answers is the model for Predict, with preprocessing of its own: it reads images
// from cells, where the training's reads them from a folder.
func (t *Training) answers() (*infer.Model, error) {
	files, err := data.Encode(t.Data.Inputs, t.Bundle.Target)
	if err != nil {
		return nil, err
	}
	own := *t.Bundle
	if own.Inputs, own.Target, err = data.Decode(files, t.Config.Registry().Kinds()); err != nil {
		return nil, err
	}
	return infer.New(&own, infer.Options{})
}

// Save writes the model to a folder, in place of a model that is there. Load reads
// it back: bundle.Load, infer.Load, and every command.
func (m *Model) Save(ctx context.Context, dir string) error {
	if err := m.made(); err != nil {
		return err
	}
	c, err := m.Bundle.Config.For(dir)
	if err != nil {
		return err
	}
	b := *m.Bundle
	b.Config = c
	return b.Save(ctx, dir, m.Result.BestStep)
}

// Predict answers rows given as values, as infer.Model.Predict does. Any number of
// goroutines may call it.
func (m *Model) Predict(ctx context.Context, rows ...infer.Row) ([]infer.Prediction, error) {
	if err := m.made(); err != nil {
		return nil, err
	}
	return m.answers.Predict(ctx, rows)
}

func (m *Model) made() error {
	if m == nil || m.Bundle == nil || m.answers == nil {
		return errors.New("fit: a Model is missing: Config, Table and Training.Run make one")
	}
	return nil
}
