package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// MaskedMean averages tokens (B, T, D) over T, weighted by mask (B, T). Returns (B, D). The mask is
// 0 or 1, or any non-negative weights. A row whose mask is all zero yields zeros.
type MaskedMean struct{}

// Name returns "masked_mean".
func (MaskedMean) Name() string { return "masked_mean" }

// OutShape returns (B, D).
func (MaskedMean) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 2); err != nil {
		return nil, err
	}
	x, m := in[0], in[1]
	if len(x) != 3 || !equal(m, x[:2]) {
		return nil, fmt.Errorf("tokens %v do not fit the mask %v: want tokens (B, T, D) and mask (B, T)", x, m)
	}
	return tensor.Shape{x[0], x[2]}, nil
}

// FixedInputs lists the mask.
func (MaskedMean) FixedInputs() []int { return []int{1} }

// BackwardReads lists the mask.
func (MaskedMean) BackwardReads() ([]bool, bool) { return []bool{false, true}, false }

// Float32 returns a new kernel.
func (MaskedMean) Float32() Kernel[float32] { return &maskedMean[float32]{} }

// Float64 returns a new kernel.
func (MaskedMean) Float64() Kernel[float64] { return &maskedMean[float64]{} }

type maskedMean[T Float] struct {
	t, d              int
	x, mask, y        []T // y is the output or its gradient, x the input or its
	forward, backward func(lo, hi int)
}

func (k *maskedMean[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		k.t, k.d = in[0].Shape[1], in[0].Shape[2]
		k.forward, k.backward = k.mean, k.spread
	}
	k.x, k.mask, k.y = in[0].Data, in[1].Data, out.Data
	parallel.Rows(in[0].Shape[0], grainOf(k.t*k.d), k.forward)
	return nil
}

func (k *maskedMean[T]) mean(lo, hi int) {
	for b := lo; b < hi; b++ {
		y, mask := k.y[b*k.d:(b+1)*k.d], k.mask[b*k.t:(b+1)*k.t]
		clear(y)
		var total T
		for t, m := range mask {
			if m != 0 {
				total += m
				axpy(y, m, k.x[(b*k.t+t)*k.d:(b*k.t+t+1)*k.d])
			}
		}
		if total > 0 {
			scale(y, 1/total, y)
		}
	}
}

func (k *maskedMean[T]) spread(lo, hi int) {
	for b := lo; b < hi; b++ {
		g, mask := k.y[b*k.d:(b+1)*k.d], k.mask[b*k.t:(b+1)*k.t]
		var total T
		for _, m := range mask {
			total += m
		}
		for t, m := range mask {
			dx := k.x[(b*k.t+t)*k.d : (b*k.t+t+1)*k.d]
			if m == 0 {
				clear(dx)
				continue
			}
			scale(dx, m/total, g)
		}
	}
}

func (k *maskedMean[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.mask, k.y, k.x = in[1].Data, grad.Data, din[0].Data
	parallel.Rows(in[0].Shape[0], grainOf(k.t*k.d), k.backward)
	return nil
}
