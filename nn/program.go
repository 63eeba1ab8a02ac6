package nn

import (
	"errors"
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/op"
)

// A Program is a graph compiled for running: an order of operators over
// memory planned once. Fill its inputs in place, Run it, read its outputs and,
// in training, its gradients. A run allocates nothing.
//
// Programs over the same parameters may run at the same time, as long as
// nothing writes the parameters; one Program runs once at a time.
type Program struct {
	mode    Mode
	clock   *op.Clock
	inputs  map[string]*binding
	names   []string // of the inputs, in order
	outputs []string
	params  []*binding

	registries []*registry // of the parameters
	grads      []float32
	machine    machine
}

// machine is an executor of one float type.
type machine interface {
	run() error
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

// Stats describe a compiled program.
type Stats struct {
	Nodes   int // of the Gorgonia graph
	Steps   int // operators run
	Planned int // bytes of planned memory
	Sum     int // bytes the same values take without reuse
	// Bytes of inputs, of what operators keep for themselves (as far as it grows
	// faster than their results), and of the gradients of parameters.
	Inputs, Scratch, Gradients int
}

// made is the executor. It panics for a Program that Build did not make.
func (p *Program) made() machine {
	if p.machine == nil {
		panic("nn: a Program is missing: Build makes one")
	}
	return p.machine
}

// Mode is the mode the program was built for.
func (p *Program) Mode() Mode { return p.mode }

// Stats are the program's sizes.
func (p *Program) Stats() Stats { return p.made().stats() }

// Float is the buffer of a float input, to be filled before Run. It panics if
// there is no such input, or if it holds another type: names come from the
// caller's own build.
func (p *Program) Float(name string) []float32 {
	return buffer(p, name, func(b *binding) []float32 { return b.f32 }, "float32")
}

// Float64 is Float of a program built in double precision.
func (p *Program) Float64(name string) []float64 {
	return buffer(p, name, func(b *binding) []float64 { return b.f64 }, "float64")
}

// Int is the buffer of a whole-number input, to be filled before Run. It panics
// as Float does.
func (p *Program) Int(name string) []int {
	return buffer(p, name, func(b *binding) []int { return b.ints }, "whole numbers")
}

// IsInt reports whether an input holds whole numbers. It panics if there is no
// such input.
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

// listed is a few names for a message.
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

// Run computes the program once, at the given training step; random operators
// draw anew for every step and alike for the same one. An operator's error,
// such as an id outside its table, names the module.
func (p *Program) Run(step int) error {
	if p.machine == nil {
		return errors.New("nn: a Program is missing: Build makes one")
	}
	p.clock.Step = step
	if p.mode == Train { // the optimizer comes next
		for _, r := range p.registries {
			r.weights.Changed()
		}
	}
	return p.made().run()
}

// Commit lets operators keep what they learnt in the last run (running
// statistics). A trainer calls it after it has found the step's numbers finite.
func (p *Program) Commit() { p.made().commit() }

// Output is the value of a named output after a run, valid until the next. It
// panics if the build named no such output, or was in double precision.
func (p *Program) Output(name string) []float32 {
	p.mustOutput(name)
	v := p.made().float32s(name)
	if v == nil {
		panic(fmt.Sprintf("nn: the output %q is in double precision: read it with Output64", name))
	}
	return v
}

// Output64 is Output of a program built in double precision.
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

// Loss is the value of the loss after a run. It panics if the build named none.
func (p *Program) Loss() float64 {
	p.mustOutput("loss")
	if v := p.made().float32s("loss"); v != nil {
		return float64(v[0])
	}
	return p.made().float64s("loss")[0]
}

// Gradients is the gradient of the loss after a run, laid out as the flat
// vector of Scope.Pack, valid until the next run. Parameters that the graph
// did not bind have zeros. nil for a program that does not train: one for
// evaluation, or in double precision.
func (p *Program) Gradients() []float32 { return p.grads }

// InputGradient is the gradient by a float input (Options.InputGradients); nil
// if the loss does not depend on it.
func (p *Program) InputGradient(name string) []float32 { return p.made().gradient32(name) }

// InputGradient64 is InputGradient of a program built in double precision.
func (p *Program) InputGradient64(name string) []float64 { return p.made().gradient64(name) }

// ParamGradient64 is the gradient by a parameter of a program built in double
// precision; nil if the loss does not depend on it.
func (p *Program) ParamGradient64(q *Param) []float64 { return p.made().parameter64(q) }

// Params lists the parameters that the build borrowed, in order of first use.
func (p *Program) Params() []*Param {
	ps := make([]*Param, len(p.params))
	for i, b := range p.params {
		ps[i] = b.param
	}
	return ps
}

// Param64 is the copy of a parameter that a program built in double precision
// computes with.
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

// Timings are the operators' times, summed since the build, if Profile was on.
func (p *Program) Timings() []Timing { return p.made().timings() }
