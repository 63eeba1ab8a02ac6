package nn

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Input declares a float input under a unique name, to be filled before each run.
func (g *Graph) Input(name string, shape ...int) *gorgonia.Node {
	g.made()
	b := &binding{name: "input." + name}
	g.takeInput(name, shape, g.unit())
	var backing any
	switch {
	case g.space.measure:
	case g.options.Float64:
		b.f64 = make([]float64, size(shape))
		backing = b.f64
	default:
		b.f32 = make([]float32, size(shape))
		backing = b.f32
	}
	g.declare(name, b)
	g.leaf(b, g.float(), shape, backing)
	g.requires[b.node] = g.options.InputGradients
	return b.node
}

// Constant is an Input that never has a gradient, whatever the options: a mask, row weights, a
// regression target.
func (g *Graph) Constant(name string, shape ...int) *gorgonia.Node {
	n := g.Input(name, shape...)
	g.requires[n] = false
	return n
}

// IntInput declares an integer input, such as ids or labels, to be filled before each run.
func (g *Graph) IntInput(name string, shape ...int) *gorgonia.Node {
	g.made()
	b := &binding{name: "input." + name}
	g.takeInput(name, shape, 8)
	if !g.space.measure {
		b.ints = make([]int, size(shape))
	}
	g.declare(name, b)
	g.leaf(b, tensor.Int, shape, b.ints)
	g.requires[b.node] = false
	return b.node
}

func (g *Graph) declare(name string, b *binding) {
	if g.byName[name] != nil {
		g.fail("two inputs are called %q", name)
	}
	g.byName[name] = b
	g.inputs = append(g.inputs, b)
}
