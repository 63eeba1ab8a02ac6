package optim

import (
	"fmt"
	"math"

	"github.com/creasty/defaults"
)

// A Span is a duration of training. Below 1 it is a fraction of all steps, rounded to the nearest
// step; from 1 it is a number of steps, and must be an integer.
type Span float64

// Steps converts the span to steps, for a training with total steps.
func (s Span) Steps(total int) (int, error) {
	v := float64(s)
	switch {
	case v >= 0 && v < 1:
		return int(math.Round(v * float64(total))), nil
	case v >= 1 && v == math.Trunc(v) && v <= math.MaxInt32:
		return int(v), nil
	}
	return 0, fmt.Errorf("must be a fraction of all steps from 0 to below 1, or a whole number of steps")
}

// A Schedule determines the learning rate of each step. Steps are counted from 0: the first update
// uses LR(0).
//
// Every schedule starts with a linear warm-up over its first W steps: base·(step+1)/W. The
// constructors' formulas apply after it, with
//
//	u = (step − W) / (steps − W)     the completed fraction of the rest, at most 1
type Schedule struct {
	base   float64
	warmup int
	factor func(after int) float64 // factor on the base rate, steps after the warm-up
}

// LR is the learning rate of a step, counted from 0.
func (s *Schedule) LR(step int) float64 {
	if step < s.warmup {
		return s.base * float64(step+1) / float64(s.warmup)
	}
	if s.factor == nil {
		return s.base
	}
	return s.base * s.factor(step-s.warmup)
}

// newSchedule checks what all schedules have in common. shape receives the number of steps after
// the warm-up, at least 1.
func newSchedule(base float64, steps int, warmup Span, shape func(rest int) func(int) float64) (*Schedule, error) {
	if err := checkBounds(bound{"learning_rate", base, positive, infinity, "must be above 0"}); err != nil {
		return nil, err
	}
	w, err := warmup.Steps(steps)
	if err != nil {
		return nil, &ConfigError{Field: "warmup", Value: float64(warmup), Reason: err.Error()}
	}
	return &Schedule{base: base, warmup: w, factor: shape(max(steps-w, 1))}, nil
}

// ConstantConfig configures [NewConstant].
type ConstantConfig struct {
	// Warmup is the length of the initial linear increase of the rate: below 1 a fraction of all
	// steps, from 1 a number of steps.
	Warmup Span `yaml:"warmup" default:"0" validate:"gte=0"`
}

// NewConstant keeps the base rate: LR = base.
func NewConstant(base float64, steps int, c ConstantConfig) (*Schedule, error) {
	return newSchedule(base, steps, c.Warmup, func(int) func(int) float64 {
		return func(int) float64 { return 1 }
	})
}

// CosineConfig configures [NewCosine].
type CosineConfig struct {
	// Warmup is the length of the initial linear increase of the rate: below 1 a fraction of all
	// steps, from 1 a number of steps.
	Warmup Span `yaml:"warmup" default:"0" validate:"gte=0"`
	// FinalFactor is the final rate as a fraction of the base rate, in [0, 1].
	FinalFactor float64 `yaml:"final_factor" default:"0" validate:"gte=0,lte=1"`
}

// NewCosine decays along half a cosine (Loshchilov and Hutter 2017): LR = base·(f + (1−f)·(1 + cos
// πu)/2), with f the final factor.
func NewCosine(base float64, steps int, c CosineConfig) (*Schedule, error) {
	if err := checkFinal(c.FinalFactor); err != nil {
		return nil, err
	}
	return newSchedule(base, steps, c.Warmup, func(rest int) func(int) float64 {
		return func(after int) float64 {
			u := fraction(after, rest)
			return c.FinalFactor + (1-c.FinalFactor)*(1+math.Cos(math.Pi*u))/2
		}
	})
}

// LinearConfig configures [NewLinear].
type LinearConfig struct {
	// Warmup is the length of the initial linear increase of the rate: below 1 a fraction of all
	// steps, from 1 a number of steps.
	Warmup Span `yaml:"warmup" default:"0" validate:"gte=0"`
	// FinalFactor is the final rate as a fraction of the base rate, in [0, 1].
	FinalFactor float64 `yaml:"final_factor" default:"0" validate:"gte=0,lte=1"`
}

// NewLinear decays linearly: LR = base·(1 + (f−1)·u), with f the final factor.
func NewLinear(base float64, steps int, c LinearConfig) (*Schedule, error) {
	if err := checkFinal(c.FinalFactor); err != nil {
		return nil, err
	}
	return newSchedule(base, steps, c.Warmup, func(rest int) func(int) float64 {
		return func(after int) float64 {
			return 1 + (c.FinalFactor-1)*fraction(after, rest)
		}
	})
}

// StepConfig configures [NewStep].
type StepConfig struct {
	// Warmup is the length of the initial linear increase of the rate: below 1 a fraction of all
	// steps, from 1 a number of steps.
	Warmup Span `yaml:"warmup" default:"0" validate:"gte=0"`
	// StepSize is the interval between two reductions: below 1 a fraction of all steps, from 1 a
	// number of steps.
	StepSize Span `yaml:"step_size" default:"0.3" validate:"gt=0"`
	// Gamma is the factor of each reduction, in (0, 1].
	Gamma float64 `yaml:"gamma" default:"0.1" validate:"gt=0,lte=1"`
}

// DefaultStep is the config of an empty `{type: step}`. The other schedules'
// zero values are their defaults.
func DefaultStep() StepConfig {
	var c StepConfig
	defaults.MustSet(&c)
	return c
}

// NewStep decays by a constant factor at equal intervals: LR = base·γ^⌊(step − W)/S⌋, with S the
// step size in steps.
func NewStep(base float64, steps int, c StepConfig) (*Schedule, error) {
	if err := checkBounds(bound{"gamma", c.Gamma, positive, above(1), "must be above 0 and at most 1"}); err != nil {
		return nil, err
	}
	size, err := c.StepSize.Steps(steps)
	if err != nil || c.StepSize == 0 {
		return nil, &ConfigError{Field: "step_size", Value: float64(c.StepSize),
			Reason: "must be a fraction of all steps above 0 and below 1, or a whole number of steps"}
	}
	size = max(size, 1)
	return newSchedule(base, steps, c.Warmup, func(int) func(int) float64 {
		return func(after int) float64 { return math.Pow(c.Gamma, float64(after/size)) }
	})
}

func checkFinal(f float64) error {
	return checkBounds(bound{"final_factor", f, 0, above(1), "must be from 0 to 1"})
}

// above is the bound that includes x itself.
func above(x float64) float64 { return math.Nextafter(x, infinity) }

// fraction is u in the package's formulas.
func fraction(after, rest int) float64 {
	return min(float64(after)/float64(rest), 1)
}
