package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/chiasm-ml/chiasm/fit"
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
	if err := t.Join(); err != nil {
		return err
	}
	if err := t.joinMetrics(all); err != nil {
		return err
	}
	return t.finish(ctx, joined)
}

// newPart is the run of a part.
func (t *training) newPart(made *fit.Training) *training {
	p := &training{
		options: t.options, whole: t, part: made.Name, watch: t.watch,
		streams: Streams{Out: io.Discard, Err: t.streams.Err},
	}
	p.options.Force = false // the whole is cleared
	p.use(made)
	return p
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
