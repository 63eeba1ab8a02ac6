package trainer

import (
	"context"
	"slices"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/optim"
)

// Files of a checkpoint.
const (
	ModelFile     = "model.safetensors"     // all parameters and buffers
	bestFile      = "best.safetensors"      // those of the best epoch
	optimizerFile = "optimizer.safetensors" // moments, running mean of the weights
	stateFile     = "state.json"
)

// state is where a run stands, beside its numbers. Batches and updates are
// counted between updates only.
type state struct {
	Identity  map[string]string `json:"identity"`
	Steps     int               `json:"steps"` // updates made
	Epoch     int               `json:"epoch"` // complete ones
	Batch     int               `json:"batch"` // done in the current epoch
	Sums      sums              `json:"sums"`  // of the current epoch
	Best      *float64          `json:"best"`  // monitored figure; null: none so far was a number
	BestEpoch int               `json:"best_epoch"`
	BestStep  int               `json:"best_step"`
	Waited    int               `json:"waited"` // epochs without improvement
	Stopped   bool              `json:"stopped"`
	History   []Epoch           `json:"history"`
}

// snapshot is a copy of a model's parameters and buffers.
type snapshot struct{ tensors []checkpoints.Tensor }

// Tensors are a model's parameters and buffers for a file, sharing memory.
func Tensors(m *model.Model) []checkpoints.Tensor {
	var ts []checkpoints.Tensor
	for _, p := range m.Params() {
		ts = append(ts, checkpoints.Tensor{Name: p.Name, Shape: p.Shape, F32: p.Data})
	}
	return ts
}

func (t *Trainer) snapshot() *snapshot {
	s := &snapshot{}
	for _, x := range Tensors(t.Model) {
		x.F32 = slices.Clone(x.F32)
		s.tensors = append(s.tensors, x)
	}
	return s
}

func (s *snapshot) restore(m *model.Model) {
	for i, p := range m.Params() {
		copy(p.Data, s.tensors[i].F32)
	}
}

func optimizerTensors(o optim.Optimizer, average []float32) []checkpoints.Tensor {
	var ts []checkpoints.Tensor
	for _, s := range o.State() {
		ts = append(ts, checkpoints.Tensor{Name: s.Name, Shape: []int{len(s.Data)}, F32: s.Data})
	}
	if average != nil {
		ts = append(ts, checkpoints.Tensor{Name: "average", Shape: []int{len(average)}, F32: average})
	}
	return ts
}

// load restores the newest valid checkpoint.
func (t *Trainer) load(ctx context.Context) error {
	c, err := t.saver.store.Latest(ctx)
	t.tell(t.saver)
	if err != nil {
		return err
	}
	s, err := readState(c)
	if err != nil {
		return err
	}
	if err := t.agree(s.Identity); err != nil {
		return err
	}
	if t.Verify != nil {
		if err := t.Verify(c); err != nil {
			return err
		}
	}
	if err := t.fits(c, &s); err != nil {
		return err
	}
	if err := t.adopt(&s); err != nil {
		return err
	}
	if s.BestEpoch > 0 {
		best := t.snapshot()
		if _, err := c.LoadInto(bestFile, best.tensors); err != nil {
			return err
		}
		t.best = best
	}
	if _, err := c.LoadInto(optimizerFile, optimizerTensors(t.Optimizer, t.average)); err != nil {
		return err
	}
	if _, err := c.LoadInto(ModelFile, Tensors(t.Model)); err != nil {
		return err
	}
	t.state = s
	t.Optimizer.SetSteps(s.Steps)
	// What a killed process was about to delete would stay if no more is saved.
	err = t.saver.store.Prune(ctx, t.Config.Checkpoint.keep(), s.BestStep)
	t.tell(t.saver)
	return err
}

// History is the figures of the epochs done so far, those before a resume
// included.
func (t *Trainer) History() []Epoch { return t.state.History }
