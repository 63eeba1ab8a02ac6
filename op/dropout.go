package op

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/internal/simd"
	"github.com/chiasm-ml/chiasm/rng"
)

// Dropout sets each element to 0 with probability P and multiplies the others by 1/(1-P)
// (Srivastava et al., 2014). The selection is a function of Key, the Clock's step and the element's
// index: nothing is stored for the gradient, and a resumed run drops the same elements as an
// uninterrupted one. P = 0 copies. It is for training only; evaluation graphs omit it.
type Dropout struct {
	P     float64
	Key   rng.Key
	Clock *Clock
}

// Name returns "dropout".
func (Dropout) Name() string { return "dropout" }

// OutShape returns the input's shape.
func (d Dropout) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	if !(d.P >= 0 && d.P <= 1) {
		return nil, fmt.Errorf("probability %v, want 0 to 1", d.P)
	}
	if d.Clock == nil {
		return nil, errors.New("the clock is nil")
	}
	return in[0].Clone(), nil
}

// BackwardReads reports that the backward pass reads nothing: the draws are repeated.
func (Dropout) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (d Dropout) Float32() Kernel[float32] { return &dropout[float32]{Dropout: d} }

// Float64 returns a new kernel.
func (d Dropout) Float64() Kernel[float64] { return &dropout[float64]{Dropout: d} }

type dropout[T Float] struct {
	Dropout
	draws    rng.Key // of the current step
	dst, src []T
	body     func(lo, hi int)
}

func (k *dropout[T]) Forward(in []Array[T], out Array[T]) error {
	if k.body == nil {
		k.body = func(lo, hi int) {
			dropRange(k.dst[lo:hi], k.src[lo:hi], k.draws, lo, float32(k.P))
		}
	}
	k.draws = k.Key.Int(k.Clock.Step)
	k.run(out.Data, in[0].Data)
	return nil
}

func (k *dropout[T]) run(dst, src []T) {
	k.dst, k.src = dst, src
	parallel.Rows(len(dst), elementGrain, k.body)
}

// dropRange handles the elements from offset on. Its float64 version makes the same decisions as
// simd.DropoutScale.
func dropRange[T Float](dst, src []T, draws rng.Key, offset int, p float32) {
	if isFloat32[T]() {
		simd.DropoutScale(f32(dst), f32(src), uint64(draws), offset, p)
		return
	}
	if p >= 1 {
		clear(dst)
		return
	}
	threshold := uint64(float64(p) * (1 << 32))
	for i, v := range src {
		dst[i] = 0
		if draws.Uint64(offset+i)>>32 >= threshold {
			dst[i] = v / (1 - T(p))
		}
	}
}

func (k *dropout[T]) Backward(_ []Array[T], _, grad Array[T], din []Array[T]) error {
	k.run(din[0].Data, grad.Data)
	return nil
}
