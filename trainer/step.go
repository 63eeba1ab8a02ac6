package trainer

import (
	"maps"
	"math"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
)

// pending is a batch whose gradient waits in the sum.
type pending struct {
	rows   []int
	weight float64 // of its rows in the loss, by their labels
	sums   sums    // with the loss times weight
}

// sums are the running figures of an epoch.
type sums struct {
	Loss    float64 `json:"loss"` // times rows
	Rows    int     `json:"rows"`
	Correct int     `json:"correct"`
	// Terms are an operator's own losses, by name, times rows.
	Terms map[string]float64 `json:"terms,omitempty"`
}

func (s *sums) add(o sums) {
	s.Loss, s.Rows, s.Correct = s.Loss+o.Loss, s.Rows+o.Rows, s.Correct+o.Correct
	if o.Terms == nil {
		return
	}
	terms := maps.Clone(s.Terms) // a save may be writing that
	if terms == nil {
		terms = map[string]float64{}
	}
	for name, v := range o.Terms {
		terms[name] += v
	}
	s.Terms = terms
}

func (s sums) mean() float64 { return s.Loss / float64(s.Rows) }

// values are the figures of so many rows; losses are named in the model's order.
func (s sums) values(h head.Head, losses []string) metrics.Values {
	vs := metrics.Values{{Name: "loss", Value: s.mean()}}
	if _, ok := h.(head.Counter); ok {
		vs = append(vs, metrics.Named{Name: "accuracy", Value: float64(s.Correct) / float64(s.Rows)})
	}
	for _, name := range losses {
		vs = append(vs, metrics.Named{Name: metrics.LossPrefix + name, Value: s.Terms[name] / float64(s.Rows)})
	}
	return vs
}

// batch computes one batch and, if its group is complete, makes an update. It
// reports whether it did: only then can a run be saved and resumed exactly.
func (t *Trainer) batch(b *data.Batch, group *[]*pending) (updated bool, err error) {
	t.dropModalities(b.Rows, b.Present)
	p, err := filled(t.Model, t.encodings, nn.Train, b, true)
	if err != nil {
		return false, err
	}
	if err := t.terms.fill(t, p, b); err != nil {
		return false, err
	}
	if err := p.Run(t.state.Epoch*t.loader.Len() + b.Index); err != nil {
		return false, err
	}
	failpoint.Here("step", "gradient")
	n, weight := b.Size(), 0.0
	for i := range n {
		weight += t.Model.Head().Weight(b.Target, i) * float64(b.Weight[i])
	}
	s := sums{Loss: p.Loss() * weight, Rows: n}
	if c, ok := t.Model.Head().(head.Counter); ok {
		s.Correct = c.Correct(p.Output("logits"), b.Target)
	}
	for _, name := range t.losses {
		if s.Terms == nil {
			s.Terms = map[string]float64{}
		}
		s.Terms[name] = float64(p.Output(metrics.LossPrefix + name)[0]) * float64(n)
	}
	*group = append(*group, &pending{rows: append([]int{}, b.Rows...), weight: weight, sums: s})
	t.pareto.add(p.SecondGradients(), float32(weight))
	complete := len(*group) == t.Config.Accumulate || b.Index == t.loader.Len()-1
	grads := p.Gradients()
	if t.Config.Accumulate > 1 {
		for i, g := range grads {
			t.sum[i] += float32(weight) * g
		}
		grads = t.sum
	}
	if math.IsNaN(p.Loss()) || math.IsInf(p.Loss(), 0) {
		return false, t.nonFinite(*group, grads, p.Loss(), math.NaN())
	}
	if !complete {
		p.Commit()
		return false, nil
	}
	return true, t.update(b, p, grads, group)
}

// update applies the gradient of a group of batches. A batch divides by the
// weights of its own rows, so it counts by these among the others: the loss is
// that of one batch of all the group's rows.
func (t *Trainer) update(b *data.Batch, p *nn.Program, grads []float32, group *[]*pending) error {
	rows, weight := 0, 0.0
	for _, g := range *group {
		rows += g.sums.Rows
		weight += g.weight
	}
	scale := float32(1)
	if t.Config.Accumulate > 1 && weight > 0 {
		scale = float32(weight)
		for i := range grads {
			grads[i] /= scale
		}
	}
	grads = t.pareto.join(grads, p.SecondGradients(), scale)
	norm := optim.ClipNorm(grads, t.Config.ClipNorm)
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return t.nonFinite(*group, grads, p.Loss(), norm)
	}
	lr := t.schedule.LR(t.Optimizer.Steps())
	t.Optimizer.Step(t.Model.Weights(), grads, lr)
	failpoint.Here("step", "updated")
	p.Commit()
	t.updateAverage()
	loss := 0.0
	for _, g := range *group {
		if weight > 0 {
			g.sums.Loss *= float64(rows) / weight // 1 where all rows weigh alike
		}
		t.state.Sums.add(g.sums)
		loss += g.sums.Loss
	}
	*group = (*group)[:0]
	clear(t.sum)
	t.state.Batch = b.Index + 1
	if f := t.Hooks.Step; f != nil {
		f(Step{
			Epoch: t.state.Epoch + 1, Step: t.Optimizer.Steps(), Done: b.Index + 1, Batches: t.loader.Len(), Rows: rows,
			Loss: loss / float64(rows), Mean: t.state.Sums.mean(), LearningRate: lr, Norm: norm,
		})
	}
	return nil
}

// updateAverage moves the running mean of the weights towards them. Early on
// the mean forgets faster, so that the initial weights do not linger.
func (t *Trainer) updateAverage() {
	if t.average == nil {
		return
	}
	n := float64(t.Optimizer.Steps())
	keep := float32(min(t.Config.Average, n/(n+10)))
	for i, w := range t.Model.Weights() {
		t.average[i] += (1 - keep) * (w - t.average[i])
	}
}

// useAverage puts the mean in the weights' place; the function it returns
// puts them back.
func (t *Trainer) useAverage() (restore func()) {
	if t.average == nil {
		return func() {}
	}
	w := t.Model.Weights()
	kept := append([]float32{}, w...)
	copy(w, t.average)
	return func() { copy(w, kept) }
}
