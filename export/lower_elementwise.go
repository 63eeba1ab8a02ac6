package export

import (
	"math"

	"github.com/chiasm-ml/chiasm/op"
)

// elementwise are operators that look at each number alone.
func elementwise(r rules) {
	write(r, func(b *block, _ op.Add) string { return b.op("Add", b.names(0, 2)...) })
	write(r, func(b *block, _ op.Mul) string { return b.op("Mul", b.names(0, 2)...) })
	write(r, func(b *block, _ op.Sum) string { return b.op("Sum", b.names(0, len(b.in))...) })
	write(r, func(b *block, s op.Scale) string { return b.op("Mul", b.x(), b.number(s.By)) })
	write(r, func(b *block, s op.Activate) string { return b.activate(s.Activation, b.x()) })
	write(r, func(b *block, _ op.Temper) string { return b.op("Div", b.names(0, 2)...) })
	write(r, normalBins)
	write(r, periodic)
}

// activate is a(x).
func (b *block) activate(a op.Activation, x string) string {
	half := func(inner string) string { // x/2 · (1 + inner)
		return b.op("Mul", b.op("Mul", x, b.number(0.5)), b.op("Add", inner, b.number(1)))
	}
	switch a {
	case op.ReLU:
		return b.op("Relu", x)
	case op.GELU:
		return half(b.op("Erf", b.op("Mul", x, b.number(1/math.Sqrt2))))
	case op.GELUTanh:
		cube := b.op("Mul", b.op("Mul", x, x), x)
		inner := b.op("Add", x, b.op("Mul", cube, b.number(0.044715)))
		return half(b.op("Tanh", b.op("Mul", inner, b.number(math.Sqrt(2/math.Pi)))))
	case op.SiLU:
		return b.op("Mul", x, b.op("Sigmoid", x))
	case op.Tanh:
		return b.op("Tanh", x)
	case op.Sigmoid:
		return b.op("Sigmoid", x)
	}
	return x
}

// normalBins: bin k of x is K·Φ(x) - k, cut to 0..1.
func normalBins(b *block, s op.NormalBins) string {
	phi := b.op("Add", b.op("Erf", b.op("Mul", b.x(), b.number(1/math.Sqrt2))), b.number(1))
	u := b.op("Mul", phi, b.number(0.5*float64(s.K)))
	bins := make([]float32, s.K)
	for k := range bins {
		bins[k] = float32(k)
	}
	v := b.op("Sub", b.unsqueeze(u, 2), b.floats([]int{s.K}, bins...)) // (N, C, K)
	v = b.op("Clip", v, b.number(0), b.number(1))
	return b.reshape(v, toShape(b.out)...)
}

// periodic: cosines, then sines, of 2π·c·x. Whole turns are taken off first, as the
// kernel does, or float32 would lose what is behind them.
func periodic(b *block, _ op.Periodic) string {
	turns := b.op("Mul", b.unsqueeze(b.x(), 2), b.in[1].name) // (N, C, K)
	turns = b.op("Sub", turns, b.op("Round", turns))
	angle := b.op("Mul", turns, b.number(2*math.Pi))
	return b.concat(2, b.op("Cos", angle), b.op("Sin", angle))
}
