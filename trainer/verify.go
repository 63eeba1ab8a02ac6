package trainer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/optim"
)

// Verify reports what a run could not be resumed from: m is a model like the
// checkpoint's, whose numbers it leaves alone. A model that is not a checkpoint
// has nothing to verify.
func Verify(c *checkpoints.Checkpoint, m *model.Model) error {
	if c == nil || m == nil {
		return &SetupError{"trainer: Verify needs a Checkpoint and a Model"}
	}
	if !c.Has(stateFile) {
		return nil
	}
	s, err := readState(c)
	if err != nil {
		return err
	}
	wrong := func(format string, args ...any) error {
		return &checkpoints.Error{Path: c.Dir, What: fmt.Sprintf(format, args...)}
	}
	moments, _, err := c.Tensors(optimizerFile)
	if err != nil {
		return err
	}
	for _, x := range moments {
		if len(x.F32) != len(m.Weights()) {
			return wrong("%s: %q has %d numbers for %d weights", optimizerFile, x.Name, len(x.F32), len(m.Weights()))
		}
	}
	if s.BestEpoch == 0 {
		return nil
	}
	_, err = c.LoadInto(bestFile, copyTensors(nil, Tensors(m)))
	return err
}

// readState reads where a run stood.
func readState(c *checkpoints.Checkpoint) (s state, err error) {
	b, err := c.ReadFile(stateFile)
	if err != nil {
		return s, err
	}
	if err := s.decode(b); err != nil {
		return s, &checkpoints.Error{Path: c.Dir, What: stateFile + " cannot be read: " + err.Error(), Err: err}
	}
	if err := s.check(c.Manifest.Step); err != nil {
		return s, &checkpoints.Error{Path: c.Dir, What: stateFile + " cannot be: " + err.Error(), Err: err}
	}
	return s, nil
}

// decode reads no more of the history than there are epochs done: the rest may be of any size.
func (s *state) decode(b []byte) error {
	type plain state // without methods, so that the decoder takes its fields
	raw := struct {
		*plain
		History json.RawMessage `json:"history"`
	}{plain: (*plain)(s)}
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	if len(raw.History) == 0 || string(raw.History) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw.History))
	if first, err := d.Token(); err != nil || first != json.Delim('[') {
		return errors.New("history is no list")
	}
	for d.More() {
		if len(s.History) >= s.Epoch {
			return fmt.Errorf("history has more epochs than the %d that are done", s.Epoch)
		}
		var e Epoch
		if err := d.Decode(&e); err != nil {
			return err
		}
		s.History = append(s.History, e)
	}
	return nil
}

// check reports a state that no run is ever in: a file whose checksum is right may
// have been written by anybody.
func (s *state) check(step int) error {
	for _, n := range []struct {
		name  string
		value int
	}{
		{"steps", s.Steps}, {"epoch", s.Epoch}, {"batch", s.Batch}, {"sums.rows", s.Sums.Rows}, {"sums.correct", s.Sums.Correct},
		{"best_epoch", s.BestEpoch}, {"best_step", s.BestStep}, {"waited", s.Waited},
	} {
		if n.value < 0 {
			return fmt.Errorf("%s is %d, expected 0 or more", n.name, n.value)
		}
	}
	last, err := s.checkHistory()
	switch {
	case err != nil:
		return err
	case s.Steps != step:
		return fmt.Errorf("steps is %d, and the manifest is of step %d", s.Steps, step)
	case s.Waited > s.Epoch:
		return fmt.Errorf("waited is %d, and %d epochs are done", s.Waited, s.Epoch)
	case s.Sums.Correct > s.Sums.Rows:
		return fmt.Errorf("sums.correct is %d of %d rows", s.Sums.Correct, s.Sums.Rows)
	case (s.Batch == 0) != (s.Sums.Rows == 0):
		return fmt.Errorf("batch is %d, and sums.rows %d", s.Batch, s.Sums.Rows)
	case s.Batch > s.Sums.Rows:
		return fmt.Errorf("batch is %d, and %d rows were in these", s.Batch, s.Sums.Rows)
	case (s.Batch == 0) != (s.Steps == last) || s.Steps < last || s.Steps-last > s.Batch:
		return fmt.Errorf("steps is %d, of which %d are in complete epochs, and batch is %d", s.Steps, last, s.Batch)
	}
	return s.checkBest()
}

// checkHistory returns the step of the last complete epoch.
func (s *state) checkHistory() (last int, err error) {
	if len(s.History) != s.Epoch {
		return 0, fmt.Errorf("history has %d epochs, and %d are done", len(s.History), s.Epoch)
	}
	for i, e := range s.History {
		if e.Epoch != i+1 || e.Step <= last {
			return 0, fmt.Errorf("history has epoch %d, step %d, after epoch %d, step %d", e.Epoch, e.Step, i, last)
		}
		last = e.Step
	}
	return last, nil
}

func (s *state) checkBest() error {
	switch {
	case s.BestEpoch > s.Epoch:
		return fmt.Errorf("best_epoch is %d, and %d are done", s.BestEpoch, s.Epoch)
	case (s.BestEpoch == 0) != (s.Best == nil):
		return fmt.Errorf("best_epoch is %d, and best is not of an epoch", s.BestEpoch)
	case s.BestEpoch == 0 && s.BestStep != 0:
		return fmt.Errorf("best_step is %d, and there is no best epoch", s.BestStep)
	case s.BestEpoch > 0 && s.BestStep != s.History[s.BestEpoch-1].Step:
		return fmt.Errorf("best_step is %d, and epoch %d ended at step %d", s.BestStep, s.BestEpoch, s.History[s.BestEpoch-1].Step)
	}
	return nil
}

// VerifyMoments reports moments that a run could not be resumed with: o is an
// optimizer of the checkpoint's model, whose moments it overwrites, average whether
// there is a running mean of the weights. A model that is not a checkpoint has
// nothing to verify.
func VerifyMoments(c *checkpoints.Checkpoint, m *model.Model, o optim.Optimizer, average bool) error {
	if c == nil || m == nil || o == nil {
		return errors.New("trainer: a checkpoint, its model or an optimizer is missing")
	}
	if !c.Has(stateFile) {
		return nil
	}
	var mean []float32
	if average {
		mean = make([]float32, len(m.Weights()))
	}
	_, err := c.LoadInto(optimizerFile, optimizerTensors(o, mean))
	return err
}

// fits reports a state that is of no run with this config and these rows.
func (t *Trainer) fits(c *checkpoints.Checkpoint, s *state) error {
	last := 0
	if s.Epoch > 0 {
		last = s.History[s.Epoch-1].Step
	}
	wrong := ""
	switch same := s.Identity["data"] == t.Identity["data"]; {
	case s.Batch > t.loader.Len():
		wrong = fmt.Sprintf("batch is %d, and an epoch has %d", s.Batch, t.loader.Len())
	case s.Steps-last != (s.Batch+t.Config.Accumulate-1)/t.Config.Accumulate:
		wrong = fmt.Sprintf("%d steps were made of %d batches", s.Steps-last, s.Batch)
	case same && last != s.Epoch*t.perEpoch():
		wrong = fmt.Sprintf("%d epochs ended at step %d, and each has %d steps", s.Epoch, last, t.perEpoch())
	default:
		return nil
	}
	return &checkpoints.Error{Path: c.Dir, What: stateFile + " cannot be: " + wrong}
}
