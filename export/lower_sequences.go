package export

import (
	"math"

	"github.com/chiasm-ml/chiasm/internal/onnx"
	"github.com/chiasm-ml/chiasm/op"
)

// lowest stands for minus infinity in a softmax: next to it all else is 0, and
// beside its like, in a row without anything, it is still a number.
const lowest = -1e30

// sequences are operators on tokens (N, T, D).
func sequences(r rules) {
	write(r, attention)
	write(r, func(b *block, s op.AttentionWeights) string {
		mask := ""
		if len(b.in) > 2 {
			mask = b.in[2].name
		}
		return b.attentionWeights(s.Heads, mask)
	})
	write(r, maskedMean)
}

// heads cuts (N, T, D) into (N, H, T, K), or (N, H, K, T).
func (b *block) heads(x value, n int, turned bool) string {
	perm := []int{0, 2, 1, 3}
	if turned {
		perm = []int{0, 2, 3, 1}
	}
	cut := b.reshape(x.name, 0, x.size(1), n, x.size(2)/n)
	return b.with("Transpose", []string{cut}, onnx.IntList("perm", perm...))
}

// attentionWeights are the softmax of the queries' products with the keys that
// exist (N, H, Tq, Tk), zeros where there is none.
func (b *block) attentionWeights(heads int, mask string) string {
	q, k := b.in[0], b.in[1]
	by := 1 / math.Sqrt(float64(q.size(2)/heads))
	scores := b.op("MatMul", b.op("Mul", b.heads(q, heads, false), b.number(by)), b.heads(k, heads, true))
	softmax := func(x string) string { return b.with("Softmax", []string{x}, onnx.Int("axis", -1)) }
	if mask == "" {
		return softmax(scores)
	}
	exists := b.unsqueeze(b.has(mask), 1, 2) // (N, 1, 1, Tk)
	return b.op("Mul", softmax(b.op("Where", exists, scores, b.number(lowest))), b.float(exists))
}

func attention(b *block, s op.Attention) string {
	mask := ""
	if len(b.in) > 3 {
		mask = b.in[3].name
	}
	weights := b.attentionWeights(s.Heads, mask)
	q, k := b.in[0], b.in[1]
	b.weights[b.at] = value{weights, []onnx.Dim{q.shape[0], {Size: s.Heads}, q.shape[1], k.shape[1]}}
	y := b.op("MatMul", weights, b.heads(b.in[2], s.Heads, false)) // (N, H, Tq, K)
	y = b.with("Transpose", []string{y}, onnx.IntList("perm", 0, 2, 1, 3))
	return b.reshape(y, 0, q.size(1), q.size(2))
}

func maskedMean(b *block, _ op.MaskedMean) string {
	x, mask := b.x(), b.in[1].name
	total := b.sum(mask, true, 1) // (N, 1)
	some := b.op("Where", b.op("Greater", total, b.number(0)), total, b.number(1))
	return b.op("Div", b.squeeze(b.op("MatMul", b.unsqueeze(mask, 1), x), 1), some)
}
