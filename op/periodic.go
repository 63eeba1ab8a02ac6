package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Periodic encodes numbers by waves of learnt frequencies (Gorishniy, Rubachev and
// Babenko, "On embeddings for numerical features in tabular deep learning", 2022):
// x (B, N) with frequencies c (N, K) to (B, N, 2K), of which the first K values are
// cos(2π·c·x) and the others sin(2π·c·x).
type Periodic struct{}

// Name is "periodic".
func (Periodic) Name() string { return "periodic" }

// OutShape is (B, N, 2K).
func (Periodic) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 2); err != nil {
		return nil, err
	}
	x, c := in[0], in[1]
	if len(x) != 2 || len(c) != 2 || x[1] != c[0] {
		return nil, fmt.Errorf("x %v and frequencies %v, want (B, N) and (N, K)", x, c)
	}
	return tensor.Shape{x[0], x[1], 2 * c[1]}, nil
}

// BackwardReads are both inputs, and the output: the derivative of a cosine is a sine.
func (Periodic) BackwardReads() ([]bool, bool) { return []bool{true, true}, true }

// Float32 makes a kernel.
func (Periodic) Float32() Kernel[float32] { return &periodic[float32]{} }

// Float64 makes a kernel.
func (Periodic) Float64() Kernel[float64] { return &periodic[float64]{} }

type periodic[T Float] struct {
	b, n, k           int
	x, c, y, g        []T
	dx, dc            []T
	forward, backward func(lo, hi int) // kept, since a func literal allocates
}

// waveGrain is how many waves are worth a task of their own.
const waveGrain = 1 << 12

func (p *periodic[T]) hold(in []Array[T], y []T) {
	p.x, p.c, p.y = in[0].Data, in[1].Data, y
	p.b, p.n, p.k = in[0].Shape[0], in[1].Shape[0], in[1].Shape[1]
	if p.forward == nil {
		p.forward, p.backward = p.rows, p.columns
	}
}

func (p *periodic[T]) Forward(in []Array[T], out Array[T]) error {
	p.hold(in, out.Data)
	parallel.Rows(p.b, waveGrain/(p.n*p.k), p.forward)
	return nil
}

func (p *periodic[T]) rows(lo, hi int) {
	for i := lo * p.n; i < hi*p.n; i++ {
		at := i % p.n * p.k
		y := p.y[i*2*p.k : (i+1)*2*p.k]
		waves(y[:p.k], y[p.k:], p.c[at:at+p.k], p.x[i])
	}
}

// waves sets cos and sin to those of 2π·c·x.
func waves[T Float](cos, sin, c []T, x T) {
	cos, sin = cos[:len(c)], sin[:len(c)]
	if isFloat32[T]() {
		cos, sin, c, x := f32(cos), f32(sin), f32(c), float32(x)
		for j, f := range c {
			cos[j], sin[j] = turn32(f * x)
		}
		return
	}
	for j, f := range c {
		s, c := math.Sincos(2 * math.Pi * (float64(f*x) - math.Round(float64(f*x))))
		cos[j], sin[j] = T(c), T(s)
	}
}

// turn32 is the cosine and the sine of t turns, within 1e-7. Whole and quarter turns
// are taken off, which is exact; the rest is at most an eighth, for which the
// polynomials are those of Moshier's Cephes library (sinf, cosf).
func turn32(t float32) (cos, sin float32) {
	if !(t > -1<<22 && t < 1<<22) { // too large for the trick below, or not finite
		s, c := math.Sincos(2 * math.Pi * math.Mod(float64(t), 1))
		return float32(c), float32(s)
	}
	const toWhole = 3 << 22 // adding it rounds a float32 to a whole number
	quarters := float32(4*t+toWhole) - toWhole
	a := (t - quarters/4) * (2 * math.Pi)
	z := a * a
	s := ((-1.9515295891e-4*z+8.3321608736e-3)*z-1.6666654611e-1)*z*a + a
	c := ((2.443315711809948e-5*z-1.388731625493765e-3)*z+4.166664568298827e-2)*z*z - z/2 + 1
	switch int32(quarters) & 3 {
	case 0:
		return c, s
	case 1:
		return -s, c
	case 2:
		return -c, -s
	}
	return s, -c
}

func (p *periodic[T]) Backward(in []Array[T], out, grad Array[T], din []Array[T]) error {
	p.hold(in, out.Data)
	p.g, p.dx, p.dc = grad.Data, din[0].Data, din[1].Data
	clear(p.dc)
	parallel.Rows(p.n, waveGrain/(p.b*p.k), p.backward)
	return nil
}

// columns adds up what the rows ask of the frequencies, in the order of the rows.
func (p *periodic[T]) columns(lo, hi int) {
	for col := lo; col < hi; col++ {
		c := p.c[col*p.k : (col+1)*p.k]
		for i := col; i < len(p.x); i += p.n {
			y, g := p.y[i*2*p.k:(i+1)*2*p.k], p.g[i*2*p.k:(i+1)*2*p.k]
			var sum T
			for j := range c {
				d := 2 * math.Pi * (g[p.k+j]*y[j] - g[j]*y[p.k+j]) // by c·x
				sum += d * c[j]
				if p.dc != nil {
					p.dc[col*p.k+j] += d * p.x[i]
				}
			}
			if p.dx != nil {
				p.dx[i] = sum
			}
		}
	}
}
