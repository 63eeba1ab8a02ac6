package nn

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/op"
)

// Add is x + y, broadcast (op.Add).
func (g *Graph) Add(x, y *gorgonia.Node) *gorgonia.Node { return g.Apply(op.Add{}, x, y) }

// Mul is x · y element by element, broadcast (op.Mul).
func (g *Graph) Mul(x, y *gorgonia.Node) *gorgonia.Node { return g.Apply(op.Mul{}, x, y) }

// Scale is by · x.
func (g *Graph) Scale(x *gorgonia.Node, by float64) *gorgonia.Node {
	return g.Apply(op.Scale{By: by}, x)
}

// Sum adds nodes of one shape; of one node it is that node.
func (g *Graph) Sum(xs ...*gorgonia.Node) *gorgonia.Node {
	if len(xs) == 1 {
		return xs[0]
	}
	return g.Apply(op.Sum{}, xs...)
}

// Concat joins nodes along an axis; of one node it is that node.
func (g *Graph) Concat(axis int, xs ...*gorgonia.Node) *gorgonia.Node {
	if len(xs) == 1 {
		return xs[0]
	}
	return g.Apply(op.Concat{Axis: axis}, xs...)
}

// Slice is from <= i < to along an axis.
func (g *Graph) Slice(x *gorgonia.Node, axis, from, to int) *gorgonia.Node {
	return g.Apply(op.Slice{Axis: axis, From: from, To: to}, x)
}

// Reshape is x in another shape of as many elements.
func (g *Graph) Reshape(x *gorgonia.Node, shape ...int) *gorgonia.Node {
	return g.Apply(op.Reshape{Shape: shape}, x)
}

// Transpose reorders axes: axis i of the result is axis perm[i] of x.
func (g *Graph) Transpose(x *gorgonia.Node, perm ...int) *gorgonia.Node {
	return g.Apply(op.Transpose{Perm: perm}, x)
}

// Activate applies an activation; op.None is x itself.
func (g *Graph) Activate(a op.Activation, x *gorgonia.Node) *gorgonia.Node {
	if a == op.None {
		return x
	}
	return g.Apply(op.Activate{Activation: a}, x)
}

// Dropout drops elements of x with probability p while training, and is x
// itself in evaluation. What is dropped is a function of the seed, the step,
// the path of the module and how many random operators it has made before.
func (g *Graph) Dropout(x *gorgonia.Node, p float64) *gorgonia.Node {
	if g.Mode() == Eval || p == 0 {
		return x
	}
	key, clock := g.Random()
	return g.Apply(op.Dropout{P: p, Key: key, Clock: clock}, x)
}

// MaskedMean is the mean of tokens (B, T, D) over those whose mask (B, T) is
// not 0: (B, D), zeros where there are none.
func (g *Graph) MaskedMean(tokens, mask *gorgonia.Node) *gorgonia.Node {
	return g.Apply(op.MaskedMean{}, tokens, mask)
}
