package op

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// OuterProduct maps M values (B, D_m) and their presences (B, 1) to (B, Π (D_m+1)): the outer
// product of the vectors [1; x_m], with the last modality's axis innermost (Zadeh et al., "Tensor
// fusion network for multimodal sentiment analysis", 2017). An absent x_m is replaced by zeros,
// whatever its row holds, which leaves the product of the others.
type OuterProduct struct{ M int }

// Name returns "outer_product".
func (OuterProduct) Name() string { return "outer_product" }

// OutShape returns (B, Π (D_m+1)).
func (o OuterProduct) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if o.M < 1 {
		return nil, fmt.Errorf("no modalities to combine")
	}
	if err := want(in, 2*o.M); err != nil {
		return nil, err
	}
	size := 1
	for i, s := range in {
		if len(s) != 2 || s[0] != in[0][0] || i >= o.M && s[1] != 1 {
			return nil, fmt.Errorf("input %d has the shape %v, input 0 has %v, want %d of (B, D) and %d presences (B, 1)", i, s, in[0], o.M, o.M)
		}
		if i < o.M {
			size *= s[1] + 1
		}
	}
	return tensor.Shape{in[0][0], size}, nil
}

// FixedInputs lists the presences.
func (o OuterProduct) FixedInputs() []int { return upTo(2 * o.M)[o.M:] }

// BackwardReads lists all inputs.
func (o OuterProduct) BackwardReads() ([]bool, bool) {
	return slices.Repeat([]bool{true}, 2*o.M), false
}

// Float32 returns a new kernel.
func (o OuterProduct) Float32() Kernel[float32] { return &outerProduct[float32]{M: o.M} }

// Float64 returns a new kernel.
func (o OuterProduct) Float64() Kernel[float64] { return &outerProduct[float64]{M: o.M} }

type outerProduct[T Float] struct {
	M       int
	partial []T // products of the first 0, 1, … modalities of a row, one after the other
	grad    []T // with respect to one of them
}

// extend writes left ⊗ [1; x] to dst. dst may start where left does, since it is written from its
// end.
func extend[T Float](dst, left, x []T, present bool) {
	d := len(x)
	for i := len(left) - 1; i >= 0; i-- {
		v, block := left[i], dst[i*(d+1):(i+1)*(d+1)]
		block[0] = v
		if present {
			scale(block[1:], v, x)
		} else {
			clear(block[1:])
		}
	}
}

func (k *outerProduct[T]) Forward(in []Array[T], out Array[T]) error {
	for b := range out.Shape[0] {
		y, n := out.Data[b*out.Shape[1]:(b+1)*out.Shape[1]], 1
		y[0] = 1
		for m := range k.M {
			d := in[m].Shape[1]
			extend(y[:n*(d+1)], y[:n], in[m].Data[b*d:(b+1)*d], in[k.M+m].Data[b] != 0)
			n *= d + 1
		}
	}
	return nil
}

// Backward proceeds backwards along T_m = T_{m-1} ⊗ [1; x_m].
func (k *outerProduct[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	n := grad.Shape[1]
	for b := range grad.Shape[0] {
		k.grad = append(k.grad[:0], grad.Data[b*n:(b+1)*n]...)
		k.partials(in, b)
		right, size := len(k.partial), n
		for m := k.M - 1; m >= 0; m-- {
			d := in[m].Shape[1]
			size /= d + 1
			right -= size
			k.back(in, din, b, m, k.partial[right:right+size])
		}
	}
	return nil
}

// partials computes the products T_0 .. T_{M-1} of row b.
func (k *outerProduct[T]) partials(in []Array[T], b int) {
	k.partial = append(k.partial[:0], 1)
	at, n := 0, 1
	for m := range k.M - 1 {
		d := in[m].Shape[1]
		k.partial = slices.Grow(k.partial, n*(d+1))[:at+n+n*(d+1)]
		extend(k.partial[at+n:], k.partial[at:at+n], in[m].Data[b*d:(b+1)*d], in[k.M+m].Data[b] != 0)
		at, n = at+n, n*(d+1)
	}
}

// back turns k.grad from the gradient with respect to T_m into that with respect to T_{m-1}, passed
// as left, and sets the gradient with respect to x_m.
func (k *outerProduct[T]) back(in, din []Array[T], b, m int, left []T) {
	d := in[m].Shape[1]
	present := in[k.M+m].Data[b] != 0
	x := in[m].Data[b*d : (b+1)*d]
	var dx []T
	if din[m].Wanted() {
		dx = din[m].Data[b*d : (b+1)*d]
		clear(dx)
	}
	for i, v := range left {
		g := k.grad[i*(d+1) : (i+1)*(d+1)]
		by := g[0]
		if present {
			if dx != nil {
				axpy(dx, v, g[1:])
			}
			by += dot(x, g[1:])
		}
		k.grad[i] = by
	}
}
