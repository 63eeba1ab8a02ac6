package optim

import (
	"github.com/creasty/defaults"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// SGDConfig configures [SGD].
type SGDConfig struct {
	// LearningRate is the base rate that the schedule scales. Above 0.
	LearningRate float64 `yaml:"learning_rate" default:"0.01" validate:"gt=0"`
	// Momentum is the fraction of the previous update that is kept, in [0, 1). 0 is plain gradient
	// descent.
	Momentum float64 `yaml:"momentum" default:"0.9" validate:"gte=0,lt=1"`
	// Nesterov enables Nesterov momentum; it requires a momentum above 0.
	Nesterov bool `yaml:"nesterov" default:"false"`
	// WeightDecay adds this × the parameter to the gradient (an L2 penalty). 0
	// turns it off.
	WeightDecay float64 `yaml:"weight_decay" default:"0" validate:"gte=0"`
}

// DefaultSGD is the config of an empty `{type: sgd}`.
func DefaultSGD() SGDConfig {
	var c SGDConfig
	defaults.MustSet(&c)
	return c
}

// SGD is stochastic gradient descent with momentum:
//
//	g ← g + λ·p                  where the group decays
//	b ← μ·b + g
//	p ← p − lr·b                 or, with Nesterov, p ← p − lr·(g + μ·b)
//
// It agrees with PyTorch's torch.optim.SGD with dampening 0.
type SGD struct {
	c      SGDConfig
	n      int
	groups []Group
	b      []float32 // nil without momentum
	steps  int
	job    sgdJob
}

// NewSGD creates an optimizer for n parameters, which the groups partition in ascending order.
func NewSGD(n int, groups []Group, c SGDConfig) (*SGD, error) {
	if err := checkGroups(n, groups); err != nil {
		return nil, err
	}
	err := checkBounds(
		bound{"learning_rate", c.LearningRate, positive, infinity, "must be above 0"},
		bound{"momentum", c.Momentum, 0, 1, "must be at least 0 and below 1"},
		bound{"weight_decay", c.WeightDecay, 0, infinity, "must be at least 0"},
	)
	if err != nil {
		return nil, err
	}
	if c.Nesterov && c.Momentum == 0 {
		return nil, &ConfigError{Field: "nesterov", Value: true, Reason: "needs a momentum above 0"}
	}
	o := &SGD{c: c, n: n, groups: groups}
	o.job.body = o.job.plain
	if c.Momentum > 0 {
		o.b = make([]float32, n)
		o.job.momentum = float32(c.Momentum)
		o.job.body = o.job.heavy
		if c.Nesterov {
			o.job.body = o.job.nesterov
		}
	}
	return o, nil
}

// Step makes one update; see [Optimizer].
func (o *SGD) Step(params, grads []float32, lr float64) {
	checkLengths(o.n, params, grads)
	o.steps++
	j := &o.job
	for _, g := range o.groups {
		if g.Frozen {
			continue
		}
		j.rate, j.decay = g.rate(lr), g.decay(o.c.WeightDecay)
		j.p, j.g = params[g.Lo:g.Hi], grads[g.Lo:g.Hi]
		if o.b != nil {
			j.b = o.b[g.Lo:g.Hi]
		}
		parallel.Rows(len(j.p), grain, j.body)
	}
}

// sgdJob is one step over one group.
type sgdJob struct {
	p, g, b               []float32
	rate, decay, momentum float32
	body                  func(lo, hi int)
}

func (j *sgdJob) plain(lo, hi int) {
	p := j.p[lo:hi]
	for i, g := range j.g[lo:hi] {
		p[i] -= j.rate * (g + j.decay*p[i])
	}
}

func (j *sgdJob) heavy(lo, hi int) {
	p, b := j.p[lo:hi], j.b[lo:hi]
	for i, g := range j.g[lo:hi] {
		b[i] = j.momentum*b[i] + (g + j.decay*p[i])
		p[i] -= j.rate * b[i]
	}
}

func (j *sgdJob) nesterov(lo, hi int) {
	p, b := j.p[lo:hi], j.b[lo:hi]
	for i, g := range j.g[lo:hi] {
		g += j.decay * p[i]
		b[i] = j.momentum*b[i] + g
		p[i] -= j.rate * (g + j.momentum*b[i])
	}
}

// SetGroups replaces the groups; see [Regrouper].
func (o *SGD) SetGroups(groups []Group) error {
	if err := checkGroups(o.n, groups); err != nil {
		return err
	}
	o.groups = groups
	return nil
}

// LearningRate is the configured base rate.
func (o *SGD) LearningRate() float64 { return o.c.LearningRate }

// State returns the momentum buffer, if there is one.
func (o *SGD) State() []State {
	if o.b == nil {
		return nil
	}
	return []State{{"momentum", o.b}}
}

// Steps is the number of updates made so far.
func (o *SGD) Steps() int { return o.steps }

// SetSteps restores the number of updates made.
func (o *SGD) SetSteps(n int) { o.steps = n }
