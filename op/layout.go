package op

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Concat concatenates inputs along an axis; all other axes must be equal.
type Concat struct{ Axis int }

// Name returns "concat".
func (Concat) Name() string { return "concat" }

// OutShape returns the joined shape.
func (c Concat) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) == 0 || c.Axis < 0 || c.Axis >= len(in[0]) {
		return nil, fmt.Errorf("no axis %d in shapes %v", c.Axis, in)
	}
	out := in[0].Clone()
	for _, s := range in[1:] {
		ok := len(s) == len(out)
		for i := range s {
			ok = ok && (i == c.Axis || s[i] == out[i])
		}
		if !ok {
			return nil, fmt.Errorf("shapes %v and %v differ outside axis %d", in[0], s, c.Axis)
		}
		out[c.Axis] += s[c.Axis]
	}
	return out, nil
}

// BackwardReads reports that the backward pass reads nothing.
func (Concat) BackwardReads() ([]bool, bool) { return nil, false }

// Float32 returns a new kernel.
func (c Concat) Float32() Kernel[float32] { return concat[float32]{c.Axis} }

// Float64 returns a new kernel.
func (c Concat) Float64() Kernel[float64] { return concat[float64]{c.Axis} }

type concat[T Float] struct{ axis int }

func (k concat[T]) Forward(in []Array[T], out Array[T]) error {
	whole := Size(out.Shape[k.axis:])
	at := 0
	for _, a := range in {
		part := Size(a.Shape[k.axis:])
		copyBlocks(out.Data[at:], whole, a.Data, part, part)
		at += part
	}
	return nil
}

func (k concat[T]) Backward(in []Array[T], out, grad Array[T], din []Array[T]) error {
	whole := Size(out.Shape[k.axis:])
	at := 0
	for i, d := range din {
		part := Size(in[i].Shape[k.axis:])
		if d.Wanted() {
			copyBlocks(d.Data, part, grad.Data[at:], whole, part)
		}
		at += part
	}
	return nil
}

// copyBlocks copies n numbers from every sstep-th position of src to every dstep-th of dst, until
// either ends.
func copyBlocks[T Float](dst []T, dstep int, src []T, sstep, n int) {
	for d, s := 0, 0; d+n <= len(dst) && s+n <= len(src); d, s = d+dstep, s+sstep {
		copy(dst[d:d+n], src[s:s+n])
	}
}

// Slice copies indices From <= i < To along an axis.
type Slice struct{ Axis, From, To int }

// Name returns "slice".
func (Slice) Name() string { return "slice" }

// OutShape returns the input's shape with the axis shortened.
func (s Slice) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	if s.Axis < 0 || s.Axis >= len(in[0]) || s.From < 0 || s.From >= s.To || s.To > in[0][s.Axis] {
		return nil, fmt.Errorf("%d:%d of axis %d is outside %v", s.From, s.To, s.Axis, in[0])
	}
	out := in[0].Clone()
	out[s.Axis] = s.To - s.From
	return out, nil
}

// BackwardReads reports that the backward pass reads nothing.
func (Slice) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (s Slice) Float32() Kernel[float32] { return slice[float32]{s} }

// Float64 returns a new kernel.
func (s Slice) Float64() Kernel[float64] { return slice[float64]{s} }

type slice[T Float] struct{ Slice }

func (k slice[T]) Forward(in []Array[T], out Array[T]) error {
	whole, part := Size(in[0].Shape[k.Axis:]), Size(out.Shape[k.Axis:])
	copyBlocks(out.Data, part, in[0].Data[k.From*(part/(k.To-k.From)):], whole, part)
	return nil
}

func (k slice[T]) Backward(in []Array[T], out, grad Array[T], din []Array[T]) error {
	whole, part := Size(in[0].Shape[k.Axis:]), Size(out.Shape[k.Axis:])
	clear(din[0].Data)
	copyBlocks(din[0].Data[k.From*(part/(k.To-k.From)):], whole, grad.Data, part, part)
	return nil
}

