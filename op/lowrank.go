package op

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// LowRank maps M factors (B, R·D), their presences (B, 1), weights (R, D) and a bias (D) to (B, D):
// bias + Σ_r weight_r · Π_m factor_m,r, with the product over the modalities present in the row
// (Liu et al., "Efficient low-rank multimodal fusion with modality-specific factors", 2018). The
// factor of an absent modality is 1, whatever its row holds.
type LowRank struct{ M int }

// Name returns "low_rank".
func (LowRank) Name() string { return "low_rank" }

// OutShape returns (B, D).
func (l LowRank) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := alternatives(in, l.M, 2); err != nil {
		return nil, err
	}
	w, bias := in[2*l.M], in[2*l.M+1]
	if len(w) != 2 || Size(w) != in[0][1] || !equal(bias, tensor.Shape{w[1]}) {
		return nil, fmt.Errorf("weights %v and bias %v for factors %v, want (R, D), (D) and (B, R·D)", w, bias, in[0])
	}
	return tensor.Shape{in[0][0], w[1]}, nil
}

// FixedInputs lists the presences.
func (l LowRank) FixedInputs() []int { return upTo(2 * l.M)[l.M:] }

// BackwardReads lists all inputs but the bias.
func (l LowRank) BackwardReads() ([]bool, bool) {
	return slices.Repeat([]bool{true}, 2*l.M+1), false
}

// Float32 returns a new kernel.
func (l LowRank) Float32() Kernel[float32] { return &lowRank[float32]{M: l.M} }

// Float64 returns a new kernel.
func (l LowRank) Float64() Kernel[float64] { return &lowRank[float64]{M: l.M} }

type lowRank[T Float] struct {
	M       int
	product []T // (R·D), for one row
}

// multiply sets k.product to the product over the modalities of row b, except for the one left out.
func (k *lowRank[T]) multiply(in []Array[T], b, out int) {
	n := in[0].Shape[1]
	k.product = slices.Grow(k.product[:0], n)[:n]
	fill(k.product, 1)
	for m := range k.M {
		if m != out && in[k.M+m].Data[b] != 0 {
			mul(k.product, k.product, in[m].Data[b*n:(b+1)*n])
		}
	}
}

func (k *lowRank[T]) Forward(in []Array[T], out Array[T]) error {
	w, bias := in[2*k.M], in[2*k.M+1]
	d := w.Shape[1]
	for b := range out.Shape[0] {
		k.multiply(in, b, -1)
		y := out.Data[b*d : (b+1)*d]
		copy(y, bias.Data)
		for r := range w.Shape[0] {
			mulAdd(y, w.Data[r*d:(r+1)*d], k.product[r*d:(r+1)*d])
		}
	}
	return nil
}

func (k *lowRank[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	w, dw, dbias := in[2*k.M], din[2*k.M], din[2*k.M+1]
	n, d := in[0].Shape[1], in[2*k.M].Shape[1]
	clear(dw.Data)
	if dbias.Wanted() {
		columnSums(dbias.Data, grad.Data)
	}
	for b := range grad.Shape[0] {
		g := grad.Data[b*d : (b+1)*d]
		if dw.Wanted() {
			k.multiply(in, b, -1)
			for r := range w.Shape[0] {
				mulAdd(dw.Data[r*d:(r+1)*d], g, k.product[r*d:(r+1)*d])
			}
		}
		for m := range k.M {
			if !din[m].Wanted() {
				continue
			}
			dx := din[m].Data[b*n : (b+1)*n]
			if in[k.M+m].Data[b] == 0 {
				clear(dx)
				continue
			}
			k.multiply(in, b, m)
			mul(dx, w.Data, k.product)
			for r := range w.Shape[0] {
				mul(dx[r*d:(r+1)*d], dx[r*d:(r+1)*d], g)
			}
		}
	}
	return nil
}
