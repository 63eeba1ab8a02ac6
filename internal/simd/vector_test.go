package simd

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

const alpha = float32(-0.75)

// elementwise are the kernels whose element i depends on the elements i of
// dst, a and b alone. Their results must be within tol of want, relative to
// 1 + |want|.
var elementwise = []struct {
	name string
	tol  float64
	run  func(dst, a, b []float32)
	want func(d, a, b float64) float64
}{
	{"Add", 1e-7, Add, func(d, a, b float64) float64 { return a + b }},
	{"Sub", 1e-7, Sub, func(d, a, b float64) float64 { return a - b }},
	{"Mul", 1e-7, Mul, func(d, a, b float64) float64 { return a * b }},
	{"MulAdd", 3e-7, MulAdd, func(d, a, b float64) float64 { return d + a*b }},
	{"Scale", 1e-7, func(dst, a, b []float32) { Scale(dst, alpha, a) }, func(d, a, b float64) float64 { return float64(alpha) * a }},
	{"Axpy", 3e-7, func(dst, a, b []float32) { Axpy(dst, alpha, a) }, func(d, a, b float64) float64 { return d + float64(alpha)*a }},
	{"AddScalar", 1e-7, func(dst, a, b []float32) { AddScalar(dst, alpha, a) }, func(d, a, b float64) float64 { return float64(alpha) + a }},
	{"Exp", 3e-7, unary(Exp), func(d, a, b float64) float64 { return math.Exp(a) }},
	{"Log", 3e-7, func(dst, a, b []float32) { Mul(dst, a, a); Log(dst, dst) }, func(d, a, b float64) float64 { return math.Log(float64(float32(a) * float32(a))) }},
	{"Tanh", 3e-7, unary(Tanh), func(d, a, b float64) float64 { return math.Tanh(a) }},
	{"Sigmoid", 3e-7, unary(Sigmoid), func(d, a, b float64) float64 { return sigmoid(a) }},
	{"Erf", 3e-7, unary(Erf), func(d, a, b float64) float64 { return math.Erf(a) }},
	{"ReLU", 0, unary(ReLU), func(d, a, b float64) float64 { return max(a, 0) }},
	{"ReLUGrad", 0, ReLUGrad, func(d, a, b float64) float64 {
		if a > 0 {
			return b
		}
		return 0
	}},
	{"GELU", 2e-7, unary(GELU), func(d, a, b float64) float64 { return a * normalCDF(a) }},
	{"GELUGrad", 5e-7, GELUGrad, func(d, a, b float64) float64 {
		return b * (normalCDF(a) + a*math.Exp(-a*a/2)/math.Sqrt(2*math.Pi))
	}},
	{"GELUTanh", 3e-7, unary(GELUTanh), func(d, a, b float64) float64 { return geluTanh(a) }},
	{"GELUTanhGrad", 3e-7, GELUTanhGrad, func(d, a, b float64) float64 { return b * slope(geluTanh, a) }},
	{"SiLU", 3e-7, unary(SiLU), func(d, a, b float64) float64 { return a * sigmoid(a) }},
	{"SiLUGrad", 1e-6, SiLUGrad, func(d, a, b float64) float64 { return b * slope(func(x float64) float64 { return x * sigmoid(x) }, a) }},
	{"larger", 0, func(dst, a, b []float32) { active.larger(dst, a, b) }, func(d, a, b float64) float64 { return max(a, b) }},
	{"Affine", 3e-7, func(dst, a, b []float32) { Affine(dst, alpha, a, 0.3) }, func(d, a, b float64) float64 { return float64(alpha)*a + float64(float32(0.3)) }},
}

func unary(f func(dst, x []float32)) func(dst, a, b []float32) {
	return func(dst, a, b []float32) { f(dst, a) }
}

func sigmoid(x float64) float64   { return 1 / (1 + math.Exp(-x)) }
func normalCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
func geluTanh(x float64) float64 {
	return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}