// Reshape copies the same numbers into another shape. It copies because Gorgonia's own operators
// write in place through shared memory.
type Reshape struct{ Shape []int }

// Name returns "reshape".
func (Reshape) Name() string { return "reshape" }

// OutShape returns the new shape.
func (r Reshape) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	if Size(in[0]) != Size(r.Shape) {
		return nil, fmt.Errorf("%v has %d elements, %v has %d", in[0], Size(in[0]), r.Shape, Size(r.Shape))
	}
	return slices.Clone(r.Shape), nil
}

// BackwardReads reports that the backward pass reads nothing.
func (Reshape) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (Reshape) Float32() Kernel[float32] { return reshape[float32]{} }

// Float64 returns a new kernel.
func (Reshape) Float64() Kernel[float64] { return reshape[float64]{} }

type reshape[T Float] struct{}

func (reshape[T]) Forward(in []Array[T], out Array[T]) error {
	copy(out.Data, in[0].Data)
	return nil
}

func (reshape[T]) Backward(_ []Array[T], _, grad Array[T], din []Array[T]) error {
	copy(din[0].Data, grad.Data)
	return nil
}

// Transpose reorders axes by copying: axis i of the output is axis Perm[i] of the input.
type Transpose struct{ Perm []int }

// Name returns "transpose".
func (Transpose) Name() string { return "transpose" }

// OutShape returns the reordered shape.
func (t Transpose) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	out := make(tensor.Shape, len(t.Perm))
	for i := range out {
		at := slices.Index(t.Perm, i)
		if at < 0 || len(t.Perm) != len(in[0]) {
			return nil, fmt.Errorf("%v is not a permutation of the axes of %v", t.Perm, in[0])
		}
		out[at] = in[0][i]
	}
	return out, nil
}

// BackwardReads reports that the backward pass reads nothing.
func (Transpose) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (t Transpose) Float32() Kernel[float32] { return &transpose[float32]{perm: t.Perm} }

// Float64 returns a new kernel.
func (t Transpose) Float64() Kernel[float64] { return &transpose[float64]{perm: t.Perm} }

type transpose[T Float] struct {
	perm     []int
	steps    []int // in the input, per axis of the output
	shape    []int // of the output
	dst, src []T
	scatter  bool // backward: dst is the input's gradient
	body     func(lo, hi int)
}

func (k *transpose[T]) Forward(in []Array[T], out Array[T]) error {
	if k.body == nil {
		step := make([]int, len(in[0].Shape))
		n := 1
		for i := len(step) - 1; i >= 0; i-- {
			step[i] = n
			n *= in[0].Shape[i]
		}
		for _, p := range k.perm {
			k.steps = append(k.steps, step[p])
		}
		k.shape, k.body = out.Shape, k.move
	}
	k.dst, k.src, k.scatter = out.Data, in[0].Data, false
	k.all()
	return nil
}

func (k *transpose[T]) Backward(_ []Array[T], _, grad Array[T], din []Array[T]) error {
	k.dst, k.src, k.scatter = din[0].Data, grad.Data, true
	k.all()
	return nil
}

func (k *transpose[T]) all() {
	n := last(k.shape)
	parallel.Rows(len(k.dst)/n, 1+elementGrain/n, k.body)
}

// move copies the rows lo..hi of the output.
func (k *transpose[T]) move(lo, hi int) {
	m := len(k.shape) - 1
	n, step := k.shape[m], k.steps[m]
	for r := lo; r < hi; r++ {
		at := 0
		for i, a := r, m-1; a >= 0; a-- {
			at += i % k.shape[a] * k.steps[a]
			i /= k.shape[a]
		}
		if k.scatter {
			for j, v := range k.src[r*n : (r+1)*n] {
				k.dst[at+j*step] = v
			}
			continue
		}
		row := k.dst[r*n : (r+1)*n]
		for j := range row {
			row[j] = k.src[at+j*step]
		}
	}
}
