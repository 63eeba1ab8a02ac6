package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/internal/simd"
)

// Linear maps x (..., K) with weight (N, K) and an optional bias (N) to act(x·weightᵀ + bias),
// (..., N). It is one matrix product, whatever the rank of x.
type Linear struct{ Activation Activation }

// Name returns "linear".
func (Linear) Name() string { return "linear" }

// OutShape returns x's shape with the last axis replaced by N.
func (Linear) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 2 && len(in) != 3 {
		return nil, fmt.Errorf("%d inputs, want x, weight and optionally bias", len(in))
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

// BackwardReads lists x and the weight, and the output if the activation's derivative is computed
// from it.
func (l Linear) BackwardReads() ([]bool, bool) {
	return []bool{true, true, false}, l.Activation != None && l.Activation.fromOutput()
}

// Float32 returns a new kernel.
func (l Linear) Float32() Kernel[float32] { return &linear[float32]{act: l.Activation} }

// Float64 returns a new kernel.
func (l Linear) Float64() Kernel[float64] { return &linear[float64]{act: l.Activation} }

type linear[T Float] struct {
	act      Activation
	pre      []T // before the activation, if its derivative needs it
	dpre     []T
	n        int
	y, g     []T
	bias     []T
	residual []T // added to the result; only in kernels created by Fuse
	evaluate bool
	packed   keep[simd.Packed]
	then     simd.Then
	backward func(lo, hi int)
}

// Evaluate keeps the packed weight while weights are held.
func (k *linear[T]) Evaluate(w *Weights) { k.evaluate, k.packed.weights = true, w }

func (k *linear[T]) Forward(in []Array[T], out Array[T]) error {
	if len(in) == 3 {
		k.bias = in[2].Data
	}
	return k.product(in[0].Data, in[1], out.Data)
}

func (k *linear[T]) product(x []T, weight Array[T], y []T) error {
	w, kk := weight.Data, weight.Shape[1]
	k.n = weight.Shape[0]
	m := len(x) / kk
	k.y = y
	pre := y
	if !k.evaluate && !k.act.fromOutput() {
		if k.pre == nil {
			k.pre = make([]T, m*k.n)
		}
		pre = k.pre
	}
	if k.then == nil {
		k.then = k.epilogue
	}
	if p := k.heldWeight(w, kk); p != nil {
		p.GemmThen(m, 1, f32(x), kk, 0, f32(pre), k.n, k.then)
		return nil
	}
	gemmThen(false, true, m, k.n, kk, 1, x, kk, w, kk, 0, pre, k.n, k.then)
	return nil
}

// packedLinear identifies a weight packed for x·weightᵀ.
type packedLinear struct{}

// heldWeight is the packed weight, or nil if the weight may change.
func (k *linear[T]) heldWeight(w []T, kk int) *simd.Packed {
	if !isFloat32[T]() || k.packed.weights == nil {
		return nil
	}
	return k.packed.of(f32(w), packedLinear{}, func(p *simd.Packed) { p.Pack(true, kk, k.n, f32(w), kk) })
}

// epilogue adds the bias to a part of the product, applies the activation and adds the residual:
// row by row, or all at once if the part consists of whole rows.
func (k *linear[T]) epilogue(i0, i1, j0, j1 int) {
	if k.bias != nil {
		pre := k.y
		if k.pre != nil {
			pre = k.pre
		}
		for i := i0; i < i1; i++ {
			row := pre[i*k.n+j0 : i*k.n+j1]
			add(row, row, k.bias[j0:j1])
		}
	}
	if k.act == None && k.residual == nil {
		return
	}
	if j1-j0 == k.n {
		k.finish(i0*k.n, i1*k.n)
		return
	}
	for i := i0; i < i1; i++ {
		k.finish(i*k.n+j0, i*k.n+j1)
	}
}

// finish applies the elementwise part to elements lo..hi.
func (k *linear[T]) finish(lo, hi int) {
	y := k.y[lo:hi]
	if k.act != None {
		pre := y
		if k.pre != nil {
			pre = k.pre[lo:hi]
		}
		activate(k.act, y, pre)
	}
	if k.residual != nil {
		add(y, y, k.residual[lo:hi])
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
