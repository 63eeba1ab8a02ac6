package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Temper divides logits (B, C) by a temperature (1): above 1 it lowers confidence, below 1 it
// raises it; decisions do not change (Guo et al., "On Calibration of Modern Neural Networks",
// 2017). The temperature has no gradient: it is fitted after training.
type Temper struct{}

// Name returns "temper".
func (Temper) Name() string { return "temper" }

// OutShape returns (B, C).
func (Temper) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 2); err != nil {
		return nil, err
	}
	if len(in[0]) != 2 || !equal(in[1], tensor.Shape{1}) {
		return nil, fmt.Errorf("shapes %v, want logits (B, C) and a temperature (1)", in)
	}
	return in[0].Clone(), nil
}

// FixedInputs lists the temperature.
func (Temper) FixedInputs() []int { return []int{1} }

// BackwardReads lists the temperature.
func (Temper) BackwardReads() ([]bool, bool) { return []bool{false, true}, false }

// Float32 returns a new kernel.
func (Temper) Float32() Kernel[float32] { return temper[float32]{} }

// Float64 returns a new kernel.
func (Temper) Float64() Kernel[float64] { return temper[float64]{} }

type temper[T Float] struct{}

func (temper[T]) Forward(in []Array[T], out Array[T]) error {
	divide(out.Data, in[0].Data, in[1].Data[0])
	return nil
}

func (temper[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	if din[0].Wanted() {
		divide(din[0].Data, grad.Data, in[1].Data[0])
	}
	return nil
}

func divide[T Float](dst, x []T, by T) {
	for i, v := range x {
		dst[i] = v / by
	}
}
