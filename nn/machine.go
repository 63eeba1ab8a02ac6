package nn

import (
	"fmt"
	"strings"
	"time"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/op"
)

// An instruction computes one node.
type instruction[T op.Float] struct {
	name    string
	forward op.Kernel[T]
	back    *op.Backward[T]
	foreign gorgonia.Op // one of Gorgonia's own operators

	in        []op.Array[T]
	out, grad op.Array[T]   // grad: for backward instructions
	din       []op.Array[T] // outputs of a backward instruction
	spent     time.Duration
}

// executor runs the nodes of a Gorgonia graph in creation order. It replaces Gorgonia's tape
// machine, which keeps every value of a step, allocates in each one, and writes in place through
// shared memory.
type executor[T op.Float] struct {
	code       []instruction[T]
	outputs    map[string]op.Array[T]
	inputGrads map[string][]T
	paramGrads map[*Param][]T
	copies     []gradCopy[T]
	sizes      Stats
	between    func() error // operators; may be nil
}

// gradCopy copies a gradient that could not be computed in its final location.
type gradCopy[T op.Float] struct{ dst, src []T }

func (e *executor[T]) stats() Stats { return e.sizes }

func (e *executor[T]) pause(f func() error) { e.between = f }

func (e *executor[T]) run() (err error) {
	pc := 0
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: internal fault: %v", e.code[pc].name, r)
		}
	}()
	for ; pc < len(e.code); pc++ {
		c := &e.code[pc]
		if e.between != nil {
			if err := e.between(); err != nil {
				return err
			}
		}
		var start time.Time
		if profiling.Load() {
			start = time.Now()
		}
		if err := c.run(); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if !start.IsZero() {
			c.spent += time.Since(start)
		}
	}
	for _, c := range e.copies {
		copy(c.dst, c.src)
	}
	return nil
}

func (c *instruction[T]) run() error {
	switch {
	case c.forward != nil:
		return c.forward.Forward(c.in, c.out)
	case c.back != nil:
		return c.back.Run(c.in, c.out, c.grad, c.din)
	default:
		return op.RunForeign(c.foreign, c.in, c.out)
	}
}

func (e *executor[T]) commit() {
	for i := range e.code {
		if k, ok := e.code[i].forward.(op.Committer); ok {
			k.Commit()
		}
	}
}

func as[U op.Float, T op.Float](x []T) []U {
	u, _ := any(x).([]U)
	return u
}

func (e *executor[T]) hasOutput(name string) bool {
	_, ok := e.outputs[name]
	return ok
}

func (e *executor[T]) float32s(name string) []float32     { return as[float32](e.outputs[name].Data) }
func (e *executor[T]) float64s(name string) []float64     { return as[float64](e.outputs[name].Data) }
func (e *executor[T]) gradient32(input string) []float32  { return as[float32](e.inputGrads[input]) }
func (e *executor[T]) gradient64(input string) []float64  { return as[float64](e.inputGrads[input]) }
func (e *executor[T]) parameter64(param *Param) []float64 { return as[float64](e.paramGrads[param]) }

// compile turns a finished graph into a program.
func compile(g *Graph) (*Program, error) {
	p := &Program{mode: g.options.Mode, clock: g.clock, inputs: g.byName}
	passes, err := g.backward()
	if err != nil {
		return nil, err
	}
	for _, b := range g.inputs {
		p.names = append(p.names, strings.TrimPrefix(b.name, "input."))
	}
	for _, o := range g.outputs {
		p.outputs = append(p.outputs, o.name)
	}
	p.params = g.params
	p.registries = registries(g.params)
	defer g.forget()
	if g.options.Float64 {
		p.machine = assemble(g, passes, make([][]float64, len(passes)), func(b *binding) []float64 { return b.f64 })
		return p, nil
	}
	flats := make([][]float32, len(passes))
	for i, into := range []*[]float32{&p.grads, &p.second}[:len(passes)] {
		*into = flatGradient(g)
		flats[i] = *into
	}
	p.machine = assemble(g, passes, flats, func(b *binding) []float32 { return b.f32 })
	return p, nil
}

// pass is the backward pass of one loss.
type pass struct {
	seed  *binding
	leafs map[*gorgonia.Node]*gorgonia.Node // gradients, by leaf
}

// backward adds a backward pass for each loss; none if the program does not differentiate.
func (g *Graph) backward() ([]pass, error) {
	if !g.options.differentiates() {
		return nil, nil
	}
	var passes []pass
	for _, l := range []struct {
		of   *gorgonia.Node
		name string
	}{{g.loss, "gradient of the loss"}, {g.second, "gradient of the second loss"}} {
		if l.of == nil {
			continue
		}
		p := pass{seed: &binding{name: l.name}}
		g.leaf(p.seed, g.float(), nil, nil)
		g.requires[p.seed.node] = false
		var err error
		if p.leafs, err = g.gradients(l.of, p.seed.node); err != nil {
			return nil, err
		}
		passes = append(passes, p)
	}
	return passes, nil
}

// forget lets the graph go, which takes some kilobytes a node.
func (b *builder) forget() {
	for _, x := range append(b.inputs, b.params...) {
		x.node = nil
	}
}

// flatGradient returns the vector into which the gradients of packed parameters are computed, or
// nil if there are none. Gradients of parameters outside this vector, or in the vector of another
// model, would be lost silently, so they are errors.
func flatGradient(g *Graph) []float32 {
	if g.options.Mode != Train {
		return nil
	}
	var first *Param
	for _, b := range g.params {
		p := b.param
		if !p.Trainable || g.options.Freezes(p.Name) {
			continue
		}
		if p.reg == nil || p.reg.flat == nil {
			g.At("").fail("%s is trainable but its model is not packed: call Scope.Pack before building", p.Name)
		}
		if first == nil {
			first = p
		}
		if p.reg != first.reg {
			g.At("").fail("%s and %s belong to different models: create parameters that are trained together in one NewScope", first.Name, p.Name)
		}
	}
	if first == nil {
		return nil
	}
	if g.space.measure {
		return nil
	}
	return make([]float32, len(first.reg.flat))
}

// assemble plans memory and emits the instructions.
func assemble[T op.Float](g *Graph, passes []pass, flats [][]T, data func(*binding) []T) *executor[T] {
	a := newAssembler(g, data)
	for i, p := range passes {
		a.fixed[p.seed.node] = op.Array[T]{Data: []T{1}}
		a.seek(p.leafs, flats[i], i > 0)
	}
	for _, o := range g.outputs {
		a.mark(o.node)
	}
	a.fuse()
	a.plan()
	if !g.space.measure {
		a.emit()
	}
	return a.exec
}