// slope is a central difference, good to about 1e-9.
func slope(f func(float64) float64, x float64) float64 {
	const h = 1e-4
	return (8*(f(x+h)-f(x-h)) - (f(x+2*h) - f(x-2*h))) / (12 * h)
}

func TestElementwise(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(1)
		for _, k := range elementwise {
			for _, n := range lengths {
				g := newGuarded(n, r.IntN(16))
				a, b, d := random(r, n), random(r, n), random(r, n)
				Scale(a, 3, a)
				copy(g.in, d)
				k.run(g.in, a, b)
				g.intact(t, k.name)
				for i := range n {
					want := k.want(float64(d[i]), float64(a[i]), float64(b[i]))
					near(t, fmt.Sprintf("%s of %v, %v (%d of %d)", k.name, a[i], b[i], i, n), g.in[i], want, 1+math.Abs(want), k.tol)
				}
				// The result must be the same bits in place, and at any position.
				inA, inB, want := slices.Clone(a), slices.Clone(b), slices.Clone(a)
				k.run(inA, inA, b)
				k.run(want, slices.Clone(a), b)
				if !sameBits(inA, want) {
					t.Fatalf("%s of %d: onto its first input gives other bits", k.name, n)
				}
				copy(want, b)
				k.run(inB, a, inB)
				k.run(want, a, slices.Clone(b))
				if !sameBits(inB, want) {
					t.Fatalf("%s of %d: onto its second input gives other bits", k.name, n)
				}
				if n > 5 {
					part := slices.Clone(d)
					k.run(part[:5], a[:5], b[:5])
					k.run(part[5:], a[5:], b[5:])
					if !sameBits(part, g.in) {
						t.Fatalf("%s of %d: in two parts gives other bits", k.name, n)
					}
				}
			}
		}
	})
}

// TestAccuracy goes through the range of the functions, and holds what their
// comments promise.
func TestAccuracy(t *testing.T) {
	cases := []struct {
		name     string
		f        func(dst, x []float32)
		ref      func(float64) float64
		low, top float64
		ulps     float64
	}{
		{"Exp", Exp, math.Exp, -104, 88.8, 1.1},
		{"Log", Log, math.Log, 0, 4, 1},
		{"Log large", Log, math.Log, 1e-45, 3e38, 1},
		{"Tanh", Tanh, math.Tanh, -10, 10, 2.5},
		{"Sigmoid", Sigmoid, sigmoid, -87, 100, 2.5},
		{"Erf", Erf, math.Erf, -4.2, 4.2, 3},
	}
	onPaths(t, func(t *testing.T) {
		for _, c := range cases {
			n := 1 << 16
			if testing.Short() {
				n = 1 << 12
			}
			x, y := make([]float32, n), make([]float32, n)
			for i := range x {
				f := (float64(i) + 0.37) / float64(n)
				if x[i] = float32(c.low + f*(c.top-c.low)); i%4 == 0 { // a quarter: near 0
					x[i] *= float32(math.Pow(2, -30*f))
				}
			}
			c.f(y, x)
			var worst float64
			var at float32
			for i, v := range x {
				if u := ulps(y[i], c.ref(float64(v))); u > worst {
					worst, at = u, v
				}
			}
			t.Logf("%s: %.2f units at %v", c.name, worst, at)
			if worst > c.ulps {
				t.Errorf("%s: off by %.2f units in the last place at %v, promised %v", c.name, worst, at, c.ulps)
			}
		}
	})
}

