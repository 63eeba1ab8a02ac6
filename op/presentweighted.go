package op

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// PresentWeighted maps M values (B, D), their presences (B, 1) and weights (B, M, N), where N is D,
// or 1 for one weight per modality, to (B, D): Σ weight · value over the modalities present in the
// row, or zeros if there are none. The contents of an absent row are irrelevant, even if NaN.
type PresentWeighted struct{ M int }

// Name returns "present_weighted".
func (PresentWeighted) Name() string { return "present_weighted" }

// OutShape returns (B, D).
func (p PresentWeighted) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := alternatives(in, p.M, 1); err != nil {
		return nil, err
	}
	b, d, w := in[0][0], in[0][1], in[2*p.M]
	if !equal(w, tensor.Shape{b, p.M, 1}) && !equal(w, tensor.Shape{b, p.M, d}) {
		return nil, fmt.Errorf("weights %v for %d values of shape %v, want (B, %d, 1) or (B, %d, D)", w, p.M, in[0], p.M, p.M)
	}
	return in[0].Clone(), nil
}

// FixedInputs lists the presences.
func (p PresentWeighted) FixedInputs() []int { return upTo(2 * p.M)[p.M:] }

// BackwardReads lists all inputs.
func (p PresentWeighted) BackwardReads() ([]bool, bool) {
	return slices.Repeat([]bool{true}, 2*p.M+1), false
}

// Float32 returns a new kernel.
func (p PresentWeighted) Float32() Kernel[float32] { return presentWeighted[float32]{p} }

// Float64 returns a new kernel.
func (p PresentWeighted) Float64() Kernel[float64] { return presentWeighted[float64]{p} }

type presentWeighted[T Float] struct{ PresentWeighted }

// part is modality m's part of row b of weights (B, M, N).
func (k presentWeighted[T]) part(w Array[T], b, m int) []T {
	n := w.Shape[2]
	return w.Data[(b*k.M+m)*n : (b*k.M+m+1)*n]
}

func (k presentWeighted[T]) Forward(in []Array[T], out Array[T]) error {
	d := out.Shape[1]
	clear(out.Data)
	for b := range out.Shape[0] {
		y := out.Data[b*d : (b+1)*d]
		for m := range k.M {
			if in[k.M+m].Data[b] == 0 {
				continue
			}
			x, w := in[m].Data[b*d:(b+1)*d], k.part(in[2*k.M], b, m)
			if len(w) == d {
				mulAdd(y, w, x)
			} else {
				axpy(y, w[0], x)
			}
		}
	}
	return nil
}

func (k presentWeighted[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	weights, dweights := in[2*k.M], din[2*k.M]
	for m := range k.M {
		clear(din[m].Data)
	}
	clear(dweights.Data)
	d := grad.Shape[1]
	for b := range grad.Shape[0] {
		g := grad.Data[b*d : (b+1)*d]
		for m := range k.M {
			if in[k.M+m].Data[b] == 0 {
				continue
			}
			x, w := in[m].Data[b*d:(b+1)*d], k.part(weights, b, m)
			if din[m].Wanted() && len(w) == d {
				mul(din[m].Data[b*d:(b+1)*d], w, g)
			} else if din[m].Wanted() {
				scale(din[m].Data[b*d:(b+1)*d], w[0], g)
			}
			if !dweights.Wanted() {
				continue
			}
			dweights.Shape = weights.Shape
			if dw := k.part(dweights, b, m); len(dw) == d {
				mul(dw, x, g)
			} else {
				dw[0] = dot(x, g)
			}
		}
	}
	return nil
}
