package optim

import (
	"fmt"
	"math"
)

// An Optimizer updates a flat parameter vector from its gradient.
//
// It is created for a fixed vector length; Step panics on any other, like an index out of range. It
// is not safe for concurrent use.
type Optimizer interface {
	// Step updates params in place with learning rate lr. params and grads have the length that the
	// optimizer was created for. grads is only read, and must be finite: see [ClipNorm].
	Step(params, grads []float32, lr float64)
	// LearningRate is the configured base rate, from which a [Schedule] is created.
	LearningRate() float64
	// State is what a checkpoint stores besides Steps, always in the same order. The slices are the
	// optimizer's own: copy from them to save, and into them to restore.
	State() []State
	// Steps is the number of updates made so far.
	Steps() int
	// SetSteps restores the number of updates made.
	SetSteps(n int)
}

// A State is one named part of an optimizer's memory, laid out like the parameter vector.
type State struct {
	Name string
	Data []float32
}

// A Group is the range [Lo, Hi) of the flat parameter vector with the ways in which its training
// deviates from the optimizer's options.
type Group struct {
	Lo, Hi int
	// Decay enables weight decay: true for weights, false for biases and normalisation gains.
	Decay bool
	// WeightDecay replaces the optimizer's weight decay if Decay is set; nil keeps the optimizer's.
	WeightDecay *float64
	// Rate multiplies the learning rate of each step; 0 means 1.
	Rate float64
	// Frozen leaves the range unchanged.
	Frozen bool
	// Since is the number of updates made before the range was first trained, for a range that was
	// frozen until then: its moments started at zero and are corrected for the number of updates
	// they have seen.
	Since int
}

// A Regrouper is an Optimizer whose groups can be replaced between two steps. Its state is kept.
type Regrouper interface {
	Optimizer
	SetGroups(groups []Group) error
}

// rate is the group's learning rate at a step whose learning rate is lr.
func (g Group) rate(lr float64) float32 {
	if g.Rate == 0 {
		return float32(lr)
	}
	return float32(lr * g.Rate)
}

// decay is the group's weight decay, given the optimizer's own.
func (g Group) decay(own float64) float32 {
	switch {
	case !g.Decay:
		return 0
	case g.WeightDecay != nil:
		return float32(*g.WeightDecay)
	}
	return float32(own)
}

// A ConfigError reports an invalid option of an optimizer or a schedule, and why.
type ConfigError struct {
	Field  string // the option as spelt in the config file
	Value  any
	Reason string // what was expected
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("%s is %v: %s", e.Field, e.Value, e.Reason)
}

// ExitCode is the command's exit code for a wrong config.
func (e *ConfigError) ExitCode() int { return 2 }

// checkGroups returns an error unless the groups partition [0, n) in ascending order. A gap would
// be a parameter that is silently never trained; intentional ones are in a group that is Frozen.
func checkGroups(n int, groups []Group) error {
	at := 0
	for _, g := range groups {
		if g.Lo != at || g.Hi < g.Lo || g.Hi > n {
			return fmt.Errorf("optim: group [%d, %d) of %d parameters: expected it to start at %d and end within the vector", g.Lo, g.Hi, n, at)
		}
		if g.Since < 0 {
			return fmt.Errorf("optim: group [%d, %d) is trained since update %d: expected 0 or more", g.Lo, g.Hi, g.Since)
		}
		if !(g.Rate >= 0 && g.Rate < infinity) {
			return fmt.Errorf("optim: group [%d, %d) has the rate %g: expected 0 or more", g.Lo, g.Hi, g.Rate)
		}
		if d := g.WeightDecay; d != nil && !(*d >= 0 && *d < infinity) {
			return fmt.Errorf("optim: group [%d, %d) has the weight decay %g: expected 0 or more", g.Lo, g.Hi, *d)
		}
		at = g.Hi
	}
	if at != n {
		return fmt.Errorf("optim: the groups end at %d of %d parameters: every parameter must belong to one", at, n)
	}
	return nil
}

// checkLengths panics if params and grads are not both n long.
func checkLengths(n int, params, grads []float32) {
	if len(params) != n || len(grads) != n {
		panic(fmt.Sprintf("optim: %d parameters and %d gradients for an optimizer of %d", len(params), len(grads), n))
	}
}

// A bound is the range of valid values of an option; NaN is never valid.
type bound struct {
	field  string
	value  float64
	lo, hi float64 // lo <= value < hi
	reason string
}

func checkBounds(bs ...bound) error {
	for _, b := range bs {
		if !(b.value >= b.lo && b.value < b.hi) {
			return &ConfigError{Field: b.field, Value: b.value, Reason: b.reason}
		}
	}
	return nil
}

// grain is the number of parameters that one core processes at a time: a partition that does not
// depend on the number of cores.
const grain = 1 << 14

// positive is the lower end of a bound for values that must not be zero.
const positive = math.SmallestNonzeroFloat64

var infinity = math.Inf(1)
