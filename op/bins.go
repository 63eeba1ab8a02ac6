package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"
)

// NormalBins is a piecewise linear encoding of numbers (Gorishniy, Rubachev and Babenko, "On
// embeddings for numerical features in tabular deep learning", 2022). Maps x (B, N), approximately
// standard normal, to (B, N·K). The real line is divided into K bins of equal probability under the
// standard normal distribution; value k of a number is 1 if the number is above bin k, 0 if it is
// below, and linear in between. A subsequent linear layer can learn a step at any bin.
type NormalBins struct{ K int }

// Name returns "normal_bins".
func (NormalBins) Name() string { return "normal_bins" }

// OutShape returns (B, N·K).
func (n NormalBins) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	if len(in[0]) != 2 || n.K < 1 {
		return nil, fmt.Errorf("shape %v with %d bins, want (B, N) and at least one bin", in[0], n.K)
	}
	return tensor.Shape{in[0][0], in[0][1] * n.K}, nil
}

// BackwardReads lists the input.
func (NormalBins) BackwardReads() ([]bool, bool) { return []bool{true}, false }

// Float32 returns a new kernel.
func (n NormalBins) Float32() Kernel[float32] { return normalBins[float32]{n.K} }

// Float64 returns a new kernel.
func (n NormalBins) Float64() Kernel[float64] { return normalBins[float64]{n.K} }

type normalBins[T Float] struct{ k int }

func (b normalBins[T]) Forward(in []Array[T], out Array[T]) error {
	for i, x := range in[0].Data {
		u := normalCDF(float64(x)) * float64(b.k)
		for k := range b.k {
			out.Data[i*b.k+k] = T(min(max(u-float64(k), 0), 1))
		}
	}
	return nil
}

func (b normalBins[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	for i, x := range in[0].Data {
		u := normalCDF(float64(x)) * float64(b.k)
		k := max(0, min(int(u), b.k-1)) // the bin that contains x; arbitrary for NaN
		derivative := float64(b.k) * math.Exp(-float64(x)*float64(x)/2) / math.Sqrt(2*math.Pi)
		din[0].Data[i] = grad.Data[i*b.k+k] * T(derivative)
	}
	return nil
}
