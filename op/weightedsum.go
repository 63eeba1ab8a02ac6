package op

import (
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/rng"
)

// WeightedSum reduces its input to one number, Σ wᵢxᵢ with w drawn from the standard normal
// distribution. It serves as a loss in gradient checks, where a plain sum would hide errors that
// cancel.
type WeightedSum struct{ Key rng.Key }

// Name returns "weighted_sum".
func (WeightedSum) Name() string { return "weighted_sum" }

// OutShape returns a scalar.
func (WeightedSum) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	return tensor.ScalarShape(), want(in, 1)
}

// BackwardReads reports that the backward pass reads nothing: the weights are a function of the
// key.
func (WeightedSum) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (s WeightedSum) Float32() Kernel[float32] { return weightedSum[float32]{s.Key} }

// Float64 returns a new kernel.
func (s WeightedSum) Float64() Kernel[float64] { return weightedSum[float64]{s.Key} }

type weightedSum[T Float] struct{ key rng.Key }

func (k weightedSum[T]) Forward(in []Array[T], out Array[T]) error {
	s := 0.0
	for i, v := range in[0].Data {
		s += k.key.Normal(i) * float64(v)
	}
	out.Data[0] = T(s)
	return nil
}

func (k weightedSum[T]) Backward(_ []Array[T], _, grad Array[T], din []Array[T]) error {
	for i := range din[0].Data {
		din[0].Data[i] = grad.Data[0] * T(k.key.Normal(i))
	}
	return nil
}
