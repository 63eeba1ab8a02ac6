package export

import (
	"github.com/chiasm-ml/chiasm/internal/onnx"
	"github.com/chiasm-ml/chiasm/op"
)

// layouts are operators that move numbers and compute none.
func layouts(r rules) {
	write(r, func(b *block, s op.Concat) string { return b.concat(s.Axis, b.names(0, len(b.in))...) })
	write(r, func(b *block, s op.Slice) string {
		return b.op("Slice", b.x(), b.ints(s.From), b.ints(s.To), b.ints(s.Axis))
	})
	write(r, func(b *block, _ op.Reshape) string { return b.reshape(b.x(), toShape(b.out)...) })
	write(r, func(b *block, s op.Transpose) string {
		return b.with("Transpose", []string{b.x()}, onnx.IntList("perm", s.Perm...))
	})
	write(r, func(b *block, _ op.Expand) string {
		shape := b.count()
		if rest := toShape(b.out[1:]); len(rest) > 0 {
			shape = b.concat(0, shape, b.ints(rest...))
		}
		return b.op("Expand", b.x(), shape)
	})
	write(r, func(b *block, s op.Repeat) string { return b.op("Expand", b.x(), b.ints(1, s.N)) })
	write(r, func(b *block, _ op.ImageTokens) string {
		x := b.reshape(b.x(), 0, b.in[0].size(1), b.in[0].size(2)*b.in[0].size(3))
		return b.with("Transpose", []string{x}, onnx.IntList("perm", 0, 2, 1))
	})
}
