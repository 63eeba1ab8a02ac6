package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// partsDir has a run folder for each part of a model that is trained
// separately.
const partsDir = "parts"

// PartResult is how the training of a part ended; its own result.json has all.
type PartResult struct {
	Name       string         `json:"name"`
	BestEpoch  int            `json:"best_epoch"`
	Epochs     int            `json:"epochs"`
	Parameters int            `json:"parameters"`
	Validation metrics.Values `json:"validation,omitempty"`
	Test       metrics.Values `json:"test,omitempty"`
}

// newParts prepares the trainings of all parts, before anything is written; none
// where all is trained jointly.
func (t *training) newParts(ctx context.Context) ([]*training, error) {
	var all []*training
	for _, part := range t.config.Parts() {
		p, err := t.newPart(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("part %s: %w", part.Name, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// fitParts trains each operand of the root as a model of its own, as --only
// would, in a run folder inside this one, and puts their weights together. It is
// resumed part by part: one that is done gives its result again.
func (t *training) fitParts(ctx context.Context, all []*training) error {
	joined := &trainer.Result{}
	for _, p := range all {
		p.run = t.run.part(p.part)
		if err := p.moveIn(); err != nil {
			return err
		}
		p.started = time.Now()
		if err := p.fitAlone(ctx); err != nil {
			return fmt.Errorf("part %s: %w", p.part, err)
		}
		if t.firstStep == 0 && p.firstStep > 0 {
			t.firstStep = p.started.Sub(t.started) + p.firstStep
		}
		joined.Seconds += p.ended.Seconds
		joined.BestStep += p.ended.BestStep
		t.parts = append(t.parts, PartResult{
			Name: p.part, BestEpoch: p.result.BestEpoch, Epochs: p.result.Epochs, Parameters: p.result.Parameters,
			Validation: p.result.Validation, Test: p.result.Test,
		})
	}
	if err := t.assemble(all); err != nil {
		return err
	}
	if err := t.joinMetrics(all); err != nil {
		return err
	}
	return t.finish(ctx, joined)
}

// newPart prepares the training of a part.
func (t *training) newPart(ctx context.Context, part config.Part) (*training, error) {
	c, err := t.config.Only(part.Inputs...)
	if err != nil {
		return nil, err
	}
	p := &training{
		options: t.options, config: c, whole: t, part: part.Name, watch: t.watch,
		streams: Streams{Out: io.Discard, Err: t.streams.Err},
	}
	p.options.Force = false // the whole is cleared
	if p.data, err = t.data.only(ctx, part.Inputs); err != nil {
		return nil, err
	}
	m, err := c.NewModel(p.data.inputs, p.data.target, p.data.fitted)
	if err != nil {
		return nil, err
	}
	if p.began, err = p.data.start.into(c, m, p.data.inputs, p.data.target); err != nil {
		return nil, err
	}
	p.bundle = &bundle.Bundle{Config: c, Model: m, Inputs: p.data.inputs, Target: p.data.target}
	return p, p.setUp()
}

// only is the data of some inputs, decoded and fitted with the rest. Rows that
// lack them are not trained on.
func (p *prepared) only(ctx context.Context, names []string) (*prepared, error) {
	some, splits := *p, *p.splits
	some.inputs = nil
	var kept []string
	for _, in := range p.inputs {
		if slices.Contains(names, in.Name) {
			some.inputs, kept = append(some.inputs, in), append(kept, in.Name)
		}
	}
	var err error
	if some.dataset, err = p.dataset.Select(true, kept...); err != nil {
		return nil, err
	}
	for _, rows := range splits.All() {
		if err := some.dataset.Prepare(ctx, rows); err != nil {
			return nil, err
		}
	}
	splits.Train = slices.DeleteFunc(slices.Clone(splits.Train), some.dataset.Lacks)
	some.splits = &splits
	if len(splits.Train) == 0 {
		return nil, p.table.Errorf(-1, "", "no training row has the input %s", strings.Join(kept, ", ")).WithHint("look at the columns that it names")
	}
	return &some, nil
}

// beginParts is begin of a run of parts, before the first of them begins.
func (t *training) beginParts() error {
	if t.begun {
		return nil
	}
	t.begun = true
	if err := t.beginFolder(); err != nil {
		return err
	}
	fmt.Fprintf(t.streams.Err, "%s: %d parameters in %d parts, each trained alone; writing to %s\n",
		t.config.Name, len(t.bundle.Model.Weights()), len(t.config.Parts()), t.run.dir)
	return t.describe()
}

// assemble copies the parts' parameters, by their names, which are those that
// they have in the whole.
func (t *training) assemble(parts []*training) error {
	from := map[string][]float32{}
	for _, p := range parts {
		for _, x := range p.bundle.Model.Params() {
			from[x.Name] = x.Data
		}
	}
	for _, x := range t.bundle.Model.Params() {
		data, ok := from[x.Name]
		if len(data) != len(x.Data) && (ok || x.Trainable) {
			return fmt.Errorf("putting parts together: %s has %d numbers, in its part %d", x.Name, len(x.Data), len(data))
		}
		copy(x.Data, data)
	}
	return nil
}

// joinMetrics writes the epochs of all parts, one part after the other.
func (t *training) joinMetrics(parts []*training) error {
	var b bytes.Buffer
	for _, p := range parts {
		for _, e := range p.trainer.History() {
			line, err := json.Marshal(struct {
				Part string `json:"part"`
				trainer.Epoch
			}{p.part, e})
			if err != nil {
				return err
			}
			b.Write(append(line, '\n'))
		}
	}
	return t.write(metricsFile, b.Bytes())
}

// home is the folder to resume: that of the whole.
func (t *training) home() string {
	if t.whole != nil {
		return t.whole.run.dir
	}
	return t.run.dir
}

// title names the run, or the part, in messages.
func (t *training) title() string {
	if t.whole != nil {
		return t.config.Name + ", part " + t.part
	}
	return t.config.Name
}

// ending says which epochs the model is of.
func (t *training) ending(r *trainer.Result) string {
	if t.parts == nil {
		return fmt.Sprintf("best epoch %d of %d", r.BestEpoch, len(r.History))
	}
	var all []string
	for _, p := range t.parts {
		all = append(all, fmt.Sprintf("%s %d of %d", p.Name, p.BestEpoch, p.Epochs))
	}
	return "best epochs: " + strings.Join(all, ", ")
}

// reportParts are for the page.
func (t *training) reportParts() []report.Part {
	var parts []report.Part
	for _, p := range t.parts {
		parts = append(parts, report.Part{Name: p.Name, BestEpoch: p.BestEpoch, Epochs: p.Epochs})
	}
	return parts
}
