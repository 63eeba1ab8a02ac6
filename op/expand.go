package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Expand copies x (...) to every row of a batch. Returns (B, ...).
type Expand struct{ B int }

// Name returns "expand".
func (Expand) Name() string { return "expand" }

// OutShape returns x's shape with a leading axis of length B.
func (e Expand) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	if e.B < 1 {
		return nil, fmt.Errorf("%d rows, want at least 1", e.B)
	}
	return append(tensor.Shape{e.B}, in[0]...), nil
}

// BackwardReads reports that the backward pass reads nothing.
func (Expand) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (Expand) Float32() Kernel[float32] { return &expand[float32]{} }

// Float64 returns a new kernel.
func (Expand) Float64() Kernel[float64] { return &expand[float64]{} }

type expand[T Float] struct {
	x, y     []T
	backward func(lo, hi int)
}

func (k *expand[T]) Forward(in []Array[T], out Array[T]) error {
	n := len(in[0].Data)
	for i := range out.Shape[0] {
		copy(out.Data[i*n:(i+1)*n], in[0].Data)
	}
	return nil
}

func (k *expand[T]) Backward(_ []Array[T], _, grad Array[T], din []Array[T]) error {
	if k.backward == nil {
		k.backward = k.sums
	}
	k.x, k.y = din[0].Data, grad.Data
	parallel.Rows(len(k.x), grainOf(grad.Shape[0]), k.backward)
	return nil
}

// sums adds the numbers lo..hi over all rows, in row order.
func (k *expand[T]) sums(lo, hi int) {
	n, dx := len(k.x), k.x[lo:hi]
	copy(dx, k.y[lo:hi])
	for at := n; at < len(k.y); at += n {
		add(dx, dx, k.y[at+lo:at+hi])
	}
}
