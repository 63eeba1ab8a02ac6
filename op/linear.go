package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Linear maps x (..., K) with weight (N, K) and, optionally, bias (N) to
// act(x·weightᵀ + bias) (..., N): one matrix product whatever the rank of x.
type Linear struct{ Activation Activation }

// Name is "linear".
func (Linear) Name() string { return "linear" }

// OutShape is x's shape with the last axis replaced by N.
func (Linear) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 2 && len(in) != 3 {
		return nil, fmt.Errorf("%d inputs, want x, weight and perhaps bias", len(in))
	}
	x, w := in[0], in[1]
	if len(x) == 0 || len(w) != 2 || last(x) != w[1] {
		return nil, fmt.Errorf("x %v does not fit the weight %v: want x (..., K) and weight (N, K)", x, w)
	}
	if len(in) == 3 && (len(in[2]) != 1 || in[2][0] != w[0]) {
		return nil, fmt.Errorf("bias %v does not fit the weight %v: want (N)", in[2], w)
	}
	out := x.Clone()
	out[len(out)-1] = w[0]
	return out, nil
}

// BackwardReads is x and the weight, and the output where the activation's
// derivative is computed from it.
func (l Linear) BackwardReads() ([]bool, bool) {
	return []bool{true, true, false}, l.Activation != None && l.Activation.fromOutput()
}

// Float32 makes a kernel.
func (l Linear) Float32() Kernel[float32] { return &linear[float32]{act: l.Activation} }

// Float64 makes a kernel.
func (l Linear) Float64() Kernel[float64] { return &linear[float64]{act: l.Activation} }

type linear[T Float] struct {
	act               Activation
	pre               []T // before the activation, where its derivative needs it
	dpre              []T
	y, g, bias        []T
	forward, backward func(lo, hi int)
}

// linearRows is how many rows of an output one task adds the bias to.
const linearRows = 64

func (k *linear[T]) Forward(in []Array[T], out Array[T]) error {
	x, w := in[0].Data, in[1].Data
	n, kk := in[1].Shape[0], in[1].Shape[1]
	m := len(x) / kk
	k.y, k.bias = out.Data, nil
	if len(in) == 3 {
		k.bias = in[2].Data
	}
	pre := out.Data
	if !k.act.fromOutput() {
		if k.pre == nil {
			k.pre = make([]T, m*n)
		}
		pre = k.pre
	}
	gemm(false, true, m, n, kk, 1, x, kk, w, kk, 0, pre, n)
	if k.bias == nil && k.act == None {
		return nil
	}
	if k.forward == nil {
		k.forward = func(lo, hi int) { k.epilogue(lo, hi, n) }
	}
	parallel.Rows(m, linearRows, k.forward)
	return nil
}

// epilogue adds the bias to rows lo..hi and applies the activation.
func (k *linear[T]) epilogue(lo, hi, n int) {
	y := k.y[lo*n : hi*n]
	pre := y
	if k.pre != nil {
		pre = k.pre[lo*n : hi*n]
	}
	if k.bias != nil {
		for i := 0; i < len(pre); i += n {
			add(pre[i:i+n], pre[i:i+n], k.bias)
		}
	}
	if k.act != None {
		activate(k.act, y, pre)
	}
}

func (k *linear[T]) Backward(in []Array[T], out, grad Array[T], din []Array[T]) error {
	x, w := in[0].Data, in[1].Data
	n, kk := in[1].Shape[0], in[1].Shape[1]
	m := len(x) / kk
	g := grad.Data
	if k.act != None {
		if k.dpre == nil {
			k.dpre = make([]T, m*n)
			k.backward = func(lo, hi int) {
				var pre []T
				if k.pre != nil {
					pre = k.pre[lo:hi]
				}
				activateGrad(k.act, k.dpre[lo:hi], pre, k.y[lo:hi], k.g[lo:hi])
			}
		}
		k.y, k.g = out.Data, g
		parallel.Rows(m*n, elementGrain, k.backward)
		g = k.dpre
	}
	if din[0].Wanted() {
		gemm(false, false, m, kk, n, 1, g, n, w, kk, 0, din[0].Data, kk)
	}
	if din[1].Wanted() {
		gemm(true, false, n, kk, m, 1, g, n, x, kk, 0, din[1].Data, kk)
	}
	if len(din) == 3 && din[2].Wanted() {
		columnSums(din[2].Data, g)
	}
	return nil
}
