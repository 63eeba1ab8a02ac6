package op

import (
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// AvgPool2D averages each window of x (B, C, H, W). Returns (B, C, H', W') with H' = (H + 2·Padding
// - Kernel)/Stride + 1. Each pair is (vertical, horizontal); a Stride of 0 means Kernel. Padding,
// at most half the kernel, is not counted: the mean is over the part of the window inside the
// image, like PyTorch's count_include_pad=False and ONNX's default.
type AvgPool2D struct{ Kernel, Stride, Padding [2]int }

// Name returns "avg_pool2d".
func (AvgPool2D) Name() string { return "avg_pool2d" }

func (p AvgPool2D) window() window { return poolWindow(p.Kernel, p.Stride, p.Padding) }

// OutShape returns (B, C, H', W').
func (p AvgPool2D) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	return poolShape(p.window(), in)
}

// BackwardReads reports that the backward pass reads nothing.
func (AvgPool2D) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (p AvgPool2D) Float32() Kernel[float32] { return &avgPool[float32]{window: p.window()} }

// Float64 returns a new kernel.
func (p AvgPool2D) Float64() Kernel[float64] { return &avgPool[float64]{window: p.window()} }

type avgPool[T Float] struct {
	window
	h, w, oh, ow      int
	x, y              []T // y is the output or its gradient, x the input or its
	forward, backward func(lo, hi int)
}

func (k *avgPool[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		x, y := in[0].Shape, out.Shape
		k.h, k.w, k.oh, k.ow = x[2], x[3], y[2], y[3]
		k.forward, k.backward = k.gather, k.scatter
	}
	k.x, k.y = in[0].Data, out.Data
	parallel.Rows(in[0].Shape[0]*in[0].Shape[1], grainOf(k.h*k.w), k.forward)
	return nil
}

func (k *avgPool[T]) gather(lo, hi int) {
	for p := lo; p < hi; p++ {
		x := k.x[p*k.h*k.w : (p+1)*k.h*k.w]
		y := k.y[p*k.oh*k.ow : (p+1)*k.oh*k.ow]
		for oy := range k.oh {
			y0, y1 := clip(oy, k.kernel[0], k.stride[0], k.padding[0], k.h)
			for ox := range k.ow {
				x0, x1 := clip(ox, k.kernel[1], k.stride[1], k.padding[1], k.w)
				var s T
				for iy := y0; iy < y1; iy++ {
					for _, v := range x[iy*k.w+x0 : iy*k.w+x1] {
						s += v
					}
				}
				y[oy*k.ow+ox] = s / T((y1-y0)*(x1-x0))
			}
		}
	}
}

func (k *avgPool[T]) scatter(lo, hi int) {
	for p := lo; p < hi; p++ {
		x := k.x[p*k.h*k.w : (p+1)*k.h*k.w]
		y := k.y[p*k.oh*k.ow : (p+1)*k.oh*k.ow]
		clear(x)
		for oy := range k.oh {
			y0, y1 := clip(oy, k.kernel[0], k.stride[0], k.padding[0], k.h)
			for ox := range k.ow {
				x0, x1 := clip(ox, k.kernel[1], k.stride[1], k.padding[1], k.w)
				v := y[oy*k.ow+ox] / T((y1-y0)*(x1-x0))
				for iy := y0; iy < y1; iy++ {
					row := x[iy*k.w+x0 : iy*k.w+x1]
					for i := range row {
						row[i] += v
					}
				}
			}
		}
	}
}

func (k *avgPool[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.y, k.x = grad.Data, din[0].Data
	parallel.Rows(in[0].Shape[0]*in[0].Shape[1], grainOf(k.h*k.w), k.backward)
	return nil
}

// GlobalAvgPool2D averages each channel of x (B, C, H, W). Returns (B, C).
type GlobalAvgPool2D struct{}

// Name returns "global_avg_pool2d".
func (GlobalAvgPool2D) Name() string { return "global_avg_pool2d" }

// OutShape returns (B, C).
func (GlobalAvgPool2D) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	if err := images(in[0]); err != nil {
		return nil, err
	}
	return tensor.Shape{in[0][0], in[0][1]}, nil
}

// BackwardReads reports that the backward pass reads nothing.
func (GlobalAvgPool2D) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (GlobalAvgPool2D) Float32() Kernel[float32] { return &globalAvgPool[float32]{} }

// Float64 returns a new kernel.
func (GlobalAvgPool2D) Float64() Kernel[float64] { return &globalAvgPool[float64]{} }

type globalAvgPool[T Float] struct {
	plane             int
	x, y              []T // y is the output or its gradient, x the input or its
	forward, backward func(lo, hi int)
}

func (k *globalAvgPool[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		k.plane = in[0].Shape[2] * in[0].Shape[3]
		k.forward = func(lo, hi int) {
			for p := lo; p < hi; p++ {
				k.y[p] = sum(k.x[p*k.plane:(p+1)*k.plane]) / T(k.plane)
			}
		}
		k.backward = func(lo, hi int) {
			for p := lo; p < hi; p++ {
				fill(k.x[p*k.plane:(p+1)*k.plane], k.y[p]/T(k.plane))
			}
		}
	}
	k.x, k.y = in[0].Data, out.Data
	parallel.Rows(len(k.y), grainOf(k.plane), k.forward)
	return nil
}

func (k *globalAvgPool[T]) Backward(_ []Array[T], _, grad Array[T], din []Array[T]) error {
	k.y, k.x = grad.Data, din[0].Data
	parallel.Rows(len(k.y), grainOf(k.plane), k.backward)
	return nil
}
