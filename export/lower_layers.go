package export

import (
	"github.com/chiasm-ml/chiasm/internal/onnx"
	"github.com/chiasm-ml/chiasm/op"
)

// layers are operators with weights, at any place of a model, and softmax.
func layers(r rules) {
	write(r, linear)
	write(r, func(b *block, s op.LayerNorm) string {
		return b.with("LayerNormalization", b.names(0, 3), onnx.Int("axis", -1), onnx.Number("epsilon", s.Eps))
	})
	write(r, func(b *block, _ op.Softmax) string { return b.with("Softmax", b.names(0, 1), onnx.Int("axis", -1)) })
	write(r, func(b *block, _ op.LogSoftmax) string {
		return b.with("LogSoftmax", b.names(0, 1), onnx.Int("axis", -1))
	})
	write(r, func(b *block, s op.Embedding) string {
		ids := b.in[1].name
		if s.Offsets != nil {
			ids = b.op("Add", ids, b.ints(s.Offsets...))
		}
		return b.op("Gather", b.x(), ids)
	})
	write(r, embeddingBag)
	write(r, groupedLinear)
}

// linear keeps the weight as it is saved, (N, K).
func linear(b *block, s op.Linear) string {
	if b.in[0].rank() == 2 {
		return b.activate(s.Activation, b.with("Gemm", b.names(0, len(b.in)), onnx.Int("transB", 1)))
	}
	weight := b.with("Transpose", []string{b.in[1].name}, onnx.IntList("perm", 1, 0))
	y := b.op("MatMul", b.x(), weight)
	if len(b.in) == 3 {
		y = b.op("Add", y, b.in[2].name)
	}
	return b.activate(s.Activation, y)
}

// embeddingBag is the mean of the rows whose ids are not 0.
func embeddingBag(b *block, _ op.EmbeddingBag) string {
	ids := b.in[1].name
	counts := b.float(b.op("Not", b.op("Equal", ids, b.constant(onnx.Ints("", []int{}, []int{0}))))) // (N, T, G)
	n := b.op("Max", b.sum(counts, true, 2), b.number(1))
	share := b.unsqueeze(b.op("Div", counts, n), 2)                        // (N, T, 1, G)
	return b.squeeze(b.op("MatMul", share, b.op("Gather", b.x(), ids)), 2) // of (N, T, 1, D)
}

// groupedLinear: a product at each place.
func groupedLinear(b *block, _ op.GroupedLinear) string {
	turned := func(x string, perm ...int) string {
		return b.with("Transpose", []string{x}, onnx.IntList("perm", perm...))
	}
	y := b.op("MatMul", turned(b.x(), 1, 0, 2), turned(b.in[1].name, 0, 2, 1)) // (C, N, O)
	return b.op("Add", turned(y, 1, 0, 2), b.in[2].name)
}
