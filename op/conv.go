package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/simd"
)

// Conv2D convolves images x (B, C, H, W) with weight (O, C/Groups, KH, KW) and adds the optional
// bias (O). Returns (B, O, H', W') with H' = (H + 2·Padding - KH)/Stride + 1. As usual in deep
// learning, the kernel is not flipped. Stride and Padding are (vertical, horizontal); a Stride or
// Groups of 0 means 1.
type Conv2D struct {
	Stride, Padding [2]int
	Groups          int
}

// Name returns "conv2d".
func (Conv2D) Name() string { return "conv2d" }

func (c Conv2D) groups() int { return max(c.Groups, 1) }

func (c Conv2D) window(weight tensor.Shape) window {
	return window{kernel: [2]int{weight[2], weight[3]}, stride: orOne(c.Stride), padding: c.Padding}
}

// OutShape returns (B, O, H', W').
func (c Conv2D) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 2 && len(in) != 3 {
		return nil, fmt.Errorf("%d inputs, want x, weight and optionally bias", len(in))
	}
	x, w := in[0], in[1]
	if err := images(x); err != nil {
		return nil, err
	}
	if c.Groups < 0 || c.Stride[0] < 0 || c.Stride[1] < 0 {
		return nil, fmt.Errorf("stride %v, groups %d: want no negative numbers", c.Stride, c.Groups)
	}
	n := c.groups()
	if len(w) != 4 || w[1]*n != x[1] || w[0]%n != 0 {
		return nil, fmt.Errorf("x %v does not fit the weight %v: want x (B, C, H, W) and weight (O, C/%d, KH, KW), O a multiple of the groups, %d", x, w, n, n)
	}
	if len(in) == 3 && (len(in[2]) != 1 || in[2][0] != w[0]) {
		return nil, fmt.Errorf("bias %v does not fit the weight %v: want (O)", in[2], w)
	}
	win := c.window(w)
	if err := win.check(x); err != nil {
		return nil, err
	}
	oh, ow := win.out(x[2], x[3])
	return tensor.Shape{x[0], w[0], oh, ow}, nil
}

// BackwardReads lists x and the weight.
func (Conv2D) BackwardReads() ([]bool, bool) { return []bool{true, true, false}, false }

// Float32 returns a new kernel.
func (c Conv2D) Float32() Kernel[float32] { return &conv32{spec: c} }

// Float64 returns a new kernel.
func (c Conv2D) Float64() Kernel[float64] { return &conv64{spec: c} }

type conv32 struct {
	spec Conv2D
	conv *simd.Conv // keeps scratch memory between runs
	held keep[simd.HeldWeights]
}

// Evaluate keeps the packed weight while weights are held.
func (k *conv32) Evaluate(w *Weights) { k.held.weights = w }

func biasOf[T Float](in []Array[T]) []T {
	if len(in) == 3 {
		return in[2].Data
	}
	return nil
}

func (k *conv32) Forward(in []Array[float32], out Array[float32]) error {
	k.prepare(in[0].Shape, in[1].Shape)
	k.conv.Infer(out.Data, in[0].Data, in[1].Data, biasOf(in), k.heldWeight(in[1].Data), nil)
	return nil
}

// heldWeight is the packed weight, or nil if the weight may change.
func (k *conv32) heldWeight(w []float32) *simd.HeldWeights {
	if k.held.weights.held() == 0 {
		return nil
	}
	return k.held.of(w, k.conv.Layout(), func(h *simd.HeldWeights) { k.conv.Hold(h, w) })
}

func (k *conv32) prepare(x, w tensor.Shape) {
	if k.conv == nil {
		win := k.spec.window(w)
		k.conv = &simd.Conv{
			N: x[0], C: x[1], H: x[2], W: x[3], Out: w[0], KH: w[2], KW: w[3],
			StrideH: win.stride[0], StrideW: win.stride[1], PadH: win.padding[0], PadW: win.padding[1],
			Groups: k.spec.groups(),
		}
	}
}

func (k *conv32) Backward(in []Array[float32], _, grad Array[float32], din []Array[float32]) error {
	if din[0].Wanted() {
		k.conv.GradInput(din[0].Data, grad.Data, in[1].Data)
	}
	db := biasOf(din)
	if din[1].Wanted() {
		k.conv.GradWeight(din[1].Data, db, in[0].Data, grad.Data)
	} else if db != nil {
		channelSums(db, grad)
	}
	return nil
}

// channelSums sets dst (C) to the sums of x (B, C, H, W) over all other axes.
func channelSums[T Float](dst []T, x Array[T]) {
	clear(dst)
	plane := x.Shape[2] * x.Shape[3]
	for i := 0; i*plane < len(x.Data); i++ {
		dst[i%len(dst)] += sum(x.Data[i*plane : (i+1)*plane])
	}
}

// conv64 implements the definition directly, for gradient checks.
type conv64 struct{ spec Conv2D }

// taps calls f for every product of the convolution, with the flat indices into y, x and the
// weight.
func (k conv64) taps(x, w, y tensor.Shape, f func(yi, xi, wi int)) {
	win := k.spec.window(w)
	group := w[0] / k.spec.groups()
	for b := range y[0] {
		for o := range y[1] {
			first := o / group * w[1] // channel of x
			for oy := range y[2] {
				y0, y1 := clip(oy, w[2], win.stride[0], win.padding[0], x[2])
				for ox := range y[3] {
					x0, x1 := clip(ox, w[3], win.stride[1], win.padding[1], x[3])
					yi := ((b*y[1]+o)*y[2]+oy)*y[3] + ox
					for c := range w[1] {
						for iy := y0; iy < y1; iy++ {
							ky := iy - (oy*win.stride[0] - win.padding[0])
							for ix := x0; ix < x1; ix++ {
								kx := ix - (ox*win.stride[1] - win.padding[1])
								f(yi, ((b*x[1]+first+c)*x[2]+iy)*x[3]+ix, ((o*w[1]+c)*w[2]+ky)*w[3]+kx)
							}
						}
					}
				}
			}
		}
	}
}

func (k *conv64) Forward(in []Array[float64], out Array[float64]) error {
	clear(out.Data)
	if bias := biasOf(in); bias != nil {
		plane := out.Shape[2] * out.Shape[3]
		for i := range out.Data {
			out.Data[i] = bias[i/plane%len(bias)]
		}
	}
	k.taps(in[0].Shape, in[1].Shape, out.Shape, func(yi, xi, wi int) {
		out.Data[yi] += in[0].Data[xi] * in[1].Data[wi]
	})
	return nil
}

func (k *conv64) Backward(in []Array[float64], out, grad Array[float64], din []Array[float64]) error {
	dx, dw := din[0].Data, din[1].Data
	clear(dx)
	clear(dw)
	k.taps(in[0].Shape, in[1].Shape, out.Shape, func(yi, xi, wi int) {
		if dx != nil {
			dx[xi] += grad.Data[yi] * in[1].Data[wi]
		}
		if dw != nil {
			dw[wi] += grad.Data[yi] * in[0].Data[xi]
		}
	})
	if db := biasOf(din); db != nil {
		channelSums(db, grad)
	}
	return nil
}
