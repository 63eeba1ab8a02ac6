package trainer

import (
	"math"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
	"github.com/chiasm-ml/chiasm/internal/rng"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/trainer/metrics"
	"github.com/chiasm-ml/chiasm/trainer/optim"
)

// pending is a batch whose gradient waits in the sum.
type pending struct {
	rows  []int
	loss  float64
	sums  sums
	index int
}

// sums are the running figures of an epoch.
type sums struct {
	Loss    float64 `json:"loss"` // times rows
	Rows    int     `json:"rows"`
	Correct int     `json:"correct"`
}

func (s *sums) add(o sums) {
	s.Loss, s.Rows, s.Correct = s.Loss+o.Loss, s.Rows+o.Rows, s.Correct+o.Correct
}

func (s sums) mean() float64 { return s.Loss / float64(s.Rows) }

func (s sums) values(o model.Output) metrics.Values {
	vs := metrics.Values{{Name: "loss", Value: s.mean()}}
	if o.Type == data.Multiclass || o.Type == data.Binary {
		vs = append(vs, metrics.Named{Name: "accuracy", Value: float64(s.Correct) / float64(s.Rows)})
	}
	return vs
}

// batch computes one batch and, if its group is complete, makes an update. It
// reports whether it did: only then can a run be saved and resumed exactly.
func (t *Trainer) batch(b *data.Batch, group *[]*pending) (updated bool, err error) {
	p, err := t.Model.Program(nn.Train, b.Size(), true)
	if err != nil {
		return false, err
	}
	t.dropModalities(b)
	t.Model.Fill(p, b)
	if err := p.Run(t.state.Epoch*t.loader.Len() + b.Index); err != nil {
		return false, err
	}
	failpoint.Here("step", "gradient")
	n := b.Size()
	s := sums{Loss: p.Loss() * float64(n), Rows: n, Correct: correct(t.Model.Output(), p.Output("logits"), b.Target)}
	*group = append(*group, &pending{rows: append([]int{}, b.Rows...), loss: p.Loss(), sums: s, index: b.Index})
	complete := len(*group) == t.Config.Accumulate || b.Index == t.loader.Len()-1
	grads := p.Gradients()
	if t.Config.Accumulate > 1 {
		for i, g := range grads {
			t.sum[i] += float32(n) * g
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

// update applies the gradient of a group of batches.
func (t *Trainer) update(b *data.Batch, p *nn.Program, grads []float32, group *[]*pending) error {
	rows := 0
	for _, g := range *group {
		rows += g.sums.Rows
	}
	if t.Config.Accumulate > 1 {
		for i := range grads {
			grads[i] /= float32(rows)
		}
	}
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

// correct counts the rows whose highest score is their label.
func correct(o model.Output, logits []float32, target data.Slot) int {
	n := 0
	switch o.Type {
	case data.Binary:
		for i, l := range logits {
			if (l > 0) == (target.F32[i] > 0.5) {
				n++
			}
		}
	case data.Multiclass:
		c := o.Size()
		for i, y := range target.Int {
			row := logits[i*c : (i+1)*c]
			best := 0
			for j, v := range row {
				if v > row[best] {
					best = j
				}
			}
			if best == y {
				n++
			}
		}
	}
	return n
}

// modalityKeys are where modality dropout draws from, by input.
func modalityKeys(seed uint64, inputs []string) []rng.Key {
	var keys []rng.Key
	for _, name := range inputs {
		keys = append(keys, rng.New(seed).Name("modality dropout").Name(name))
	}
	return keys
}

// dropModalities leaves inputs out of rows at random, by the row, the epoch and
// the input's name alone. A row keeps at least one of the inputs it has: the one
// with the highest draw.
func (t *Trainer) dropModalities(b *data.Batch) {
	p := t.Config.ModalityDropout
	if p == 0 {
		return
	}
	for i, row := range b.Rows {
		best, highest := -1, -1.0
		for m, present := range b.Present {
			if present[i] == 0 {
				continue
			}
			if u := t.dropout[m].Int(t.state.Epoch).Int(row).Float64(0); u > highest {
				best, highest = m, u
			}
		}
		for m, present := range b.Present {
			if present[i] != 0 && m != best && t.dropout[m].Int(t.state.Epoch).Int(row).Float64(0) < p {
				present[i] = 0
			}
		}
	}
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
