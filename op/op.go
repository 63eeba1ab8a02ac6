package op

import (
	"slices"

	"gorgonia.org/tensor"
)

// Float is the type of the numbers an operator works on. Users train in
// float32; float64 exists so that every gradient can be checked by finite
// differences through a real graph.
type Float interface{ float32 | float64 }

// Array is a shape over flat, contiguous, row-major numbers. Exactly one of
// Data and Int is set; a scalar has an empty shape and one number.
type Array[T Float] struct {
	Shape tensor.Shape
	Data  []T
	Int   []int
}

// Wanted reports whether a gradient is asked for: Backward gets an empty Array
// for each input that needs none.
func (a Array[T]) Wanted() bool { return a.Data != nil }

// A Spec is an operator before it is applied: its attributes and its shape
// rule. It is a plain value, readable from the finished graph (for export, for
// inspection); what it computes is in its kernels.
type Spec interface {
	// Name is the operator's name in errors, profiles and hashes.
	Name() string
	// OutShape is the shape of the output, or an error that says which shapes
	// disagree. It checks all that kernels rely on, since they check no shapes.
	OutShape(in []tensor.Shape) (tensor.Shape, error)
	// Float32 and Float64 make a kernel for one node.
	Float32() Kernel[float32]
	Float64() Kernel[float64]
}

// A Kernel computes one node of one graph. It may keep what Backward needs of
// Forward (statistics, masks) in its own fields, and should allocate them only
// the first time: shapes never change.
//
// Forward writes every element of out. Backward writes, and does not add to,
// every element of each din that is Wanted. Neither writes to its inputs.
type Kernel[T Float] interface {
	Forward(in []Array[T], out Array[T]) error
	Backward(in []Array[T], out, grad Array[T], din []Array[T]) error
}

// A Committer is a kernel whose forward pass leaves something behind for later
// passes, such as the running statistics of batch normalisation. Commit is
// called once a step was accepted (its loss and gradients are finite).
type Committer interface{ Commit() }

// A Fixed spec has float inputs that have no gradient: masks, weights of rows.
// Applying it to something trainable there is an error at build.
type Fixed interface{ FixedInputs() []int }

// A Whole spec has inputs of whole numbers: ids, labels. All other inputs, and
// all of a spec that is not Whole, are floats; applying a spec to anything else
// is an error at build.
type Whole interface{ IntInputs() []int }

// A Frugal spec says what its Backward reads. What it does not read may be
// overwritten before Backward runs, which is most of the memory of a step.
type Frugal interface {
	// BackwardReads reports which inputs, and whether the output, are read;
	// inputs beyond the end of in are not.
	BackwardReads() (in []bool, out bool)
}

// A Scratch spec has a kernel that keeps memory of its own, which grows faster than
// its inputs and its output: whoever plans memory counts it.
type Scratch interface {
	// Scratch is how many numbers that is for inputs of these shapes, at most.
	Scratch(in []tensor.Shape, backward bool) int
}

// A Linear-in-gradient spec, whose input gradients are the output's gradient
// itself (addition of equal shapes), says so to save the copies.
type passThrough interface{ passGradient(in []tensor.Shape) bool }

// Differentiable reports whether spec's i-th input can have a gradient.
func differentiable(s Spec, i int) bool {
	f, ok := s.(Fixed)
	return !ok || !slices.Contains(f.FixedInputs(), i)
}

// whole reports whether spec's i-th input is made of whole numbers.
func whole(s Spec, i int) bool {
	w, ok := s.(Whole)
	return ok && slices.Contains(w.IntInputs(), i)
}
