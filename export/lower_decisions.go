package export

import (
	"github.com/chiasm-ml/chiasm/internal/onnx"
	"github.com/chiasm-ml/chiasm/op"
)

// decisions are operators that join the logits of modalities.
func decisions(r rules) {
	write(r, func(b *block, s op.AverageScores) string {
		w := b.float(b.stackPresence(s.M)) // (N, M, 1)
		if len(b.in) > 2*s.M {
			w = b.op("Mul", w, b.unsqueeze(b.in[2*s.M].name, 1))
		}
		return b.mixture(s.M, s.Sigmoid, w, true)
	})
	write(r, func(b *block, s op.MixScores) string {
		w := b.op("Mul", b.float(b.stackPresence(s.M)), b.in[2*s.M].name)
		return b.mixture(s.M, s.Sigmoid, w, false)
	})
	write(r, productScores)
}

// mixture is the logits of Σ weight · probability over modalities, zeros where
// nothing weighs; weights are (N, M, 1), 0 where a modality is absent, and, if
// they are to be, made to sum to 1. All is computed by logarithms.
func (b *block) mixture(m int, sigmoid bool, weights string, normalise bool) string {
	some := b.op("Greater", weights, b.number(0)) // (N, M, 1)
	logs := b.op("Log", b.op("Where", some, weights, b.number(1)))
	x := b.op("Where", some, b.stack(m), b.number(0))
	mixed := func(logp string) string { // log Σ weight · p
		return b.logSumExp(b.op("Where", some, b.op("Add", logp, logs), b.number(lowest)))
	}
	var y string
	if sigmoid {
		yes := b.op("Neg", b.op("Softplus", b.op("Neg", x)))
		no := b.op("Neg", b.op("Softplus", x))
		y = b.op("Sub", mixed(yes), mixed(no))
	} else {
		y = mixed(b.with("LogSoftmax", []string{x}, onnx.Int("axis", -1)))
	}
	total := b.sum(weights, false, 1) // (N, 1)
	if normalise && !sigmoid {
		y = b.op("Sub", y, b.op("Log", b.orOne(total)))
	}
	return b.op("Where", b.op("Greater", total, b.number(0)), y, b.number(0))
}

// logSumExp is log Σ exp over axis 1.
func (b *block) logSumExp(x string) string {
	top := b.with("ReduceMax", []string{x}, onnx.IntList("axes", 1), onnx.Int("keepdims", 1))
	sum := b.sum(b.op("Exp", b.op("Sub", x, top)), false, 1)
	return b.op("Add", b.op("Log", sum), b.squeeze(top, 1))
}

func productScores(b *block, s op.ProductScores) string {
	prior := b.in[2*s.M].name
	w := b.float(b.stackPresence(s.M)) // (N, M, 1)
	if len(b.in) > 2*s.M+1 {
		w = b.op("Mul", w, b.unsqueeze(b.in[2*s.M+1].name, 1))
	}
	some := b.op("Greater", w, b.number(0))
	x := b.op("Where", some, b.stack(s.M), b.number(0))
	if !s.Sigmoid {
		x = b.with("LogSoftmax", []string{x}, onnx.Int("axis", -1))
	}
	n := b.sum(b.float(some), false, 1) // (N, 1)
	y := b.op("Div", b.sum(b.op("Mul", x, w), false, 1), b.orOne(b.sum(w, false, 1)))
	if s.Mean {
		return b.op("Where", b.op("Greater", n, b.number(0)), y, prior)
	}
	return b.op("Add", b.op("Mul", y, n), b.op("Mul", prior, b.op("Sub", b.number(1), n)))
}
