package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Result is result.json.
type Result struct {
	BestEpoch        int             `json:"best_epoch"`
	Epochs           int             `json:"epochs"`
	Parameters       int             `json:"parameters"`
	Seed             uint64          `json:"seed"`
	Monitor          string          `json:"monitor"`
	Train            metrics.Values  `json:"train"`
	Validation       metrics.Values  `json:"validation,omitempty"`
	Test             metrics.Values  `json:"test,omitempty"`
	Seconds          metrics.Number  `json:"seconds"`
	FirstStep        metrics.Number  `json:"first_step_seconds,omitempty"` // from the start to the first update; absent where a resumed run had none to make
	SamplesPerSecond metrics.Number  `json:"samples_per_second"`
	Baseline         *Baseline       `json:"baseline,omitempty"` // of a regression
	InitFrom         *fit.Account    `json:"init_from,omitempty"`
	Alone            *AloneResult    `json:"alone,omitempty"`
	Calibration      *Calibration    `json:"calibration,omitempty"`
	Thresholds       *fit.Thresholds `json:"thresholds,omitempty"`
	Outputs          []OutputResult  `json:"outputs,omitempty"` // of several outputs: what is left out above
	Parts            []PartResult    `json:"parts,omitempty"`   // of separate training, which has no best_epoch of its own
	Version          string          `json:"version"`
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
	var unsaved *trainer.SaveError
	if errors.As(err, &unsaved) {
		fmt.Fprintf(t.streams.Err, "once that is mended, go on from the checkpoint before with --resume --output %s\n", t.home())
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(t.streams.Err, "interrupted after the last epoch; what is missing is measured and written with --resume --output %s\n", t.home())
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
		Monitor: t.config.Training.Monitor, Version: version.String(), InitFrom: t.Began,
		Seconds: metrics.Number(time.Since(t.started).Seconds()), FirstStep: metrics.Number(t.firstStep.Seconds()), SamplesPerSecond: metrics.Number(r.SamplesPerSecond),
	}
	for _, p := range t.parts {
		t.result.Parts, t.result.Epochs = append(t.result.Parts, p), t.result.Epochs+p.Epochs
	}
	if err := t.adjust(ctx); err != nil {
		return err
	}
	splits, err := t.measure(ctx)
	if err != nil {
		return err
	}
	if err := t.fillOutputs(); err != nil {
		return err
	}
	if t.result.Alone, err = t.measureAlone(ctx); err != nil {
		return err
	}
	failpoint.Here("finish", "measured")
	if err := t.bundle.SaveTo(ctx, t.run.model(), r.BestStep); err != nil {
		return err
	}
	b, err := json.MarshalIndent(t.result, "", "  ")
	if err != nil {
		return err
	}
	if err := t.write(resultFile, append(b, '\n')); err != nil {
		return err
	}
	failpoint.Here("finish", "saved")
	without, err := t.study(ctx)
	if err != nil {
		return err
	}
	if err := t.report(r, without); err != nil {
		return err
	}
	name, _ := t.judged()
	said := t.outdone(without, name)
	if t.streams.JSON {
		t.tellOutdone(said)
		_, err := t.streams.Out.Write(append(b, '\n'))
		return err
	}
	for _, o := range t.outputs {
		o.sayAdjusted(t.streams.Err)
	}
	writeMetrics(t.streams.Out, splits)
	t.result.Alone.say(t.streams.Err)
	for _, o := range t.outputs {
		o.sayBaseline(t.streams.Err, name)
	}
	fmt.Fprintf(t.streams.Err, "%s, %.0f s; model, figures and report are in %s\n", t.ending(r), float64(t.result.Seconds), t.run.dir)
	t.tellOutdone(said)
	return nil
}

// measure evaluates the model on every split, for the result and as columns of
// its table.
func (t *training) measure(ctx context.Context) ([]split, error) {
	t.evaluations = map[string]*trainer.Evaluation{}
	judged, _ := t.judged()
	var splits []split
	for name, rows := range t.data.Splits.All() {
		if len(rows) == 0 {
			continue
		}
		o := trainer.EvalOptions{Workers: t.config.Training.Workers, Keep: t.keep && name == "test"}
		if name == judged {
			o.Each = t.addWorst
		}
		e, err := trainer.Evaluate(ctx, t.bundle.Model, t.data.Dataset, rows, o)
		if err != nil {
			return nil, err
		}
		t.evaluations[name] = e
		splits = append(splits, split{name, e.Values})
		if t.whole == nil {
			tellUndefined(t.streams.Err, t.data.Dataset, rows, name, e.Values)
		}
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
