package export

import (
	"github.com/chiasm-ml/chiasm/internal/onnx"
	"github.com/chiasm-ml/chiasm/op"
)

// presences are operators that join what a row has, and leave out what it lacks.
func presences(r rules) {
	write(r, func(b *block, s op.AnyPresent) string {
		all := b.float(b.has(b.concat(1, b.names(0, s.M)...)))
		return b.with("ReduceMax", []string{all}, onnx.IntList("axes", 1), onnx.Int("keepdims", 1))
	})
	write(r, func(b *block, s op.PresentShares) string {
		w := b.float(b.has(b.concat(1, b.names(0, s.M)...))) // (N, M)
		if len(b.in) > s.M {
			w = b.op("Mul", w, b.in[s.M].name)
		}
		return b.op("Div", w, b.orOne(b.sum(w, true, 1)))
	})
	write(r, func(b *block, _ op.OrElse) string {
		return b.op("Where", b.has(b.in[2].name), b.x(), b.in[1].name)
	})
	write(r, presentMean)
	write(r, func(b *block, s op.PresentMax) string {
		var xs []string
		for m := range s.M {
			xs = append(xs, b.op("Where", b.has(b.in[s.M+m].name), b.in[m].name, b.number(lowest)))
		}
		some := b.op("Greater", b.presentCount(s.M, s.M), b.number(0))
		return b.op("Where", some, b.op("Max", xs...), b.number(0))
	})
	write(r, func(b *block, s op.PresentSoftmax) string {
		has := b.stackPresence(s.M)
		x := b.op("Where", has, b.stack(s.M), b.number(lowest))
		return b.op("Mul", b.with("Softmax", []string{x}, onnx.Int("axis", 1)), b.float(has))
	})
	write(r, func(b *block, s op.PresentWeighted) string {
		x := b.op("Where", b.stackPresence(s.M), b.stack(s.M), b.number(0))
		return b.sum(b.op("Mul", x, b.in[2*s.M].name), false, 1)
	})
	write(r, func(b *block, s op.LowRank) string {
		product := ""
		for m := range s.M {
			x := b.op("Where", b.has(b.in[s.M+m].name), b.in[m].name, b.number(1))
			if product != "" {
				x = b.op("Mul", product, x)
			}
			product = x
		}
		w := b.in[2*s.M]
		ranks := b.reshape(product, -1, w.size(0), w.size(1))
		return b.op("Add", b.sum(b.op("Mul", ranks, w.name), false, 1), b.in[2*s.M+1].name)
	})
	write(r, func(b *block, s op.OuterProduct) string {
		all, n := "", 1
		for m := range s.M {
			x := b.op("Where", b.has(b.in[s.M+m].name), b.in[m].name, b.number(0))
			x = b.op("Pad", x, b.ints(0, 1, 0, 0), b.number(1)) // [1; x]
			d := b.in[m].size(1) + 1
			if all != "" {
				x = b.reshape(b.op("Mul", b.unsqueeze(all, 2), b.unsqueeze(x, 1)), -1, n*d)
			}
			all, n = x, n*d
		}
		return all
	})
}

// orOne is x, or 1 where x is 0 or less.
func (b *block) orOne(x string) string {
	return b.op("Where", b.op("Greater", x, b.number(0)), x, b.number(1))
}

// stack is the first m inputs (N, D) as (N, M, D).
func (b *block) stack(m int) string {
	var xs []string
	for _, x := range b.names(0, m) {
		xs = append(xs, b.unsqueeze(x, 1))
	}
	return b.concat(1, xs...)
}

// stackPresence is whether a row has each of m modalities, whose presences are
// the inputs behind as many others: (N, M, 1).
func (b *block) stackPresence(m int) string {
	return b.unsqueeze(b.has(b.concat(1, b.names(m, 2*m)...)), 2)
}

// presentCount is how many of m modalities a row has (N, 1); their presences are
// the inputs from the given one.
func (b *block) presentCount(from, m int) string {
	return b.sum(b.float(b.has(b.concat(1, b.names(from, from+m)...))), true, 1)
}

func presentMean(b *block, s op.PresentMean) string {
	first := len(b.in) - 2*s.M
	var axes []int // of presences, to stand beside (N, ...)
	for i := 2; i < b.in[0].rank(); i++ {
		axes = append(axes, i)
	}
	beside := func(x string) string {
		if axes == nil {
			return x
		}
		return b.unsqueeze(x, axes...)
	}
	total := ""
	for m := range s.M {
		x := b.op("Where", beside(b.has(b.in[first+s.M+m].name)), b.in[first+m].name, b.number(0))
		if total != "" {
			x = b.op("Add", total, x)
		}
		total = x
	}
	n := b.presentCount(first+s.M, s.M)
	mean := b.op("Div", total, beside(b.op("Max", n, b.number(1))))
	if s.Zero {
		return mean
	}
	return b.op("Where", beside(b.op("Greater", n, b.number(0))), mean, b.x())
}
