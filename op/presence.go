package op

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// Repeat maps (B, 1) to (B, N), which turns the presence of a modality into a mask of its tokens.
// It has no gradient.
type Repeat struct{ N int }

// Name returns "repeat".
func (Repeat) Name() string { return "repeat" }

// OutShape returns (B, N).
func (r Repeat) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	if len(in[0]) != 2 || in[0][1] != 1 {
		return nil, fmt.Errorf("shape %v, want (B, 1)", in[0])
	}
	return tensor.Shape{in[0][0], r.N}, nil
}

// FixedInputs lists the input.
func (Repeat) FixedInputs() []int { return []int{0} }

// Float32 returns a new kernel.
func (r Repeat) Float32() Kernel[float32] { return repeat[float32]{r.N} }

// Float64 returns a new kernel.
func (r Repeat) Float64() Kernel[float64] { return repeat[float64]{r.N} }

type repeat[T Float] struct{ n int }

func (k repeat[T]) Forward(in []Array[T], out Array[T]) error {
	for i, v := range in[0].Data {
		row := out.Data[i*k.n : (i+1)*k.n]
		for j := range row {
			row[j] = v
		}
	}
	return nil
}

func (repeat[T]) Backward([]Array[T], Array[T], Array[T], []Array[T]) error { return errSecond }

// AnyPresent maps M presences (B, 1) to (B, 1): 1 where any of them is not 0. It has no gradient.
type AnyPresent struct{ M int }

// Name returns "any_present".
func (AnyPresent) Name() string { return "any_present" }

// OutShape returns (B, 1).
func (a AnyPresent) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, a.M); err != nil {
		return nil, err
	}
	if a.M < 1 {
		return nil, errors.New("no input")
	}
	for _, s := range in {
		if len(s) != 2 || s[1] != 1 || s[0] != in[0][0] {
			return nil, fmt.Errorf("shapes %v, want (B, 1) each", in)
		}
	}
	return in[0].Clone(), nil
}

// FixedInputs lists all inputs.
func (a AnyPresent) FixedInputs() []int { return upTo(a.M) }

// upTo is 0..n-1.
func upTo(n int) []int {
	is := make([]int, n)
	for i := range is {
		is[i] = i
	}
	return is
}

// Float32 returns a new kernel.
func (AnyPresent) Float32() Kernel[float32] { return anyPresent[float32]{} }

// Float64 returns a new kernel.
func (AnyPresent) Float64() Kernel[float64] { return anyPresent[float64]{} }

type anyPresent[T Float] struct{}

func (anyPresent[T]) Forward(in []Array[T], out Array[T]) error {
	clear(out.Data)
	for _, a := range in {
		for i, v := range a.Data {
			if v != 0 {
				out.Data[i] = 1
			}
		}
	}
	return nil
}

func (anyPresent[T]) Backward([]Array[T], Array[T], Array[T], []Array[T]) error { return errSecond }

// OrElse maps x (B, D), a vector (D) and presence (B, 1) to (B, D): x's row if it is present,
// otherwise the vector. The contents of an absent row are irrelevant, even if NaN.
type OrElse struct{}

// Name returns "or_else".
func (OrElse) Name() string { return "or_else" }

// OutShape returns x's shape.
func (OrElse) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 3); err != nil {
		return nil, err
	}
	x, e, p := in[0], in[1], in[2]
	if len(x) != 2 || len(e) != 1 || e[0] != x[1] || !equal(p, tensor.Shape{x[0], 1}) {
		return nil, fmt.Errorf("shapes %v, %v and %v, want (B, D), (D) and (B, 1)", x, e, p)
	}
	return x.Clone(), nil
}

// FixedInputs lists the presence.
func (OrElse) FixedInputs() []int { return []int{2} }

// BackwardReads lists the presence.
func (OrElse) BackwardReads() ([]bool, bool) { return []bool{false, false, true}, false }

// Float32 returns a new kernel.
func (OrElse) Float32() Kernel[float32] { return orElse[float32]{} }

// Float64 returns a new kernel.
func (OrElse) Float64() Kernel[float64] { return orElse[float64]{} }

type orElse[T Float] struct{}

