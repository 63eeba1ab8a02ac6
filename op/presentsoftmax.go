package op

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// PresentSoftmax maps M logits (B, N) and their presences (B, 1) to weights (B, M, N): for each of
// the N positions, a softmax over the modalities present in the row. Absent modalities have weight
// 0, as do all modalities of a row that has none. The contents of an absent row are irrelevant,
// even if NaN.
type PresentSoftmax struct{ M int }

// Name returns "present_softmax".
func (PresentSoftmax) Name() string { return "present_softmax" }

// OutShape returns (B, M, N).
func (p PresentSoftmax) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := alternatives(in, p.M, 0); err != nil {
		return nil, err
	}
	return tensor.Shape{in[0][0], p.M, in[0][1]}, nil
}

// alternatives checks M inputs (B, N) of equal shape, then M presences (B, 1), and that the number
// of further inputs is others.
func alternatives(in []tensor.Shape, m, others int) error {
	if m < 1 {
		return fmt.Errorf("no modalities to combine")
	}
	if err := want(in, 2*m+others); err != nil {
		return err
	}
	for i, s := range in[:2*m] {
		if i < m && (len(s) != 2 || !equal(s, in[0])) || i >= m && !equal(s, tensor.Shape{in[0][0], 1}) {
			return fmt.Errorf("input %d has the shape %v, input 0 has %v, want %d of (B, N) and %d presences (B, 1)", i, s, in[0], m, m)
		}
	}
	return nil
}

// FixedInputs lists the presences.
func (p PresentSoftmax) FixedInputs() []int { return upTo(2 * p.M)[p.M:] }

// BackwardReads lists the output.
func (p PresentSoftmax) BackwardReads() ([]bool, bool) { return make([]bool, 2*p.M), true }

// Float32 returns a new kernel.
func (p PresentSoftmax) Float32() Kernel[float32] { return &presentSoftmax[float32]{M: p.M} }

// Float64 returns a new kernel.
func (p PresentSoftmax) Float64() Kernel[float64] { return &presentSoftmax[float64]{M: p.M} }

type presentSoftmax[T Float] struct {
	M    int
	line []T // (N): the largest logits of a row, then sums
}

func (k *presentSoftmax[T]) Forward(in []Array[T], out Array[T]) error {
	n := out.Shape[2]
	k.line = slices.Grow(k.line[:0], n)[:n]
	clear(out.Data)
	for b := range out.Shape[0] {
		some := false
		for m := range k.M {
			if in[k.M+m].Data[b] == 0 {
				continue
			}
			x := in[m].Data[b*n : (b+1)*n]
			if !some {
				copy(k.line, x)
			}
			some = true
			for j, v := range x {
				k.line[j] = max(k.line[j], v)
			}
		}
		if some {
			k.row(in, out, b, n)
		}
	}
	return nil
}

// row computes the weights of row b; k.line holds its largest logits.
func (k *presentSoftmax[T]) row(in []Array[T], out Array[T], b, n int) {
	weights := func(m int) []T { return out.Data[(b*k.M+m)*n : (b*k.M+m+1)*n] }
	for m := range k.M {
		if in[k.M+m].Data[b] != 0 {
			w, x := weights(m), in[m].Data[b*n:(b+1)*n]
			for j := range w {
				w[j] = x[j] - k.line[j]
			}
			exp(w, w)
		}
	}
	clear(k.line)
	for m := range k.M {
		add(k.line, k.line, weights(m))
	}
	for j, s := range k.line {
		k.line[j] = 1 / s
	}
	for m := range k.M {
		mul(weights(m), weights(m), k.line)
	}
}

// Backward computes, with w the weights, dx_m = w_m · (g_m - Σ_k w_k g_k), which is 0 where m is
// absent.
func (k *presentSoftmax[T]) Backward(_ []Array[T], out, grad Array[T], din []Array[T]) error {
	n := out.Shape[2]
	for b := range out.Shape[0] {
		clear(k.line)
		for i := b * k.M; i < (b+1)*k.M; i++ {
			mulAdd(k.line, out.Data[i*n:(i+1)*n], grad.Data[i*n:(i+1)*n])
		}
		for m := range k.M {
			if !din[m].Wanted() {
				continue
			}
			i := b*k.M + m
			dx, w, g := din[m].Data[b*n:(b+1)*n], out.Data[i*n:(i+1)*n], grad.Data[i*n:(i+1)*n]
			for j := range dx {
				dx[j] = w[j] * (g[j] - k.line[j])
			}
		}
	}
	return nil
}
