package nn

import (
	"errors"
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/op"
)

// A Program is a graph compiled for execution: a sequence of operators over memory planned once.
// Fill its inputs in place, call Run, and read its outputs and, in training, its gradients. A run
// allocates nothing.
//
// Programs over the same parameters may run concurrently as long as nothing writes the parameters.
// A single Program must not run concurrently with itself.
type Program struct {
	mode    Mode
	clock   *op.Clock
	inputs  map[string]*binding
	names   []string // of the inputs, in order of declaration
	outputs []string
	params  []*binding

	registries []*registry // of the parameters
	grads      []float32
	second     []float32 // gradients of the second loss
	machine    machine
}

// machine is an executor of one float type.
type machine interface {
	run() error
	pause(f func() error)
	commit()
	hasOutput(name string) bool
	float32s(output string) []float32
	float64s(output string) []float64
	gradient32(input string) []float32
	gradient64(input string) []float64
	parameter64(param *Param) []float64
	stats() Stats
	timings() []Timing
}

// Stats describes the size of a compiled program.
type Stats struct {
	Nodes   int // of the Gorgonia graph
	Steps   int // operators run
	Planned int // bytes of planned memory
	Sum     int // bytes the same values take without reuse
	// Bytes of the inputs, of the operators' scratch memory (as far as it grows faster than their
	// results), and of the parameters' gradients.
	Inputs, Scratch, Gradients int
}

// made returns the executor. It panics for a Program that was not created by Build.
func (p *Program) made() machine {
	if p.machine == nil {
		panic("nn: the Program was not created by Build")
	}
	return p.machine
}

// Mode is the mode the program was built for.
func (p *Program) Mode() Mode { return p.mode }

// Stats returns the program's sizes.
func (p *Program) Stats() Stats { return p.made().stats() }

// Float returns the buffer of a float input, to be filled before Run. It panics if there is no such
// input or it has another type, since names come from the caller's own build.
func (p *Program) Float(name string) []float32 {
	return buffer(p, name, func(b *binding) []float32 { return b.f32 }, "float32")
}

// Float64 is Float for a program built in double precision.
func (p *Program) Float64(name string) []float64 {
	return buffer(p, name, func(b *binding) []float64 { return b.f64 }, "float64")
}

// Int returns the buffer of an integer input, to be filled before Run. It panics like Float.
func (p *Program) Int(name string) []int {
	return buffer(p, name, func(b *binding) []int { return b.ints }, "whole numbers")
}

// IsInt reports whether an input is an integer input. It panics if there is no such input.
func (p *Program) IsInt(name string) bool { return p.input(name).ints != nil }

func (p *Program) input(name string) *binding {
	b := p.inputs[name]
	if b == nil {
		panic(fmt.Sprintf("nn: the program has no input %q; it has %s", name, listed(p.names)))
	}
	return b
}

func buffer[T any](p *Program, name string, of func(*binding) []T, want string) []T {
	values := of(p.input(name))
	if values == nil {
		panic(fmt.Sprintf("nn: the input %q does not hold %s", name, want))
	}
	return values
}

// listed formats a few names for a message.
func listed(names []string) string {
	const most = 12
	if len(names) == 0 {
		return "none"
	}
	if n := len(names) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}

// HasInput reports whether the build declared an input called name.
func (p *Program) HasInput(name string) bool { return p != nil && p.inputs[name] != nil }

// Run executes the program once for the given training step. Random operators draw differently for
// every step, and identically for equal steps. An operator's error, such as an id outside its
// table, names the module.
func (p *Program) Run(step int) error {
	if p.machine == nil {
		return errors.New("nn: the Program was not created by Build")
	}
	p.clock.Step = step
	if p.mode == Train { // the optimizer runs next
		for _, r := range p.registries {
			r.weights.Changed()
		}
	}
	return p.made().run()
}

// Between makes each later Run call f before every operator, some of which take
// milliseconds: to give way to others, or to end the run with f's error. nil ends that.
func (p *Program) Between(f func() error) { p.made().pause(f) }

// Commit lets operators keep state they updated during the last run (running statistics). A trainer
// calls it after checking that the step's numbers are finite.
func (p *Program) Commit() { p.made().commit() }

// Output returns the value of a named output after a run, valid until the next run. It panics if
// there is no such output, or if the program is in double precision.
func (p *Program) Output(name string) []float32 {
	p.mustOutput(name)
	v := p.made().float32s(name)
	if v == nil {
		panic(fmt.Sprintf("nn: the output %q is in double precision: read it with Output64", name))
	}
	return v
}

// Output64 is Output for a program built in double precision.
func (p *Program) Output64(name string) []float64 {
	p.mustOutput(name)
	v := p.made().float64s(name)
	if v == nil {
		panic(fmt.Sprintf("nn: the output %q is in single precision: read it with Output", name))
	}
	return v
}

func (p *Program) mustOutput(name string) {
	if !p.made().hasOutput(name) {
		panic(fmt.Sprintf("nn: the program has no output %q; it has %s", name, listed(p.outputs)))
	}
}

// Loss returns the value of the loss after a run. It panics if the build set none.
func (p *Program) Loss() float64 {
	p.mustOutput("loss")
	if v := p.made().float32s("loss"); v != nil {
		return float64(v[0])
	}
	return p.made().float64s("loss")[0]
}

// Gradients returns the gradient of the loss after a run, laid out like the flat vector of
// Scope.Pack and valid until the next run. Parameters that the graph did not bind have zeros. It is
// nil for a program that does not train, in evaluation or in double precision.
func (p *Program) Gradients() []float32 { return p.grads }

// SecondGradients is Gradients of the second loss; nil for a program without one.
func (p *Program) SecondGradients() []float32 { return p.second }

// InputGradient returns the gradient with respect to a float input (Options.InputGradients), or nil
// if the loss does not depend on it.
func (p *Program) InputGradient(name string) []float32 { return p.made().gradient32(name) }

// InputGradient64 is InputGradient for a program built in double precision.
func (p *Program) InputGradient64(name string) []float64 { return p.made().gradient64(name) }

// ParamGradient64 returns the gradient with respect to a parameter, in a program built in double
// precision, or nil if the loss does not depend on it.
func (p *Program) ParamGradient64(q *Param) []float64 { return p.made().parameter64(q) }

// Params lists the parameters that the build borrowed, in order of first use.
func (p *Program) Params() []*Param {
	ps := make([]*Param, len(p.params))
	for i, b := range p.params {
		ps[i] = b.param
	}
	return ps
}

// Param64 returns the copy of a parameter used by a program built in double precision.
func (p *Program) Param64(q *Param) []float64 {
	for _, b := range p.params {
		if b.param == q {
			return b.f64
		}
	}
	return nil
}

// InputNames lists the inputs in the order of their declaration.
func (p *Program) InputNames() []string { return p.names }

// HasOutput reports whether the build named an output.
func (p *Program) HasOutput(name string) bool { return p.made().hasOutput(name) }

// Timings returns the operators' times, summed since the build, if Profile was on.
func (p *Program) Timings() []Timing { return p.made().timings() }