// TestF21_GradientsOfActivations goes through the range of the gradients, which
// are functions of x times g, and holds what their comments promise.
func TestF21_GradientsOfActivations(t *testing.T) {
	cases := []struct {
		name string
		f    func(dst, x, g []float32)
		ref  func(x float64) float64
		tol  float64
	}{
		{"GELUGrad", GELUGrad, func(x float64) float64 {
			return normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
		}, 3e-7},
		{"GELUTanhGrad", GELUTanhGrad, func(x float64) float64 {
			twice := 2 * math.Sqrt(2/math.Pi)
			s := sigmoid(twice * (x + 0.044715*x*x*x))
			return s + x*s*(1-s)*twice*(1+3*0.044715*x*x)
		}, 3e-7},
		{"SiLUGrad", SiLUGrad, func(x float64) float64 { s := sigmoid(x); return s + x*s*(1-s) }, 1e-6},
	}
	const n, width, g = 1 << 16, 24, -3
	x, scale, got := make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range x {
		x[i], scale[i] = width*((float32(i)+0.37)/n-0.5), g
	}
	onPaths(t, func(t *testing.T) {
		for _, c := range cases {
			c.f(got, x, scale)
			var worst float64
			var at float32
			for i, v := range x {
				if d := math.Abs(float64(got[i])/g - c.ref(float64(v))); d > worst {
					worst, at = d, v
				}
			}
			t.Logf("%s: %.3g at %v", c.name, worst, at)
			if worst > c.tol {
				t.Errorf("%s: off by %.3g at %v, promised %v", c.name, worst, at, c.tol)
			}
		}
	})
}

func TestLimits(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	tiny := math.Float32frombits(1)
	x := []float32{-inf, -3e38, -1e4, 0, tiny, 1e4, 3e38, inf, nan, float32(math.Copysign(0, -1))}
	cases := []struct {
		name string
		f    func(dst, x []float32)
		want []float32
	}{
		{"Exp", Exp, []float32{0, 0, 0, 1, 1, inf, inf, inf, nan, 1}},
		{"Log", Log, []float32{nan, nan, nan, -inf, float32(math.Log(0x1p-149)), float32(math.Log(1e4)), float32(math.Log(float64(float32(3e38)))), inf, nan, -inf}},
		{"Tanh", Tanh, []float32{-1, -1, -1, 0, tiny, 1, 1, 1, nan, 0}},
		{"Sigmoid", Sigmoid, []float32{0, 0, 0, 0.5, 0.5, 1, 1, 1, nan, 0.5}},
		{"Erf", Erf, []float32{-1, -1, -1, 0, tiny, 1, 1, 1, nan, 0}},
		{"ReLU", ReLU, []float32{0, 0, 0, 0, tiny, 1e4, 3e38, inf, nan, 0}},
		{"GELU", GELU, []float32{0, 0, 0, 0, 0, 1e4, 3e38, inf, nan, 0}},
		{"GELUTanh", GELUTanh, []float32{0, 0, 0, 0, 0, 1e4, 3e38, inf, nan, 0}},
		{"SiLU", SiLU, []float32{0, 0, 0, 0, 0, 1e4, 3e38, inf, nan, 0}},
		{"GELUGrad", ones(GELUGrad), []float32{0, 0, 0, 0.5, 0.5, 1, 1, 1, nan, 0.5}},
		{"GELUTanhGrad", ones(GELUTanhGrad), []float32{0, 0, 0, 0.5, 0.5, 1, 1, 1, nan, 0.5}},
		{"SiLUGrad", ones(SiLUGrad), []float32{0, 0, 0, 0.5, 0.5, 1, 1, 1, nan, 0.5}},
	}
	onPaths(t, func(t *testing.T) {
		for _, c := range cases {
			y := make([]float32, len(x))
			c.f(y, x)
			for i, w := range c.want {
				d := math.Abs(float64(y[i]) - float64(w))
				same := y[i] == w || y[i] != y[i] && w != w
				if !same && !(d < 1e-44 || d <= 1.2e-7*math.Abs(float64(w))) {
					t.Errorf("%s(%v) = %v, want %v", c.name, x[i], y[i], w)
				}
			}
		}
	})
}

