package trainer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
)

// saver writes checkpoints on a goroutine of its own, one at a time, from a
// copy of all that an update changes: training goes on as soon as the copy is
// made. What the goroutine has to say waits until training asks for it.
type saver struct {
	store    checkpoints.Store // with Warn of our own
	model    []checkpoints.Tensor
	moments  []checkpoints.Tensor
	ended    chan error // nil: no save is under way
	step     int        // of that save
	warnings []error    // of that save, read after it ended
	last     time.Time  // when a save ended, or the run began
}

// newSaver prepares for saving into the trainer's Store.
func newSaver(t *Trainer) *saver {
	s := &saver{store: *t.Store, last: time.Now()}
	s.store.Warn = func(err error) { s.warnings = append(s.warnings, err) }
	return s
}

// SaveError is a checkpoint that could not be written. Those before it are as
// they were.
type SaveError struct {
	Step int
	Err  error
}

func (e *SaveError) Error() string {
	return fmt.Sprintf("training stopped, since step %d could not be saved: %v", e.Step, e.Err)
}

// Unwrap is the cause.
func (e *SaveError) Unwrap() error { return e.Err }

// between is called between two updates. It hears of a save that has ended, and
// begins one that is due. The last update of an epoch is saved with the epoch.
func (t *Trainer) between(ctx context.Context) error {
	if t.saver == nil {
		return nil
	}
	if err := t.hear(false); err != nil {
		return err
	}
	if t.state.Batch == t.loader.Len() || !t.due() {
		return nil
	}
	return t.save(ctx)
}

func (t *Trainer) due() bool {
	c := t.Config.Checkpoint
	if c.EverySteps > 0 && t.Optimizer.Steps()%c.EverySteps == 0 {
		return true
	}
	waited := time.Since(t.saver.last).Minutes()
	return c.EveryMinutes > 0 && waited >= c.EveryMinutes && t.saver.ended == nil
}

// save begins to write a checkpoint of the present state. One that is still
// being written is waited for: that happens where checkpoints are asked for
// more often than the disk takes them.
func (t *Trainer) save(ctx context.Context) error {
	if t.saver == nil {
		return nil
	}
	if err := t.hear(true); err != nil {
		return err
	}
	t.state.Steps, t.state.Identity = t.Optimizer.Steps(), t.Identity
	s := t.saver
	s.model = copyTensors(s.model, Tensors(t.Model))
	s.moments = copyTensors(s.moments, optimizerTensors(t.Optimizer, t.average))
	s.step = t.state.Steps
	// The state's slices only grow and a snapshot does not change, so neither
	// needs a deep copy.
	state, best, keep := t.state, t.best, t.Config.Checkpoint.keep()
	ended := make(chan error, 1)
	s.ended = ended
	ctx = context.WithoutCancel(ctx)
	go func() { ended <- s.write(ctx, state, best, t.Files, keep) }()
	failpoint.Here("save", "copied")
	return nil
}

// copyTensors copies the numbers of from into those of to, which it makes the
// first time.
func copyTensors(to, from []checkpoints.Tensor) []checkpoints.Tensor {
	if to == nil {
		for _, x := range from {
			x.F32 = make([]float32, len(x.F32))
			to = append(to, x)
		}
	}
	for i, x := range from {
		copy(to[i].F32, x.F32)
	}
	return to
}

// write makes a checkpoint durable and tidies up.
func (s *saver) write(ctx context.Context, state state, best *snapshot, more []checkpoints.File, keep int) error {
	b, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the state of training: %w", err)
	}
	files := []checkpoints.File{
		{Name: ModelFile, Write: checkpoints.Tensors(s.model, nil)},
		{Name: optimizerFile, Write: checkpoints.Tensors(s.moments, nil)},
		{Name: stateFile, Write: checkpoints.Bytes(append(b, '\n'))},
	}
	files = append(files, more...)
	if best != nil {
		files = append(files, checkpoints.File{Name: bestFile, Write: checkpoints.Tensors(best.tensors, nil)})
	}
	if _, err := s.store.Save(ctx, state.Steps, files); err != nil {
		return err
	}
	return s.store.Prune(ctx, keep, state.BestStep)
}

// hear takes in how the save under way has ended, if it has, or, told to, waits
// until it has.
func (t *Trainer) hear(wait bool) error {
	s := t.saver
	if s == nil || s.ended == nil {
		return nil
	}
	var err error
	if wait {
		err = <-s.ended
	} else {
		select {
		case err = <-s.ended:
		default:
			return nil
		}
	}
	s.ended, s.last = nil, time.Now()
	t.tell(s)
	if err != nil {
		return &SaveError{Step: s.step, Err: err}
	}
	if t.Hooks.Saved != nil {
		t.Hooks.Saved(s.step)
	}
	return nil
}

// tell passes on what the Store warned of.
func (t *Trainer) tell(s *saver) {
	for _, w := range s.warnings {
		if t.Store.Warn != nil {
			t.Store.Warn(w)
		}
	}
	s.warnings = nil
}

// endSaving waits for the save under way. Where the run has failed otherwise,
// err, a failed save is no more than a warning.
func (t *Trainer) endSaving(err error) error {
	failed := t.hear(true)
	if err == nil {
		return failed
	}
	if failed != nil && t.Store.Warn != nil {
		t.Store.Warn(failed)
	}
	return err
}
