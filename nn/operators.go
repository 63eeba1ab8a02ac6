package nn

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/op"
)

// Add is x + y with broadcasting (op.Add).
func (g *Graph) Add(x, y *gorgonia.Node) *gorgonia.Node { return g.Apply(op.Add{}, x, y) }

// Mul is the elementwise x · y with broadcasting (op.Mul).
func (g *Graph) Mul(x, y *gorgonia.Node) *gorgonia.Node { return g.Apply(op.Mul{}, x, y) }

// Scale is by · x.
func (g *Graph) Scale(x *gorgonia.Node, by float64) *gorgonia.Node {
	return g.Apply(op.Scale{By: by}, x)
}

// Sum adds nodes of equal shape. A single node is returned unchanged.
func (g *Graph) Sum(xs ...*gorgonia.Node) *gorgonia.Node {
	if len(xs) == 1 {
		return xs[0]
	}
	return g.Apply(op.Sum{}, xs...)
}

// Concat concatenates nodes along an axis. A single node is returned unchanged.
func (g *Graph) Concat(axis int, xs ...*gorgonia.Node) *gorgonia.Node {
	if len(xs) == 1 {
		return xs[0]
	}
	return g.Apply(op.Concat{Axis: axis}, xs...)
}

// Slice takes indices from <= i < to along an axis.
func (g *Graph) Slice(x *gorgonia.Node, axis, from, to int) *gorgonia.Node {
	return g.Apply(op.Slice{Axis: axis, From: from, To: to}, x)
}

// Reshape changes the shape of x without changing the number of elements.
func (g *Graph) Reshape(x *gorgonia.Node, shape ...int) *gorgonia.Node {
	return g.Apply(op.Reshape{Shape: shape}, x)
}

// Transpose reorders axes: axis i of the result is axis perm[i] of x.
func (g *Graph) Transpose(x *gorgonia.Node, perm ...int) *gorgonia.Node {
	return g.Apply(op.Transpose{Perm: perm}, x)
}

// Activate applies an activation; op.None returns x.
func (g *Graph) Activate(a op.Activation, x *gorgonia.Node) *gorgonia.Node {
	if a == op.None {
		return x
	}
	return g.Apply(op.Activate{Activation: a}, x)
}

// Dropout zeroes elements of x with probability p in training, and returns x in evaluation. The
// mask is a function of the seed, the step, the path of the module and the number of random
// operators it created before.
func (g *Graph) Dropout(x *gorgonia.Node, p float64) *gorgonia.Node {
	if g.Mode() == Eval || p == 0 {
		return x
	}
	key, clock := g.Random()
	return g.Apply(op.Dropout{P: p, Key: key, Clock: clock}, x)
}

// MaskedMean averages tokens (B, T, D) whose mask (B, T) is not 0. Returns (B, D), zeros for rows
// without any.
func (g *Graph) MaskedMean(tokens, mask *gorgonia.Node) *gorgonia.Node {
	return g.Apply(op.MaskedMean{}, tokens, mask)
}
