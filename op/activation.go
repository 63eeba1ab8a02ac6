package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/internal/simd"
)

// Activation is an elementwise function, applied on its own (Activate) or fused into a Linear.
type Activation int

// The activations. GELU is exact, x·Φ(x); GELUTanh is its tanh approximation (Hendrycks and Gimpel,
// 2016). SiLU is x·sigmoid(x).
const (
	None Activation = iota
	ReLU
	GELU
	GELUTanh
	SiLU
	Tanh
	Sigmoid
)

var activationNames = [...]string{"none", "relu", "gelu", "gelu_tanh", "silu", "tanh", "sigmoid"}

// String returns the name used in configs.
func (a Activation) String() string { return activationNames[a] }

// ParseActivation returns the activation with the given config name.
func ParseActivation(name string) (Activation, error) {
	for i, n := range activationNames {
		if n == name {
			return Activation(i), nil
		}
	}
	return None, fmt.Errorf("unknown activation %q, want one of %v", name, activationNames)
}

// fromOutput reports whether the derivative is computed from the output, so that the input need not
// be kept.
func (a Activation) fromOutput() bool {
	return a == None || a == ReLU || a == Tanh || a == Sigmoid
}

// activate sets dst to a(x).
func activate[T Float](a Activation, dst, x []T) {
	if d, s := f32(dst), f32(x); d != nil {
		switch a {
		case None:
			copy(d, s)
		case ReLU:
			simd.ReLU(d, s)
		case GELU:
			simd.GELU(d, s)
		case GELUTanh:
			simd.GELUTanh(d, s)
		case SiLU:
			simd.SiLU(d, s)
		case Tanh:
			simd.Tanh(d, s)
		case Sigmoid:
			simd.Sigmoid(d, s)
		}
		return
	}
	for i, v := range x {
		dst[i] = T(a.value(float64(v)))
	}
}

// activateGrad sets dst to g · a'(x), where y = a(x).
func activateGrad[T Float](a Activation, dst, x, y, g []T) {
	if d, u := f32(dst), f32(g); d != nil {
		switch a {
		case None:
			copy(d, u)
		case ReLU:
			simd.ReLUGrad(d, f32(y), u)
		case GELU:
			simd.GELUGrad(d, f32(x), u)
		case GELUTanh:
			simd.GELUTanhGrad(d, f32(x), u)
		case SiLU:
			simd.SiLUGrad(d, f32(x), u)
		case Tanh:
			for i, v := range f32(y) {
				d[i] = u[i] * (1 - v*v)
			}
		case Sigmoid:
			for i, v := range f32(y) {
				d[i] = u[i] * v * (1 - v)
			}
		}
		return
	}
	for i := range dst {
		var xi float64
		if !a.fromOutput() {
			xi = float64(x[i])
		}
		dst[i] = g[i] * T(a.derivative(xi, float64(y[i])))
	}
}

const sqrt2OverPi = 0.7978845608028654

func (a Activation) value(x float64) float64 {
	switch a {
	case ReLU:
		return max(x, 0)
	case GELU:
		return x * normalCDF(x)
	case GELUTanh:
		return 0.5 * x * (1 + math.Tanh(sqrt2OverPi*(x+0.044715*x*x*x)))
	case SiLU:
		return x * sigmoid(x)
	case Tanh:
		return math.Tanh(x)
	case Sigmoid:
		return sigmoid(x)
	}
	return x
}

// derivative returns the derivative at x, given the output y.
func (a Activation) derivative(x, y float64) float64 {
	switch a {
	case ReLU:
		if y > 0 {
			return 1
		}
		return 0
	case GELU:
		return normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
	case GELUTanh:
		t := math.Tanh(sqrt2OverPi * (x + 0.044715*x*x*x))
		return 0.5*(1+t) + 0.5*x*(1-t*t)*sqrt2OverPi*(1+3*0.044715*x*x)
	case SiLU:
		s := sigmoid(x)
		return s + x*s*(1-s)
	case Tanh:
		return 1 - y*y
	case Sigmoid:
		return y * (1 - y)
	}
	return 1
}

func normalCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// Activate applies an activation to every element, for any shape.
type Activate struct{ Activation Activation }

// Name returns the activation's name.
func (a Activate) Name() string { return a.Activation.String() }

// OutShape returns the input's shape.
func (a Activate) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	return same(in)
}

// BackwardReads reports the input or the output, whichever the derivative is computed from.
func (a Activate) BackwardReads() ([]bool, bool) {
	return []bool{!a.Activation.fromOutput()}, a.Activation.fromOutput()
}

// Float32 returns a new kernel.
func (a Activate) Float32() Kernel[float32] { return &activateKernel[float32]{f: a.Activation} }

// Float64 returns a new kernel.
func (a Activate) Float64() Kernel[float64] { return &activateKernel[float64]{f: a.Activation} }

type activateKernel[T Float] struct {
	f                 Activation
	x, y, g, dx       []T
	forward, backward func(lo, hi int)
}

// elementGrain is the minimum number of elements of a cheap elementwise loop worth giving to
// another core.
const elementGrain = 1 << 13

func (k *activateKernel[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		k.forward = func(lo, hi int) { activate(k.f, k.y[lo:hi], k.x[lo:hi]) }
	}
	k.x, k.y = in[0].Data, out.Data
	parallel.Rows(len(k.y), elementGrain, k.forward)
	return nil
}

func (k *activateKernel[T]) Backward(in []Array[T], out, grad Array[T], din []Array[T]) error {
	if k.backward == nil {
		k.backward = func(lo, hi int) {
			activateGrad(k.f, k.dx[lo:hi], k.x[lo:hi], k.y[lo:hi], k.g[lo:hi])
		}
	}
	k.x, k.y, k.g, k.dx = in[0].Data, out.Data, grad.Data, din[0].Data
	parallel.Rows(len(k.dx), elementGrain, k.backward)
	return nil
}
