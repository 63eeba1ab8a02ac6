package optim

import (
	"fmt"
	"math"
)

// An Optimizer updates a flat parameter vector from its gradient.
//
// It is made for one vector length; Step panics if it is given another, as an
// index out of range would. It is not safe for concurrent use.
type Optimizer interface {
	// Step makes one update of params in place at learning rate lr. params and
	// grads have the length that the optimizer was made for. grads is only read,
	// and must be finite: see [ClipNorm].
	Step(params, grads []float32, lr float64)
	// LearningRate is the configured base rate, from which a [Schedule] is made.
	LearningRate() float64
	// State is what a checkpoint holds beside Steps, always in the same order.
	// The slices are the optimizer's own: copy from them to save, into them to
	// restore.
	State() []State
	// Steps is the number of updates made so far.
	Steps() int
	// SetSteps restores the number of updates made.
	SetSteps(n int)
}

// A State is one named part of an optimizer's memory, laid out as the parameter
// vector is.
type State struct {
	Name string
	Data []float32
}

// A Group is the range [Lo, Hi) of the flat parameter vector, and how it is
// trained: as the optimizer's options say, but for what is set here.
type Group struct {
	Lo, Hi int
	// Decay says whether weight decay applies: to weights, and not to biases or
	// the gains of normalisation.
	Decay bool
	// WeightDecay takes the place of the optimizer's, where Decay is set; nil: the
	// optimizer's.
	WeightDecay *float64
	// Rate multiplies the learning rate of each step; 0 is 1.
	Rate float64
	// Frozen leaves the range as it is.
	Frozen bool
	// Since is how many updates were made before the range was first trained, of
	// one that was frozen until then: moments that begin at zero are corrected by
	// the updates that they have seen.
	Since int
}

// A Regrouper is an Optimizer whose groups can be replaced between two steps.
// Its state stays.
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

// decay is the group's weight decay, for an optimizer whose own is given.
func (g Group) decay(own float64) float32 {
	switch {
	case !g.Decay:
		return 0
	case g.WeightDecay != nil:
		return float32(*g.WeightDecay)
	}
	return float32(own)
}

// A ConfigError says which option of an optimizer or a schedule cannot be used,
// and why.
type ConfigError struct {
	Field  string // the option, as the config file spells it
	Value  any
	Reason string // what was expected
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("%s is %v: %s", e.Field, e.Value, e.Reason)
}

// ExitCode is the command's exit code for a wrong config.
func (e *ConfigError) ExitCode() int { return 2 }

// checkGroups returns an error unless the groups are a partition of [0, n) in
// ascending order. A gap would be a parameter that never trains, without a word;
// one that is meant not to is in a group that is Frozen.
func checkGroups(n int, groups []Group) error {
	at := 0
	for _, g := range groups {
		if g.Lo != at || g.Hi < g.Lo || g.Hi > n {
			return fmt.Errorf("optim: group [%d, %d) of %d parameters: expected to start at %d and to end within the vector", g.Lo, g.Hi, n, at)
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
		return fmt.Errorf("optim: the groups end at %d of %d parameters: every parameter must be in one", at, n)
	}
	return nil
}

// checkLengths panics if params and grads are not both n long.
func checkLengths(n int, params, grads []float32) {
	if len(params) != n || len(grads) != n {
		panic(fmt.Sprintf("optim: %d parameters and %d gradients for an optimizer of %d", len(params), len(grads), n))
	}
}

// A bound is a range that an option must lie in; NaN lies in none.
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

// grain is how many parameters one core takes at a time: a cut that does not
// depend on how many cores there are.
const grain = 1 << 14

// positive is a bound's lower end for a value that may not be zero.
const positive = math.SmallestNonzeroFloat64

var infinity = math.Inf(1)
