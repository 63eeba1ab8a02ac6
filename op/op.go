package op

import (
	"slices"

	"gorgonia.org/tensor"
)

// Float is the number type of an operator. Users train in float32; float64 exists so that every
// gradient can be checked by finite differences through a real graph.
type Float interface{ float32 | float64 }

// Array is a shape over flat, contiguous, row-major numbers. Exactly one of Data and Int is set; a
// scalar has an empty shape and one number.
type Array[T Float] struct {
	Shape tensor.Shape
	Data  []T
	Int   []int
}

// Wanted reports whether a gradient is required: Backward gets an empty Array for each input that
// needs none.
func (a Array[T]) Wanted() bool { return a.Data != nil }

// A Spec is an operator before it is applied: its attributes and its shape rule. It is a plain
// value that can be read from the finished graph (for export or inspection); the computation is in
// its kernels.
type Spec interface {
	// Name is the operator's name in errors, profiles and hashes.
	Name() string
	// OutShape returns the shape of the output, or an error that states which shapes disagree. It
	// checks everything kernels rely on, since they check no shapes.
	OutShape(in []tensor.Shape) (tensor.Shape, error)
	// Float32 and Float64 return a new kernel for one node.
	Float32() Kernel[float32]
	Float64() Kernel[float64]
}

// A Kernel computes one node of one graph. It may keep what Backward needs from Forward
// (statistics, masks) in its own fields, and should allocate them only once: shapes never change.
//
// Forward writes every element of out. Backward writes every element of each din that is Wanted,
// without adding to it. Neither writes to its inputs.
type Kernel[T Float] interface {
	Forward(in []Array[T], out Array[T]) error
	Backward(in []Array[T], out, grad Array[T], din []Array[T]) error
}

// A Committer is a kernel whose forward pass has an effect on later passes, such as updating the
// running statistics of batch normalisation. Commit is called once a step has been accepted (its
// loss and gradients are finite).
type Committer interface{ Commit() }

// A Fixed spec has float inputs without a gradient: masks, row weights. Applying it to something
// trainable there is an error at build time.
type Fixed interface{ FixedInputs() []int }

// A Whole spec has integer inputs: ids, labels. All other inputs, and all inputs of a spec that is
// not Whole, are floats; applying a spec to anything else is an error at build time.
type Whole interface{ IntInputs() []int }

// A Frugal spec declares what its Backward reads. Everything else may be overwritten before
// Backward runs, which saves most of the memory of a step.
type Frugal interface {
	// BackwardReads reports which inputs, and whether the output, are read;
	// inputs beyond the end of in are not.
	BackwardReads() (in []bool, out bool)
}

// A Scratch spec has a kernel whose own memory grows faster than its inputs and output, so that
// memory planning has to account for it.
type Scratch interface {
	// Scratch is an upper bound on that memory for inputs of these shapes, in numbers.
	Scratch(in []tensor.Shape, backward bool) int
}

// A passThrough spec reports whether its input gradients equal the output's gradient (as in adding
// equal shapes), which saves copying them.
type passThrough interface{ passGradient(in []tensor.Shape) bool }

// Differentiable reports whether spec's i-th input can have a gradient.
func differentiable(s Spec, i int) bool {
	f, ok := s.(Fixed)
	return !ok || !slices.Contains(f.FixedInputs(), i)
}

// whole reports whether spec's i-th input is an integer input.
func whole(s Spec, i int) bool {
	w, ok := s.(Whole)
	return ok && slices.Contains(w.IntInputs(), i)
}
