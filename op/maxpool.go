package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/internal/simd"
)

// MaxPool2D takes the maximum of each window of x (B, C, H, W). Returns (B, C, H', W') with H' = (H
// + 2·Padding - Kernel)/Stride + 1. Each pair is (vertical, horizontal); a Stride of 0 means
// Kernel. Padding, at most half the kernel, is never the maximum. Among equal numbers, the first
// receives the gradient.
type MaxPool2D struct{ Kernel, Stride, Padding [2]int }

// Name returns "max_pool2d".
func (MaxPool2D) Name() string { return "max_pool2d" }

func (p MaxPool2D) window() window { return poolWindow(p.Kernel, p.Stride, p.Padding) }

func poolWindow(kernel, stride, padding [2]int) window {
	for i := range stride {
		if stride[i] == 0 {
			stride[i] = kernel[i]
		}
	}
	return window{kernel, stride, padding}
}

// poolShape is the shape rule of windowed pooling.
func poolShape(w window, in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	x := in[0]
	if err := images(x); err != nil {
		return nil, err
	}
	for i := range 2 {
		if 2*w.padding[i] > w.kernel[i] {
			return nil, fmt.Errorf("padding %v is more than half the kernel %v", w.padding, w.kernel)
		}
	}
	if err := w.check(x); err != nil {
		return nil, err
	}
	oh, ow := w.out(x[2], x[3])
	return tensor.Shape{x[0], x[1], oh, ow}, nil
}

// OutShape returns (B, C, H', W').
func (p MaxPool2D) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	return poolShape(p.window(), in)
}

// BackwardReads reports that the backward pass reads nothing: the kernel stores the position of
// each maximum.
func (MaxPool2D) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (p MaxPool2D) Float32() Kernel[float32] {
	return &maxPool[float32]{maxPlane: maxPlane{window: p.window()}}
}

// Float64 returns a new kernel.
func (p MaxPool2D) Float64() Kernel[float64] {
	return &maxPool[float64]{maxPlane: maxPlane{window: p.window()}}
}

type maxPool[T Float] struct {
	maxPlane
	values            *simd.MaxPool // in evaluation, which needs no positions
	at                []int32       // index of each maximum inside its (H, W) plane
	x, y, g, dx       []T
	forward, backward func(lo, hi int)
}

// Evaluate switches to pooling without positions.
func (k *maxPool[T]) Evaluate(*Weights) { k.values = new(simd.MaxPool) }

func (k *maxPool[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		x, y := in[0].Shape, out.Shape
		k.h, k.w, k.oh, k.ow = x[2], x[3], y[2], y[3]
		k.prepare()
		if k.values != nil {
			*k.values = simd.MaxPool{
				H: k.h, W: k.w, KH: k.kernel[0], KW: k.kernel[1],
				StrideH: k.stride[0], StrideW: k.stride[1], PadH: k.padding[0], PadW: k.padding[1],
			}
		}
		k.at = make([]int32, len(out.Data))
		k.forward = func(lo, hi int) {
			for p := lo; p < hi; p++ {
				k.plane(p)
			}
		}
		k.backward = k.scatter
	}
	k.x, k.y = in[0].Data, out.Data
	parallel.Rows(in[0].Shape[0]*in[0].Shape[1], grainOf(k.h*k.w), k.forward)
	return nil
}

// plane pools one (H, W) plane.
func (k *maxPool[T]) plane(p int) {
	x := k.x[p*k.h*k.w : (p+1)*k.h*k.w]
	n := k.oh * k.ow
	y, at := k.y[p*n:(p+1)*n], k.at[p*n:(p+1)*n]
	if total := sum(x); isFloat32[T]() && total == total { // no NaN
		if k.values != nil {
			k.values.Plane(f32(y), f32(x))
		} else if k.quarters() {
			k.quarter(f32(y), at, f32(x))
		} else {
			k.pool(f32(y), at, f32(x))
		}
		return
	}
	for oy := range k.oh {
		y0, y1 := clip(oy, k.kernel[0], k.stride[0], k.padding[0], k.h)
		for ox := range k.ow {
			x0, x1 := clip(ox, k.kernel[1], k.stride[1], k.padding[1], k.w)
			arg := y0*k.w + x0
			best := x[arg]
			for iy := y0; iy < y1; iy++ {
				for i := iy*k.w + x0; i < iy*k.w+x1; i++ {
					if v := x[i]; v > best || v != v { // NaN propagates, as in PyTorch
						best, arg = v, i
					}
				}
			}
			y[oy*k.ow+ox], at[oy*k.ow+ox] = best, int32(arg)
		}
	}
}

