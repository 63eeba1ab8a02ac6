package op

import (
	"errors"
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/internal/simd"
)

// Softmax turns each row of x (..., C) into probabilities, at any size of the
// numbers. A row of nothing but -Inf gives zeros.
type Softmax struct{}

// Name is "softmax".
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

// OutShape is the input's shape.
func (Softmax) OutShape(in []tensor.Shape) (tensor.Shape, error) { return lastAxis(in) }

// BackwardReads is the output.
func (Softmax) BackwardReads() ([]bool, bool) { return []bool{false}, true }

// Float32 makes a kernel.
func (Softmax) Float32() Kernel[float32] {
	return &rowwise[float32]{value: softmaxRow[float32], slope: softmaxRowGrad[float32]}
}

// Float64 makes a kernel.
func (Softmax) Float64() Kernel[float64] {
	return &rowwise[float64]{value: softmaxRow[float64], slope: softmaxRowGrad[float64]}
}

// LogSoftmax is the logarithm of Softmax, exact where that rounds to 0.
type LogSoftmax struct{}

// Name is "log_softmax".
func (LogSoftmax) Name() string { return "log_softmax" }

// OutShape is the input's shape.
func (LogSoftmax) OutShape(in []tensor.Shape) (tensor.Shape, error) { return lastAxis(in) }

// BackwardReads is the output.
func (LogSoftmax) BackwardReads() ([]bool, bool) { return []bool{false}, true }

// Float32 makes a kernel.
func (LogSoftmax) Float32() Kernel[float32] {
	return &rowwise[float32]{value: logSoftmaxRow[float32], slope: logSoftmaxRowGrad[float32]}
}

// Float64 makes a kernel.
func (LogSoftmax) Float64() Kernel[float64] {
	return &rowwise[float64]{value: logSoftmaxRow[float64], slope: logSoftmaxRowGrad[float64]}
}

// rowwise maps each row by itself, with a gradient found from the output.
type rowwise[T Float] struct {
	value             func(y, x []T)
	slope             func(dx, y, g []T)
	n                 int
	x, y, g, dx       []T
	forward, backward func(lo, hi int)
}

func (k *rowwise[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		k.n = last(in[0].Shape)
		k.forward = func(lo, hi int) {
			for i := lo * k.n; i < hi*k.n; i += k.n {
				k.value(k.y[i:i+k.n], k.x[i:i+k.n])
			}
		}
		k.backward = func(lo, hi int) {
			for i := lo * k.n; i < hi*k.n; i += k.n {
				k.slope(k.dx[i:i+k.n], k.y[i:i+k.n], k.g[i:i+k.n])
			}
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

func softmaxRow[T Float](y, x []T) {
	if isFloat32[T]() {
		simd.Softmax(f32(y), f32(x))
		return
	}
	top := maximum(x)
	if math.IsInf(float64(top), -1) {
		clear(y)
		return
	}
	scale(y, 1/expSum(y, x, top), y)
}

func softmaxRowGrad[T Float](dx, y, g []T) {
	addScalar(dx, -dot(y, g), g)
	mul(dx, dx, y)
}

func logSoftmaxRow[T Float](y, x []T) {
	top := maximum(x)
	total := expSum(y, x, top)
	addScalar(y, -top, x)
	addScalar(y, -T(math.Log(float64(total))), y)
}

func logSoftmaxRowGrad[T Float](dx, y, g []T) {
	expSum(dx, y, 0)
	scale(dx, -sum(g), dx)
	add(dx, dx, g)
}
