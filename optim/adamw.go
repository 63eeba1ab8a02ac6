package optim

import (
	"math"

	"github.com/creasty/defaults"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/internal/simd"
)

// AdamWConfig configures [AdamW].
type AdamWConfig struct {
	// LearningRate is the base rate that the schedule scales. Above 0.
	LearningRate float64 `yaml:"learning_rate" default:"0.001" validate:"gt=0"`
	// Beta1 is the decay of the running mean of gradients, in [0, 1).
	Beta1 float64 `yaml:"beta1" default:"0.9" validate:"gte=0,lt=1"`
	// Beta2 is the decay of the running mean of squared gradients, in [0, 1).
	Beta2 float64 `yaml:"beta2" default:"0.999" validate:"gte=0,lt=1"`
	// Epsilon is added to the root of the second moment, to avoid dividing by zero for parameters
	// whose gradient was always zero. Above 0.
	Epsilon float64 `yaml:"epsilon" default:"1e-8" validate:"gt=0"`
	// WeightDecay shrinks decaying parameters by learning rate × this at each step, independently
	// of the gradient. 0 turns it off.
	WeightDecay float64 `yaml:"weight_decay" default:"0.01" validate:"gte=0"`
}

// DefaultAdamW is the config of an empty `{type: adamw}`.
func DefaultAdamW() AdamWConfig {
	var c AdamWConfig
	defaults.MustSet(&c)
	return c
}

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019):
//
//	p ← p − lr·λ·p                        where the group decays
//	m ← β1·m + (1−β1)·g
//	v ← β2·v + (1−β2)·g²
//	p ← p − lr·m̂ / (√v̂ + ε)              m̂ = m/(1−β1ᵗ), v̂ = v/(1−β2ᵗ)
//
// The bias corrections are computed in float64, the rest in float32. It agrees with PyTorch's
// torch.optim.AdamW.
type AdamW struct {
	c      AdamWConfig
	groups []Group
	m, v   []float32
	steps  int
	job    adamwJob
}

// NewAdamW creates an optimizer for n parameters, which the groups partition in ascending order.
func NewAdamW(n int, groups []Group, c AdamWConfig) (*AdamW, error) {
	if err := checkGroups(n, groups); err != nil {
		return nil, err
	}
	err := checkBounds(
		bound{"learning_rate", c.LearningRate, positive, infinity, "must be above 0"},
		bound{"beta1", c.Beta1, 0, 1, "must be at least 0 and below 1"},
		bound{"beta2", c.Beta2, 0, 1, "must be at least 0 and below 1"},
		bound{"epsilon", c.Epsilon, positive, infinity, "must be above 0"},
		bound{"weight_decay", c.WeightDecay, 0, infinity, "must be at least 0"},
	)
	if err != nil {
		return nil, err
	}
	o := &AdamW{c: c, groups: groups, m: make([]float32, n), v: make([]float32, n)}
	o.job = adamwJob{beta1: float32(c.Beta1), beta2: float32(c.Beta2), epsilon: float32(c.Epsilon)}
	o.job.body = o.job.update
	return o, nil
}

// Step makes one update; see [Optimizer].
func (o *AdamW) Step(params, grads []float32, lr float64) {
	checkLengths(len(o.m), params, grads)
	o.steps++
	j := &o.job
	for _, g := range o.groups {
		if g.Frozen {
			continue
		}
		j.rate, j.decay = g.rate(lr), g.decay(o.c.WeightDecay)
		// Computed from the betas as the kernel has them: 1 − 0.999 in float32 is off by 1.3e-5,
		// which only a correction with the same number cancels.
		seen := float64(o.steps - g.Since)
		j.correct1 = float32(1 - math.Pow(float64(j.beta1), seen))
		j.correct2 = float32(1 - math.Pow(float64(j.beta2), seen))
		j.p, j.g, j.m, j.v = params[g.Lo:g.Hi], grads[g.Lo:g.Hi], o.m[g.Lo:g.Hi], o.v[g.Lo:g.Hi]
		parallel.Rows(len(j.p), grain, j.body)
	}
}

// adamwJob is one step over one group.
type adamwJob struct {
	p, g, m, v            []float32
	rate, decay           float32
	beta1, beta2, epsilon float32
	correct1, correct2    float32 // 1 − βᵗ
	body                  func(lo, hi int)
}

func (j *adamwJob) update(lo, hi int) {
	simd.AdamW(j.p[lo:hi], j.m[lo:hi], j.v[lo:hi], j.g[lo:hi],
		j.rate, j.beta1, j.beta2, j.epsilon, j.decay, j.correct1, j.correct2, 1)
}

// SetGroups replaces the groups; see [Regrouper].
func (o *AdamW) SetGroups(groups []Group) error {
	if err := checkGroups(len(o.m), groups); err != nil {
		return err
	}
	o.groups = groups
	return nil
}

// LearningRate is the configured base rate.
func (o *AdamW) LearningRate() float64 { return o.c.LearningRate }

// State returns the first and second moments.
func (o *AdamW) State() []State {
	return []State{{"first_moment", o.m}, {"second_moment", o.v}}
}

// Steps is the number of updates made so far.
func (o *AdamW) Steps() int { return o.steps }

// SetSteps restores the number of updates made.
func (o *AdamW) SetSteps(n int) { o.steps = n }
