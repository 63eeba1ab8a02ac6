package export

import (
	"github.com/chiasm-ml/chiasm/internal/onnx"
	"github.com/chiasm-ml/chiasm/op"
)

// images are operators on (N, C, H, W), and modulation.
func images(r rules) {
	write(r, func(b *block, s op.Conv2D) string {
		return b.with("Conv", b.names(0, len(b.in)),
			onnx.IntList("kernel_shape", b.in[1].size(2), b.in[1].size(3)),
			onnx.IntList("strides", max(s.Stride[0], 1), max(s.Stride[1], 1)), pads(s.Padding), onnx.Int("group", max(s.Groups, 1)))
	})
	write(r, func(b *block, s op.MaxPool2D) string { return b.pool("MaxPool", s.Kernel, s.Stride, s.Padding) })
	write(r, func(b *block, s op.AvgPool2D) string {
		return b.pool("AveragePool", s.Kernel, s.Stride, s.Padding)
	})
	write(r, func(b *block, _ op.GlobalAvgPool2D) string {
		return b.with("ReduceMean", b.names(0, 1), onnx.IntList("axes", 2, 3), onnx.Int("keepdims", 0))
	})
	write(r, func(b *block, s op.BatchNorm2DEval) string {
		return b.with("BatchNormalization", b.names(0, 5), onnx.Number("epsilon", s.Eps))
	})
	write(r, groupNorm)
	write(r, func(b *block, s op.Modulate) string {
		var axes []int
		for i := 1; i < b.in[0].rank(); i++ {
			if i != s.Axis {
				axes = append(axes, i)
			}
		}
		gamma, beta := b.in[1].name, b.in[2].name
		if axes != nil {
			gamma, beta = b.unsqueeze(gamma, axes...), b.unsqueeze(beta, axes...)
		}
		return b.op("Add", b.op("Mul", b.x(), b.op("Add", gamma, b.number(1))), beta)
	})
}

func pads(p [2]int) onnx.Attribute { return onnx.IntList("pads", p[0], p[1], p[0], p[1]) }

// pool slides a window; a stride of 0 is the window's size.
func (b *block) pool(kind string, kernel, stride, padding [2]int) string {
	for i := range stride {
		if stride[i] == 0 {
			stride[i] = kernel[i]
		}
	}
	return b.with(kind, b.names(0, 1),
		onnx.IntList("kernel_shape", kernel[:]...), onnx.IntList("strides", stride[:]...), pads(padding))
}

// groupNorm makes each group a channel of its own, for which the operator set
// has a normalisation; one for groups came after version 17.
func groupNorm(b *block, s op.GroupNorm) string {
	x := b.reshape(b.x(), 0, s.Groups, -1)
	one, zero := make([]float32, s.Groups), make([]float32, s.Groups)
	for i := range one {
		one[i] = 1
	}
	shape := []int{s.Groups}
	x = b.with("InstanceNormalization", []string{x, b.floats(shape, one...), b.floats(shape, zero...)}, onnx.Number("epsilon", s.Eps))
	x = b.reshape(x, toShape(b.out)...)
	gamma, beta := b.in[1].name, b.in[2].name
	var axes []int
	for i := 1; i < b.in[0].rank()-1; i++ {
		axes = append(axes, i)
	}
	if axes != nil { // (C) beside (N, C, H, W)
		gamma, beta = b.unsqueeze(gamma, axes...), b.unsqueeze(beta, axes...)
	}
	return b.op("Add", b.op("Mul", x, gamma), beta)
}
