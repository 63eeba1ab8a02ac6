package fit

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
	"github.com/chiasm-ml/chiasm/internal/transfer"
	"github.com/chiasm-ml/chiasm/rng"
	"github.com/chiasm-ml/chiasm/trainer"
)

// A Training is the model of a config and all that trains it. Nothing is trained
// yet, and nothing written: what may be changed before it runs is the Trainer's
// Hooks, Store and AllowChanged.
type Training struct {
	Config *config.Config
	Data   *Data
	// Bundle has the model that is trained.
	Bundle  *bundle.Bundle
	Trainer *trainer.Trainer
	// ID names what the result depends on.
	ID string
	// Began is what the model took from another; nil if it begins by chance.
	Began *Account
	// Parts are what is trained alone, instead of the whole, and then put together;
	// nil if all is trained jointly.
	Parts []*Training
	// Name is that of a part.
	Name string
	path string // before the names of a part's parameters in the whole
}

// Account says what a model took from the one that it began from.
type Account = transfer.Account

// New makes the model of a config and what trains it, for the config's data.
func New(ctx context.Context, c *config.Config, d *Data) (*Training, error) {
	if err := d.read(c); err != nil {
		return nil, err
	}
	t, err := newTraining(c, d)
	if err != nil {
		return nil, err
	}
	for _, part := range c.Parts() {
		p, err := newPart(ctx, c, d, part)
		if err != nil {
			return nil, fmt.Errorf("part %s: %w", part.Name, err)
		}
		t.Parts = append(t.Parts, p)
	}
	return t, nil
}

// made is an error for a Training that New did not make.
func (t *Training) made() error {
	if t == nil || t.Config == nil || t.Bundle == nil || t.Trainer == nil {
		return errors.New("fit: a Training is missing: New makes one")
	}
	return t.Data.read(t.Config)
}

func newPart(ctx context.Context, c *config.Config, d *Data, part config.Part) (*Training, error) {
	only, err := c.Part(part)
	if err != nil {
		return nil, err
	}
	some, err := d.Only(ctx, part.Inputs)
	if err != nil {
		return nil, err
	}
	p, err := newTraining(only, some)
	if err != nil {
		return nil, err
	}
	p.Name, p.path = part.Name, part.Path
	return p, nil
}

func newTraining(c *config.Config, d *Data) (*Training, error) {
	m, err := c.NewModel(d.Inputs, d.Target, d.Fitted)
	if err != nil {
		return nil, err
	}
	failpoint.Here("build", "model")
	t := &Training{Config: c, Data: d, Bundle: &bundle.Bundle{Config: c, Model: m, Inputs: d.Inputs, Target: d.Target, Trained: d.trained(c)}}
	if t.Began, err = d.start.into(c, m, d.Inputs, d.Target); err != nil {
		return nil, err
	}
	id, err := t.identity()
	if err != nil {
		return nil, err
	}
	optimizer, err := c.NewOptimizer(m)
	if err != nil {
		return nil, err
	}
	parts, err := c.Trained(m)
	if err != nil {
		return nil, err
	}
	t.Trainer = &trainer.Trainer{
		Model: m, Data: d.Dataset, Splits: d.Splits,
		Optimizer: optimizer, Schedule: c.NewSchedule,
		Config: c.Training.Config, Parts: parts, EncodingBytes: cacheBytes(c), Seed: c.Seed,
		Identity: id, Implied: implied(c),
	}
	t.Trainer.Verify = func(of *checkpoints.Checkpoint) error {
		_, err := bundle.From(of, bundle.Options{Registry: c.Registry()})
		return err
	}
	if m.Ensemble() {
		return t, nil // it is its members that are trained
	}
	return t, t.Trainer.Check()
}

// identity is all that a resumed run must agree on. What was learnt from the
// training rows follows from the rest, and is not in ID.
func (t *Training) identity() (map[string]string, error) {
	id, err := Identity(t.Config, t.Data)
	if err != nil {
		return nil, err
	}
	if h := t.Bundle.Model.Head(); h.Weighted() && (head.FormOf(h) != head.OneOf || t.Config.Training.Accumulate > 1) {
		id["output.class_weights (divided by)"] = "the weights of an update" // older programs divided by its rows
	}
	t.ID = ID(id)
	known, err := learnt(t.Bundle, t.Data)
	if err != nil {
		return nil, err
	}
	maps.Copy(id, known)
	return id, nil
}

// trained is what a model keeps of the data that it is trained on.
func (d *Data) trained(c *config.Config) *data.Trained {
	t := &data.Trained{SplitRule: data.SplitRule}
	if c.Training.Fingerprint {
		t.Rows = data.NewTrainedRows(d.Dataset, d.Splits, rng.New(c.Seed).Name("trained on").Uint64(0))
	}
	return t
}

// Join copies the parameters of all Parts, which have been trained, into the model
// of the whole, where they have the same names.
func (t *Training) Join() error {
	if err := t.made(); err != nil {
		return err
	}
	from := map[string][]float32{}
	for _, p := range t.Parts {
		for _, x := range p.Bundle.Model.Params() {
			from[p.path+x.Name] = x.Data
		}
	}
	for _, x := range t.Bundle.Model.Params() {
		part, ok := from[x.Name]
		if len(part) != len(x.Data) && (ok || x.Trainable) {
			return fmt.Errorf("putting parts together: %s has %d numbers, in its part %d", x.Name, len(x.Data), len(part))
		}
		copy(x.Data, part)
	}
	return nil
}
