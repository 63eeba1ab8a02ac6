package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// PresentShares maps M presences (B, 1), and optionally weights (M), to (B, M): the relative weight
// of each modality in a mean over those present, equal if there are no weights. A row sums to 1, or
// is zeros if nothing is present or all weights of the modalities present are 0. It has no
// gradient.
type PresentShares struct{ M int }

// Name returns "present_shares".
func (PresentShares) Name() string { return "present_shares" }

// OutShape returns (B, M).
func (p PresentShares) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != p.M && len(in) != p.M+1 || p.M < 1 {
		return nil, fmt.Errorf("%d inputs, want %d presences and optionally weights", len(in), p.M)
	}
	for i, s := range in {
		if i < p.M && !equal(s, tensor.Shape{in[0][0], 1}) || i == p.M && !equal(s, tensor.Shape{p.M}) {
			return nil, fmt.Errorf("shapes %v, want (B, 1) for each presence and (%d) for weights", in, p.M)
		}
	}
	return tensor.Shape{in[0][0], p.M}, nil
}

// FixedInputs lists all inputs.
func (p PresentShares) FixedInputs() []int { return upTo(p.M + 1) }

// Float32 returns a new kernel.
func (p PresentShares) Float32() Kernel[float32] { return presentShares[float32]{p} }

// Float64 returns a new kernel.
func (p PresentShares) Float64() Kernel[float64] { return presentShares[float64]{p} }

type presentShares[T Float] struct{ PresentShares }

func (k presentShares[T]) Forward(in []Array[T], out Array[T]) error {
	for b := range out.Shape[0] {
		row := out.Data[b*k.M : (b+1)*k.M]
		var sum T
		for m := range row {
			row[m] = 0
			if in[m].Data[b] != 0 {
				row[m] = 1
				if len(in) > k.M {
					row[m] = in[k.M].Data[m]
				}
			}
			sum += row[m]
		}
		if sum > 0 {
			scale(row, 1/sum, row)
		}
	}
	return nil
}

func (presentShares[T]) Backward([]Array[T], Array[T], Array[T], []Array[T]) error { return errSecond }
