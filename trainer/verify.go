package trainer

import (
	"encoding/json"
	"fmt"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/model"
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
	if s.Steps != c.Manifest.Step {
		return wrong("%s is of step %d, the manifest of step %d", stateFile, s.Steps, c.Manifest.Step)
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
	if err := json.Unmarshal(b, &s); err != nil {
		return s, &checkpoints.Error{Path: c.Dir, What: stateFile + " cannot be read: " + err.Error(), Err: err}
	}
	return s, nil
}
