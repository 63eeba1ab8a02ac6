package op

import (
	"slices"

	"gorgonia.org/tensor"
)

// PresentMax maps M values (B, N) and their presences (B, 1) to (B, N): the elementwise maximum
// over the modalities present in a row, or zeros if there are none. The gradient goes to the first
// maximum. The contents of an absent row are irrelevant, even if NaN.
type PresentMax struct{ M int }

// Name returns "present_max".
func (PresentMax) Name() string { return "present_max" }

// OutShape returns (B, N).
func (p PresentMax) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := alternatives(in, p.M, 0); err != nil {
		return nil, err
	}
	return in[0].Clone(), nil
}

// FixedInputs lists the presences.
func (p PresentMax) FixedInputs() []int { return upTo(2 * p.M)[p.M:] }

// BackwardReads reports that the backward pass reads everything.
func (p PresentMax) BackwardReads() ([]bool, bool) { return slices.Repeat([]bool{true}, 2*p.M), true }

// Float32 returns a new kernel.
func (p PresentMax) Float32() Kernel[float32] { return presentMax[float32]{p} }

// Float64 returns a new kernel.
func (p PresentMax) Float64() Kernel[float64] { return presentMax[float64]{p} }

type presentMax[T Float] struct{ PresentMax }

func (k presentMax[T]) Forward(in []Array[T], out Array[T]) error {
	n := out.Shape[1]
	clear(out.Data)
	for b := range out.Shape[0] {
		y, some := out.Data[b*n:(b+1)*n], false
		for m := range k.M {
			if in[k.M+m].Data[b] == 0 {
				continue
			}
			x := in[m].Data[b*n : (b+1)*n]
			if !some {
				copy(y, x)
			}
			some = true
			for j, v := range x {
				y[j] = max(y[j], v)
			}
		}
	}
	return nil
}

func (k presentMax[T]) Backward(in []Array[T], out, grad Array[T], din []Array[T]) error {
	for m := range k.M {
		clear(din[m].Data)
	}
	n := out.Shape[1]
	for b := range out.Shape[0] {
		for j := b * n; j < (b+1)*n; j++ {
			for m := range k.M {
				if in[k.M+m].Data[b] != 0 && in[m].Data[j] == out.Data[j] {
					if din[m].Wanted() {
						din[m].Data[j] = grad.Data[j]
					}
					break
				}
			}
		}
	}
	return nil
}