func (orElse[T]) Forward(in []Array[T], out Array[T]) error {
	d := len(in[1].Data)
	for i, p := range in[2].Data {
		src := in[1].Data
		if p != 0 {
			src = in[0].Data[i*d : (i+1)*d]
		}
		copy(out.Data[i*d:(i+1)*d], src)
	}
	return nil
}

func (orElse[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	d := last(in[0].Shape)
	dx, de := din[0].Data, din[1].Data
	clear(dx)
	clear(de)
	for i, p := range in[2].Data {
		g := grad.Data[i*d : (i+1)*d]
		if p != 0 && dx != nil {
			copy(dx[i*d:(i+1)*d], g)
		} else if p == 0 && de != nil {
			add(de, de, g)
		}
	}
	return nil
}

// PresentMean maps a fallback, M alternatives of the same shape (B, ...) and their presences (B, 1)
// to that shape: the mean of the alternatives that are present, or the fallback if there are none.
// With Zero, the inputs have no fallback, and zeros are used. The contents of an absent row are
// irrelevant, even if NaN.
type PresentMean struct {
	M    int
	Zero bool
}

// Name returns "present_mean".
func (PresentMean) Name() string { return "present_mean" }

// first is the index of the first alternative among the inputs.
func (p PresentMean) first() int {
	if p.Zero {
		return 0
	}
	return 1
}

// OutShape returns the common shape.
func (p PresentMean) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if p.M < 1 {
		return nil, fmt.Errorf("no alternatives to average")
	}
	if err := want(in, p.first()+2*p.M); err != nil {
		return nil, err
	}
	for i, s := range in {
		common := i < p.first()+p.M
		if common && (!equal(s, in[0]) || len(s) < 2) || !common && !equal(s, tensor.Shape{in[0][0], 1}) {
			return nil, fmt.Errorf("input %d has the shape %v, input 0 has %v", i, s, in[0])
		}
	}
	return in[0].Clone(), nil
}

// FixedInputs lists the presences.
func (p PresentMean) FixedInputs() []int { return upTo(p.first() + 2*p.M)[p.first()+p.M:] }

// BackwardReads lists the presences.
func (p PresentMean) BackwardReads() ([]bool, bool) {
	return slices.Concat(make([]bool, p.first()+p.M), slices.Repeat([]bool{true}, p.M)), false
}

// Float32 returns a new kernel.
func (p PresentMean) Float32() Kernel[float32] { return presentMean[float32]{p} }

// Float64 returns a new kernel.
func (p PresentMean) Float64() Kernel[float64] { return presentMean[float64]{p} }

type presentMean[T Float] struct{ PresentMean }

// present reports whether row b has alternative m.
func (k presentMean[T]) present(in []Array[T], m, b int) bool {
	return in[k.first()+k.M+m].Data[b] != 0
}

// share is 1 / (the number of alternatives present in row b), or 0.
func (k presentMean[T]) share(in []Array[T], b int) T {
	n := 0
	for m := range k.M {
		if k.present(in, m, b) {
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return 1 / T(n)
}

func (k presentMean[T]) Forward(in []Array[T], out Array[T]) error {
	d := len(out.Data) / out.Shape[0]
	for b := range out.Shape[0] {
		row := out.Data[b*d : (b+1)*d]
		by := k.share(in, b)
		clear(row)
		if by == 0 && !k.Zero {
			copy(row, in[0].Data[b*d:(b+1)*d])
		}
		for m := range k.M {
			if k.present(in, m, b) {
				axpy(row, by, in[k.first()+m].Data[b*d:(b+1)*d])
			}
		}
	}
	return nil
}

func (k presentMean[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	n := grad.Shape[0]
	d := len(grad.Data) / n
	for i := range k.first() + k.M {
		clear(din[i].Data)
	}
	for b := range n {
		g := grad.Data[b*d : (b+1)*d]
		by := k.share(in, b)
		if by == 0 && !k.Zero && din[0].Wanted() {
			copy(din[0].Data[b*d:(b+1)*d], g)
		}
		for m := range k.M {
			if dx := din[k.first()+m]; dx.Wanted() && k.present(in, m, b) {
				scale(dx.Data[b*d:(b+1)*d], by, g)
			}
		}
	}
	return nil
}
