package nn

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/op"
)

// A Program is a graph compiled for running: an order of operators over
// memory planned once. Fill its inputs in place, Run it, read its outputs and,
// in training, its gradients. A run allocates nothing.
//
// Programs over the same parameters may run at the same time, as long as
// nothing writes the parameters; one Program runs once at a time.
type Program struct {
	mode   Mode
	clock  *op.Clock
	inputs map[string]*binding
	names  []string // of the inputs, in order
	params []*binding

	registries []*registry // of the parameters
	grads      []float32
	machine    machine
}

// machine is an executor of one float type.
type machine interface {
	run() error
	commit()
	float32s(output string) []float32
	float64s(output string) []float64
	gradient64(input string) []float64
	gradient32(input string) []float32
	stats() Stats
	timings() []Timing
}

// Stats describe a compiled program.
type Stats struct {
	Nodes   int // of the Gorgonia graph
	Steps   int // operators run
	Planned int // bytes of planned memory
	Sum     int // bytes the same values take without reuse
}

// Mode is the mode the program was built for.
func (p *Program) Mode() Mode { return p.mode }

// Stats are the program's sizes.
func (p *Program) Stats() Stats { return p.machine.stats() }

// Float is the buffer of a float input, to be filled before Run. It panics if
// there is no such input: names come from the caller's own build.
func (p *Program) Float(name string) []float32 { return p.input(name).f32 }

// Float64 is Float of a program built in double precision.
func (p *Program) Float64(name string) []float64 { return p.input(name).f64 }

// Int is the buffer of a whole-number input, to be filled before Run.
func (p *Program) Int(name string) []int { return p.input(name).ints }

// HasInput reports whether the build declared an input called name.
func (p *Program) HasInput(name string) bool { return p.inputs[name] != nil }

func (p *Program) input(name string) *binding {
	b := p.inputs[name]
	if b == nil {
		panic(fmt.Sprintf("nn: the program has no input %q", name))
	}
	return b
}

// Run computes the program once, at the given training step; random operators
// draw anew for every step and alike for the same one. An operator's error,
// such as an id outside its table, names the module.
func (p *Program) Run(step int) error {
	p.clock.Step = step
	if p.mode == Train { // the optimizer comes next
		for _, r := range p.registries {
			r.weights.Changed()
		}
	}
	return p.machine.run()
}

// Commit lets operators keep what they learnt in the last run (running
// statistics). A trainer calls it after it has found the step's numbers finite.
func (p *Program) Commit() { p.machine.commit() }

// Output is the value of a named output after a run, valid until the next.
func (p *Program) Output(name string) []float32 { return p.machine.float32s(name) }

// Output64 is Output of a program built in double precision.
func (p *Program) Output64(name string) []float64 { return p.machine.float64s(name) }

// Loss is the value of the loss after a run.
func (p *Program) Loss() float64 {
	if v := p.machine.float32s("loss"); v != nil {
		return float64(v[0])
	}
	return p.machine.float64s("loss")[0]
}

// Gradients is the gradient of the loss after a run, laid out as the flat
// vector of Scope.Pack, valid until the next run. Parameters that the graph
// did not bind have zeros.
func (p *Program) Gradients() []float32 { return p.grads }

// InputGradient is the gradient by a float input (Options.InputGradients).
func (p *Program) InputGradient(name string) []float32 { return p.machine.gradient32(name) }

// Gradient64 is the gradient by an input, or by a parameter under its name, of
// a program built in double precision; nil if the loss does not depend on it.
func (p *Program) Gradient64(name string) []float64 { return p.machine.gradient64(name) }

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
func (p *Program) HasOutput(name string) bool {
	return p.machine.float32s(name) != nil || p.machine.float64s(name) != nil
}

// Timings are the operators' times, summed since the build, if Profile was on.
func (p *Program) Timings() []Timing { return p.machine.timings() }
