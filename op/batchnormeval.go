package op

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// BatchNorm2DEval is BatchNorm2D with given statistics. Inputs: x (B, C, H, W) or (B, C); gamma,
// beta, mean and variance, each (C).
type BatchNorm2DEval struct{ Eps float64 }

// Name returns "batch_norm2d_eval".
func (BatchNorm2DEval) Name() string { return "batch_norm2d_eval" }

// OutShape returns x's shape.
func (BatchNorm2DEval) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 5); err != nil {
		return nil, err
	}
	return in[0].Clone(), channels(in[0], in[1:])
}

// FixedInputs lists the statistics.
func (BatchNorm2DEval) FixedInputs() []int { return []int{3, 4} }

// BackwardReads lists x and gamma; the kernel keeps the statistics.
func (BatchNorm2DEval) BackwardReads() ([]bool, bool) {
	return []bool{true, true, false, false, false}, false
}

// Float32 returns a new kernel.
func (n BatchNorm2DEval) Float32() Kernel[float32] { return &batchNormEval[float32]{eps: n.Eps} }

// Float64 returns a new kernel.
func (n BatchNorm2DEval) Float64() Kernel[float64] { return &batchNormEval[float64]{eps: n.Eps} }

type batchNormEval[T Float] struct {
	eps float64
	batchNormRun[T]
	folded foldedNorm[T]
	apply  func(lo, hi int)
}

// foldedNorm is normalisation by given statistics, as scale·x + offset per channel.
type foldedNorm[T Float] struct{ scale, offset []T }

// fold sets the norm from gamma, beta, mean and variance.
func (n *foldedNorm[T]) fold(in []Array[T], eps float64) {
	if n.scale == nil {
		n.scale, n.offset = make([]T, len(in[0].Data)), make([]T, len(in[0].Data))
	}
	for c, gamma := range in[0].Data {
		n.scale[c] = gamma * T(1/math.Sqrt(float64(in[3].Data[c])+eps))
		n.offset[c] = in[1].Data[c] - in[2].Data[c]*n.scale[c]
	}
}

func (k *batchNormEval[T]) Forward(in []Array[T], out Array[T]) error {
	k.begin(in, out)
	for c := range k.c {
		k.set(c, float64(in[3].Data[c]), float64(in[4].Data[c]), k.eps)
	}
	k.folded.fold(in[1:], k.eps)
	if k.apply == nil {
		k.apply = func(lo, hi int) {
			for p := lo; p < hi; p++ {
				b, c := p/k.c, p%k.c
				affine(k.of(k.y, b, c), k.folded.scale[c], k.of(k.x, b, c), k.folded.offset[c])
			}
		}
	}
	parallel.Rows(k.b*k.c, grainOf(k.plane), k.apply)
	return nil
}

func (k *batchNormEval[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.gradients(in, grad, din, nil, 0)
	return nil
}