// maxPlane holds the parameters for pooling one float32 plane.
type maxPlane struct {
	window
	h, w, oh, ow int
	reach        [][2]int // range of outputs that each kernel column reaches
}

func (m *maxPlane) prepare() {
	for kx := range m.kernel[1] {
		left, step := kx-m.padding[1], m.stride[1] // left: column under output 0
		m.reach = append(m.reach, [2]int{max(0, (step-1-left)/step), min(m.ow, (m.w-1-left+step)/step)})
	}
}

// pool handles a plane without NaN. It processes one kernel position at a time over a row of
// outputs, and compares number and position as one integer, which needs no branch: on random
// numbers, branches are mispredicted half the time.
func (m *maxPlane) pool(y []float32, at []int32, x []float32) {
	var keys [128]int64
	for oy := range m.oh {
		y0, y1 := clip(oy, m.kernel[0], m.stride[0], m.padding[0], m.h)
		for first := 0; first < m.ow; first += len(keys) {
			best := keys[:min(len(keys), m.ow-first)]
			fill(best, math.MinInt64)
			for iy := y0; iy < y1; iy++ {
				for kx, reach := range m.reach {
					lo, hi := max(first, reach[0]), min(first+len(best), reach[1])
					if lo < hi {
						i := iy*m.w + lo*m.stride[1] + kx - m.padding[1]
						raise(best[lo-first:hi-first], x, i, m.stride[1])
					}
				}
			}
			for o, key := range best {
				i := ^int32(key)
				y[oy*m.ow+first+o], at[oy*m.ow+first+o] = x[i], i
			}
		}
	}
}

// quarters reports whether windows are the usual ones, adjacent and 2 by 2.
func (m *maxPlane) quarters() bool {
	return m.kernel == [2]int{2, 2} && m.stride == [2]int{2, 2} && m.padding == [2]int{}
}

// quarter is pool for such windows, whose four keys stay in registers.
func (m *maxPlane) quarter(y []float32, at []int32, x []float32) {
	for oy := range m.oh {
		i := 2 * oy * m.w
		row := at[oy*m.ow : (oy+1)*m.ow]
		largest(row, x[i:i+m.w], x[i+m.w:i+2*m.w], i)
		for o, j := range row {
			y[oy*m.ow+o] = x[j]
		}
	}
}

// largest finds the position of the maximum in each 2 by 2 square of two rows; the first square
// begins at i.
func largest(at []int32, upper, lower []float32, i int) {
	w := len(upper)
	lower = lower[:w]
	for o := range at {
		j := 2 * o
		a := max(orderedKey(upper[j], i+j), orderedKey(upper[j+1], i+j+1))
		b := max(orderedKey(lower[j], i+w+j), orderedKey(lower[j+1], i+w+j+1))
		at[o] = ^int32(max(a, b))
	}
}

// raise raises each key to that of the corresponding number: x[i], x[i+step] … If inlined, its loop
// would run out of registers.
//
//go:noinline
func raise(keys []int64, x []float32, i, step int) {
	for o, key := range keys {
		keys[o] = max(key, orderedKey(x[i], i))
		i += step
	}
}

// orderedKey orders like v and, among equal values, is largest for the first index: v's bits,
// mapped so that they compare as integers, above the complement of i. Adding 0 turns -0 into the
// equal 0.
func orderedKey(v float32, i int) int64 {
	b := int32(math.Float32bits(v + 0))
	return int64(b^(b>>31)&math.MaxInt32)<<32 | int64(^uint32(i))
}

func (k *maxPool[T]) scatter(lo, hi int) {
	n := k.oh * k.ow
	for p := lo; p < hi; p++ {
		dx := k.dx[p*k.h*k.w : (p+1)*k.h*k.w]
		clear(dx)
		g := k.g[p*n : (p+1)*n]
		for i, a := range k.at[p*n : (p+1)*n] {
			dx[a] += g[i]
		}
	}
}

func (k *maxPool[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.g, k.dx = grad.Data, din[0].Data
	parallel.Rows(in[0].Shape[0]*in[0].Shape[1], grainOf(k.h*k.w), k.backward)
	return nil
}
