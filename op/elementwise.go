package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Sum adds two or more inputs of equal shape.
type Sum struct{}

// Name returns "sum".
func (Sum) Name() string { return "sum" }

// OutShape returns the common shape.
func (Sum) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) < 2 {
		return nil, fmt.Errorf("%d inputs, want at least two", len(in))
	}
	for _, s := range in[1:] {
		if !equal(s, in[0]) {
			return nil, fmt.Errorf("shapes %v and %v differ", in[0], s)
		}
	}
	return in[0].Clone(), nil
}

func (Sum) passGradient([]tensor.Shape) bool { return true }

// Float32 returns a new kernel.
func (Sum) Float32() Kernel[float32] { return &sumKernel[float32]{} }

// Float64 returns a new kernel.
func (Sum) Float64() Kernel[float64] { return &sumKernel[float64]{} }

type sumKernel[T Float] struct {
	in      []Array[T]
	y       []T
	forward func(lo, hi int)
}

func (k *sumKernel[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		k.forward = func(lo, hi int) {
			add(k.y[lo:hi], k.in[0].Data[lo:hi], k.in[1].Data[lo:hi])
			for _, a := range k.in[2:] {
				add(k.y[lo:hi], k.y[lo:hi], a.Data[lo:hi])
			}
		}
	}
	k.in, k.y = in, out.Data
	parallel.Rows(len(k.y), elementGrain, k.forward)
	return nil
}

func (k *sumKernel[T]) Backward(_ []Array[T], _, grad Array[T], din []Array[T]) error {
	for _, d := range din {
		if d.Wanted() {
			copy(d.Data, grad.Data)
		}
	}
	return nil
}

// Scale multiplies by a constant.
type Scale struct{ By float64 }

// same returns the shape of the only input.
func same(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	return in[0].Clone(), nil
}

// Name returns "scale".
func (Scale) Name() string { return "scale" }

// OutShape returns the input's shape.
func (Scale) OutShape(in []tensor.Shape) (tensor.Shape, error) { return same(in) }

// BackwardReads reports that the backward pass reads nothing.
func (Scale) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (s Scale) Float32() Kernel[float32] { return scaleKernel[float32]{float32(s.By)} }

// Float64 returns a new kernel.
func (s Scale) Float64() Kernel[float64] { return scaleKernel[float64]{s.By} }

type scaleKernel[T Float] struct{ by T }

func (k scaleKernel[T]) Forward(in []Array[T], out Array[T]) error {
	scale(out.Data, k.by, in[0].Data)
	return nil
}

func (k scaleKernel[T]) Backward(_ []Array[T], _, grad Array[T], din []Array[T]) error {
	scale(din[0].Data, k.by, grad.Data)
	return nil
}