// ones fixes the incoming gradient at 1.
func ones(f func(dst, x, g []float32)) func(dst, x []float32) {
	return func(dst, x []float32) {
		g := make([]float32, len(x))
		AddScalar(g, 1, g)
		f(dst, x, g)
	}
}

func TestReductions(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(2)
		for _, n := range append([]int{8192, 100001}, lengths...) {
			a, b := random(r, n), random(r, n)
			var sum, abs, squares, dot, dotAbs float64
			top := math.Inf(-1)
			for i, v := range a {
				x, y := float64(v), float64(b[i])
				sum, abs, squares = sum+x, abs+math.Abs(x), squares+x*x
				dot, dotAbs, top = dot+x*y, dotAbs+math.Abs(x*y), max(top, x)
			}
			what := fmt.Sprint(" of ", n)
			near(t, "Sum"+what, Sum(a), sum, abs, 1e-6)
			near(t, "Dot"+what, Dot(a, b), dot, dotAbs, 1e-6)
			if got := SumSquares(a); math.Abs(got-squares) > 1e-13*squares {
				t.Fatalf("SumSquares%s: %v, want %v", what, got, squares)
			}
			if got := Max(a); float64(got) != top {
				t.Fatalf("Max%s: %v, want %v", what, got, top)
			}
			if n > 2 {
				a[n/2] = float32(math.NaN())
				if got, want := Max(a), max(Max(a[:n/2]), Max(a[n/2+1:])); got != want {
					t.Fatalf("Max%s with a NaN: %v, want %v", what, got, want)
				}
			}
		}
		if got := SumSquares([]float32{3e38, 4e38 / 2}); math.IsInf(got, 0) {
			t.Error("SumSquares of large numbers is infinite")
		}
	})
}

func TestDropoutScale(t *testing.T) {
	const key, p = 0x1234567890abcdef, 0.3
	onPaths(t, func(t *testing.T) {
		r := source(3)
		for _, n := range lengths {
			offset := r.IntN(1 << 40)
			x, g := random(r, n), newGuarded(n, r.IntN(16))
			DropoutScale(g.in, x, key, offset, p)
			g.intact(t, "DropoutScale")
			p, scale := float32(p), 1/(1-float32(p))
			for i, v := range x {
				want := v * scale
				if uint32(rng.Key(key).Uint64(offset+i)>>32) < uint32(float64(p)*(1<<32)) {
					want = 0
				}
				if math.Float32bits(g.in[i]) != math.Float32bits(want) {
					t.Fatalf("element %d of %d: %v, want %v of %v", i, n, g.in[i], want, v)
				}
			}
		}
		x := make([]float32, 1<<16)
		AddScalar(x, 1, x)
		for _, p := range []float32{0, 0.1, 0.5, 0.9, 1} {
			dst := make([]float32, len(x))
			DropoutScale(dst, x, key, 0, p)
			want := float64(len(x))
			if p == 1 {
				want = 0
			}
			near(t, fmt.Sprint("sum after dropout of ", p), Sum(dst), want, float64(len(x)), 0.02)
		}
	})
}

func TestLengthsMustAgree(t *testing.T) {
	a, b := make([]float32, 3), make([]float32, 4)
	for name, f := range map[string]func(){
		"Add": func() { Add(a, a, b) }, "Scale": func() { Scale(a, 1, b) }, "Dot": func() { Dot(a, b) }, "Exp": func() { Exp(a, b) },
		"GELUGrad": func() { GELUGrad(a, b, a) }, "Softmax": func() { Softmax(b, a) }, "LayerNorm": func() { LayerNorm(a, a, a, b, a[:1], a[:1], 0) },
		"AdamW": func() { AdamW(a, a, b, a, 0, 0, 0, 0, 0, 1, 1, 1) }, "DropoutScale": func() { DropoutScale(a, b, 1, 0, 0.5) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of different lengths did not panic", name)
				}
			}()
			f()
		}()
	}
}
