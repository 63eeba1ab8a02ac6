package op

import (
	"errors"
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/internal/simd"
)

// Softmax turns each row of x (..., C) into probabilities, without overflow. A row that is entirely
// -Inf yields zeros.
type Softmax struct{}

// Name returns "softmax".
func (Softmax) Name() string { return "softmax" }

func lastAxis(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	if len(in[0]) == 0 {
		return nil, errors.New("a scalar has no last axis")
	}
	return in[0].Clone(), nil
}

// OutShape returns the input's shape.
func (Softmax) OutShape(in []tensor.Shape) (tensor.Shape, error) { return lastAxis(in) }

// BackwardReads lists the output.
func (Softmax) BackwardReads() ([]bool, bool) { return []bool{false}, true }

// Float32 returns a new kernel.
func (Softmax) Float32() Kernel[float32] {
	return &rowwise[float32]{value: softmaxRows[float32], grad: softmaxGradRows[float32]}
}

// Float64 returns a new kernel.
func (Softmax) Float64() Kernel[float64] {
	return &rowwise[float64]{value: softmaxRows[float64], grad: softmaxGradRows[float64]}
}

// LogSoftmax is the logarithm of Softmax, accurate even where Softmax rounds to 0.
type LogSoftmax struct{}

// Name returns "log_softmax".
func (LogSoftmax) Name() string { return "log_softmax" }

// OutShape returns the input's shape.
func (LogSoftmax) OutShape(in []tensor.Shape) (tensor.Shape, error) { return lastAxis(in) }

// BackwardReads lists the output.
func (LogSoftmax) BackwardReads() ([]bool, bool) { return []bool{false}, true }

// Float32 returns a new kernel.
func (LogSoftmax) Float32() Kernel[float32] {
	return &rowwise[float32]{value: logSoftmaxRows[float32], grad: logSoftmaxGradRows[float32]}
}

// Float64 returns a new kernel.
func (LogSoftmax) Float64() Kernel[float64] {
	return &rowwise[float64]{value: logSoftmaxRows[float64], grad: logSoftmaxGradRows[float64]}
}

// rowwise maps rows of n elements, several per call, with a gradient computed from the output.
type rowwise[T Float] struct {
	value             func(y, x []T, n int)
	grad              func(dx, y, g []T, n int)
	n                 int
	x, y, g, dx       []T
	forward, backward func(lo, hi int)
}

func (k *rowwise[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		k.n = last(in[0].Shape)
		k.forward = func(lo, hi int) { k.value(k.y[lo*k.n:hi*k.n], k.x[lo*k.n:hi*k.n], k.n) }
		k.backward = func(lo, hi int) {
			lo, hi = lo*k.n, hi*k.n
			k.grad(k.dx[lo:hi], k.y[lo:hi], k.g[lo:hi], k.n)
		}
	}
	k.x, k.y = in[0].Data, out.Data
	parallel.Rows(len(k.y)/k.n, grainOf(k.n), k.forward)
	return nil
}

func (k *rowwise[T]) Backward(_ []Array[T], out, grad Array[T], din []Array[T]) error {
	k.y, k.g, k.dx = out.Data, grad.Data, din[0].Data
	parallel.Rows(len(k.y)/k.n, grainOf(k.n), k.backward)
	return nil
}

func softmaxRows[T Float](y, x []T, n int) { softmaxRowsKeep(y, x, n, nil) }

// softmaxRowsKeep sets rows of n elements to the softmax over the columns with keep[j] != 0, or
// over all if keep is nil. Other columns are zeros, as are all columns if none is kept.
func softmaxRowsKeep[T Float](y, x []T, n int, keep []T) {
	if isFloat32[T]() {
		simd.SoftmaxRows(f32(y), f32(x), len(x)/n, n, f32(keep))
		return
	}
	for i := 0; i < len(x); i += n {
		softmaxRow(y[i:i+n], x[i:i+n], keep)
	}
}

func softmaxRow[T Float](y, x, keep []T) {
	copy(y, x)
	for j, v := range keep {
		if v == 0 {
			y[j] = T(math.Inf(-1))
		}
	}
	top := maximum(y)
	if math.IsInf(float64(top), -1) {
		clear(y)
		return
	}
	scale(y, 1/expSum(y, y, top), y)
}

// softmaxGradRows sets dx to y ⊙ (g - Σ y⊙g), row by row; dx may be g.
func softmaxGradRows[T Float](dx, y, g []T, n int) {
	if isFloat32[T]() {
		simd.SoftmaxGradRows(f32(dx), f32(y), f32(g), len(y)/n, n)
		return
	}
	for i := 0; i < len(y); i += n {
		d, y, g := dx[i:i+n], y[i:i+n], g[i:i+n]
		addScalar(d, -dot(y, g), g)
		mul(d, d, y)
	}
}

func logSoftmaxRows[T Float](y, x []T, n int) {
	for i := 0; i < len(x); i += n {
		y, x := y[i:i+n], x[i:i+n]
		top := maximum(x)
		total := expSum(y, x, top)
		addScalar(y, -top, x)
		addScalar(y, -T(math.Log(float64(total))), y)
	}
}

func logSoftmaxGradRows[T Float](dx, y, g []T, n int) {
	for i := 0; i < len(y); i += n {
		d, g := dx[i:i+n], g[i:i+n]
		expSum(d, y[i:i+n], 0)
		scale(d, -sum(g), d)
		add(d, d, g)
	}
}
