package auto

import (
	"context"
	"errors"
	"time"

	"github.com/chiasm-ml/chiasm/trainer"
)

// train trains a candidate until it ends, or the time or ctx does, and measures it. It is nil if
// it was interrupted before any epoch ended, and there are others.
func (s *Search) train(ctx context.Context, t *task) (*Record, error) {
	if err := s.probe(ctx, t); err != nil {
		if ctx.Err() != nil {
			err = nil
		}
		return nil, err
	}
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	t.training.Trainer.Hooks.Step = func(step trainer.Step) {
		if s.stepped(t, step) {
			cancel()
		}
	}
	if s.Limit > 0 {
		var end context.CancelFunc
		run, end = s.Clock.Until(run, s.share(t))
		defer end()
	}
	var err error
	if t.training.Trainer.Files, err = t.training.Bundle.Files(); err != nil {
		return nil, err
	}
	t.training.Trainer.Store = s.Folder.store(t.folder)
	begun := s.Clock.Now()
	result, err := t.training.Trainer.Run(run, true)
	ended := err == nil
	if errors.Is(err, trainer.ErrInterrupted) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		if result = t.training.Trainer.SoFar(); result.Unjudged && !s.first() {
			return nil, nil
		}
		err = nil
	}
	if err != nil {
		return nil, err
	}
	seconds := result.Seconds
	if ended {
		seconds = 0
		for _, e := range result.History {
			seconds += float64(e.Seconds)
		}
	}
	return s.measure(ctx, t, result, ended, max(seconds, s.Clock.Now().Sub(begun).Seconds()))
}

// first says that nothing has been trained so far, so that whatever there is counts.
func (s *Search) first() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.records) == 0
}

// aloneShare is how much of the time that is left an input alone may take: others come behind it.
const aloneShare = 0.5

// share is when a candidate must end.
func (s *Search) share(t *task) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, now := s.cutoff(), s.Clock.Now()
	if s.Pool.stage == 1 && len(s.Pool.names) > 1 {
		end = now.Add(time.Duration(aloneShare * float64(end.Sub(now))))
	}
	return end
}

// stepped takes in an update, and says whether the time for training is over, which may come
// earlier than was known when it began.
func (s *Search) stepped(t *task, step trainer.Step) (over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tellLocked(Event{Name: t.Name, What: Stepped, Step: &step, Epochs: t.epochs})
	return s.Limit > 0 && !s.Clock.Now().Before(s.cutoff())
}

// measure predicts the validation and test rows, and keeps what the candidate has come to. It is
// not interrupted: the time for it was reserved.
func (s *Search) measure(ctx context.Context, t *task, result *trainer.Result, ended bool, seconds float64) (*Record, error) {
	ctx = context.WithoutCancel(ctx)
	b, d := t.training.Bundle, t.training.Data
	b.Model.Changed()
	o := trainer.EvalOptions{Workers: t.training.Config.Training.Workers, Keep: true}
	begun := s.Clock.Now()
	if b.Model.Calibration() != nil {
		if _, err := trainer.Calibrate(ctx, b.Model, d.Dataset, d.Splits.Validation, o); err != nil {
			return nil, err
		}
		begun = s.Clock.Now()
	}
	e, err := trainer.Evaluate(ctx, b.Model, d.Dataset, d.Splits.Validation, o)
	if err != nil {
		return nil, err
	}
	p := predicted{validation: e.Predictions}
	if p.test, err = trainer.Predict(ctx, b.Model, d.Dataset, d.Splits.Test, o); err != nil {
		return nil, err
	}
	for _, row := range d.Splits.Validation {
		p.lacks = append(p.lacks, d.Dataset.Lacks(row))
	}
	r := &Record{
		Name: t.Name, Kind: t.Kind, Inputs: b.Model.InputNames(), Key: t.key, Ended: ended,
		Epochs: len(result.History), BestEpoch: result.BestEpoch, BestStep: result.BestStep, Parameters: len(b.Model.Weights()),
		Seconds: number(seconds), Measured: number(s.Clock.Now().Sub(begun).Seconds() / float64(len(d.Splits.Validation)+len(d.Splits.Test))),
		Validation: e.Values, History: result.History, folder: t.folder,
	}
	if err := s.Folder.save(ctx, b, r, p); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.costs.Trained(t.Name, float64(r.Measured))
	s.mu.Unlock()
	if ended {
		return r, t.training.Trainer.Store.Clear(ctx)
	}
	return r, nil
}
