package trainer

import (
	"fmt"
	"math"

	"github.com/chiasm-ml/chiasm/metrics"
)

// NonFiniteError is the end of a run whose loss or gradient is no longer a
// number. No weight was changed by the step, and nothing was saved of it.
type NonFiniteError struct {
	Epoch int                       `json:"epoch"`
	Step  int                       `json:"step"`
	Rows  []int                     `json:"rows"` // of the table, from 0
	Loss  metrics.Number            `json:"loss"`
	Norm  metrics.Number            `json:"gradient_norm"`
	First string                    `json:"first_parameter"` // with a gradient that is not finite
	Norms map[string]metrics.Number `json:"gradient_norms"`
}

func (e *NonFiniteError) Error() string {
	what := "the gradient"
	if v := float64(e.Loss); math.IsNaN(v) || math.IsInf(v, 0) {
		what = "the loss"
	}
	where := ""
	if e.First != "" {
		where = ", first in " + e.First
	}
	return fmt.Sprintf("%s is not finite at epoch %d, step %d%s; lower training.optimizer.learning_rate or training.clip_norm, or look at the rows of that step", what, e.Epoch, e.Step, where)
}

// ExitCode is 5.
func (e *NonFiniteError) ExitCode() int { return 5 }

// nonFinite describes a step by the gradient of its group, summed so far.
func (t *Trainer) nonFinite(group []*pending, grads []float32, loss, norm float64) error {
	e := &NonFiniteError{
		Epoch: t.state.Epoch + 1, Step: t.Optimizer.Steps() + 1, Loss: metrics.Number(loss), Norm: metrics.Number(norm),
		Norms: map[string]metrics.Number{},
	}
	for _, g := range group {
		e.Rows = append(e.Rows, g.rows...)
	}
	for _, q := range t.Model.Params() {
		if !q.Trainable {
			continue
		}
		s := 0.0
		for _, v := range grads[q.Offset() : q.Offset()+q.Size()] {
			s += float64(v) * float64(v)
		}
		e.Norms[q.Name] = metrics.Number(math.Sqrt(s))
		if e.First == "" && (math.IsNaN(s) || math.IsInf(s, 0)) {
			e.First = q.Name
		}
	}
	return e
}
