package export

import (
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/onnx"
)

// standardise does to numbers (N, C) what their columns' scalings say, in double
// precision as package data does.
func (e *entry) standardise(x string, ss []data.Scaling) string {
	n := len(ss) // or 1, for all columns
	mean, std := make([]float64, n), make([]float64, n)
	kind := map[string][]int{}
	for i, s := range ss {
		mean[i], std[i] = s.Mean, s.Std
		kind[s.Transform] = append(kind[s.Transform], i)
	}
	y := x
	if columns := kind["log"]; columns != nil {
		log := e.op("Log", e.op("Add", e.op("Abs", x), e.doubles([]int{}, 1)))
		y = e.op("Where", e.only(columns, n), e.op("Mul", e.op("Sign", x), log), y)
	}
	if columns := kind["quantile"]; columns != nil {
		y = e.op("Where", e.only(columns, n), e.normalScores(x, ss), y)
	}
	return e.op("Div", e.op("Sub", y, e.doubles([]int{n}, mean...)), e.doubles([]int{n}, std...))
}

// only is true (C) in some columns.
func (e *entry) only(columns []int, n int) string {
	raw := make([]byte, n)
	for _, c := range columns {
		raw[c] = 1
	}
	return e.constant(onnx.Tensor{Type: onnx.Bool, Shape: []int{n}, Raw: raw})
}

// restore turns predictions (N) into the target's own units, in double precision
// as package data does.
func (b *block) restore(z string, t *data.RegressionTarget) string {
	number := func(v float64) string { return b.doubles([]int{}, v) }
	mean, std := t.MeanStd()
	z = b.with("Cast", []string{z}, onnx.Int("to", int(onnx.Double)))
	y := b.op("Add", b.op("Mul", z, number(std)), number(mean))
	switch t.Config().Transform {
	case "log":
		most := number(math.Log1p(math.MaxFloat32))
		return b.op("Mul", b.op("Sign", y), b.op("Sub", b.op("Exp", b.op("Min", b.op("Abs", y), most)), number(1)))
	case "quantile":
		return b.along(y, t)
	}
	return y
}

// along is the height at each of y (N) of the line by which a quantile transform
// is undone: the points around it are found by counting those below.
func (b *block) along(y string, t *data.RegressionTarget) string {
	scores, numbers := t.Curve()
	n := len(scores)
	below := b.op("Less", b.doubles([]int{1, n}, scores...), b.unsqueeze(y, 1)) // (N, n)
	at := b.with("Cast", []string{b.sum(b.with("Cast", []string{below}, onnx.Int("to", int(onnx.Double))), false, 1)}, onnx.Int("to", int(onnx.Int64)))
	low := b.op("Max", b.op("Sub", at, b.ints(1)), b.ints(0))
	high := b.op("Min", at, b.ints(n-1))
	low = b.op("Min", low, b.ints(n-1))
	xs, ys := b.doubles([]int{n}, scores...), b.doubles([]int{n}, numbers...)
	x0, y0, y1 := b.op("Gather", xs, low), b.op("Gather", ys, low), b.op("Gather", ys, high)
	width := b.op("Sub", b.op("Gather", xs, high), x0)
	one := b.doubles([]int{}, 1)
	share := b.op("Div", b.op("Sub", y, x0), b.op("Where", b.op("Greater", width, b.doubles([]int{}, 0)), width, one))
	return b.op("Min", y1, b.op("Add", y0, b.op("Mul", share, b.op("Sub", y1, y0))))
}

// normalScores are the standard normal quantiles of the numbers' ranks among the
// knots of their columns: of equal knots the middle, between knots in
// proportion. Columns with fewer knots than others are filled up with infinity,
// which is above every number.
func (e *entry) normalScores(x string, ss []data.Scaling) string {
	n, longest := len(ss), 1
	for _, s := range ss {
		longest = max(longest, len(s.Knots))
	}
	var knots, counts, last []float64
	var starts, ends []int // of each column's knots
	for i, s := range ss {
		own := s.Knots
		if len(own) == 0 {
			own = []float64{0}
		}
		starts, ends = append(starts, i*longest), append(ends, i*longest+len(own)-1)
		counts, last = append(counts, float64(len(own))), append(last, float64(len(own)-1))
		knots = append(knots, own...)
		knots = append(knots, slices.Repeat([]float64{math.Inf(1)}, longest-len(own))...)
	}
	table, column := e.doubles([]int{n, longest}, knots...), e.unsqueeze(x, 2)
	double := func(v string) string { return e.with("Cast", []string{v}, onnx.Int("to", int(onnx.Double))) }
	first := e.sum(double(e.op("Less", table, column)), false, 2) // (N, C): knots below
	after := e.sum(double(e.op("LessOrEqual", table, column)), false, 2)
	half, one := e.doubles([]int{}, 0.5), e.doubles([]int{}, 1)
	tied := e.op("Mul", e.op("Sub", e.op("Add", first, after), one), half)

	at := e.op("Add", e.with("Cast", []string{first}, onnx.Int("to", int(onnx.Int64))), e.ints(starts...))
	flat := e.doubles([]int{n * longest}, knots...)
	low := e.op("Gather", flat, e.op("Max", e.op("Sub", at, e.ints(slices.Repeat([]int{1}, n)...)), e.ints(starts...)))
	high := e.op("Gather", flat, e.op("Min", at, e.ints(ends...)))
	width := e.op("Sub", high, low)
	width = e.op("Where", e.op("Greater", width, e.doubles([]int{}, 0)), width, one)
	between := e.op("Add", e.op("Sub", first, one), e.op("Div", e.op("Sub", x, low), width))
	between = e.op("Max", between, e.doubles([]int{}, 0))
	between = e.op("Min", between, e.doubles([]int{n}, last...))
	rank := e.op("Where", e.op("Less", first, after), tied, between)
	return e.normalQuantile(e.op("Div", e.op("Add", rank, half), e.doubles([]int{n}, counts...)))
}

// Coefficients of Wichura's AS 241 (PPND16, 1988) for p within 0.425 of 1/2 and
// for the rest down to exp(-25), which no rank among fewer than 10¹⁰ knots is
// below; constant term first.
var (
	middleOver  = []float64{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3}
	middleUnder = []float64{1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3}
	tailOver    = []float64{1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4}
	tailUnder   = []float64{1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9}
)

// normalQuantile is Φ⁻¹(p).
func (e *entry) normalQuantile(p string) string {
	number := func(v float64) string { return e.doubles([]int{}, v) }
	poly := func(x string, cs []float64) string {
		y := number(cs[len(cs)-1])
		for i := len(cs) - 2; i >= 0; i-- {
			y = e.op("Add", e.op("Mul", y, x), number(cs[i]))
		}
		return y
	}
	q := e.op("Sub", p, number(0.5))
	r := e.op("Sub", number(0.180625), e.op("Mul", q, q))
	middle := e.op("Mul", q, e.op("Div", poly(r, middleOver), poly(r, middleUnder)))

	low := e.op("Min", p, e.op("Sub", number(1), p))
	s := e.op("Sub", e.op("Sqrt", e.op("Neg", e.op("Log", low))), number(1.6))
	tail := e.op("Mul", e.op("Sign", q), e.op("Div", poly(s, tailOver), poly(s, tailUnder)))
	return e.op("Where", e.op("Greater", e.op("Abs", q), number(0.425)), tail, middle)
}
