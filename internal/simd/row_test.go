package simd

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func ExampleSoftmax() {
	masked := float32(math.Inf(-1))
	y := make([]float32, 3)
	Softmax(y, []float32{1e4, masked, 1e4})
	fmt.Println(y)
	Softmax(y, []float32{masked, masked, masked})
	fmt.Println(y)
	// Output:
	// [0.5 0 0.5]
	// [0 0 0]
}

func TestSoftmax(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(1)
		for _, n := range lengths {
			for _, scale := range []float32{1, 100, 1e4, 1e37} {
				x, g := random(r, n), newGuarded(n, r.IntN(16))
				Scale(x, scale, x)
				if n > 4 {
					x[r.IntN(n)] = float32(math.Inf(-1))
				}
				Softmax(g.in, x)
				g.intact(t, "Softmax")
				var sum float64
				top := float64(Max(x))
				for _, v := range x {
					sum += math.Exp(float64(v) - top)
				}
				for i, v := range x {
					near(t, fmt.Sprintf("Softmax of %d, scale %v, at %d", n, scale, i), g.in[i], math.Exp(float64(v)-top)/sum, 1, 1e-6)
				}
				Softmax(x, x)
				if !sameBits(x, g.in) {
					t.Fatalf("Softmax of %d in place gives other bits", n)
				}
			}
		}
		bad := []float32{1, float32(math.NaN()), 2}
		Softmax(bad, bad)
		for _, v := range bad {
			if v == v {
				t.Fatalf("Softmax hid a NaN: %v", bad)
			}
		}
	})
}

func TestSoftmaxRows(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(6)
		for _, n := range lengths[1:] {
			rows := 1 + r.IntN(5)
			x, dy, keep := random(r, rows*n), random(r, rows*n), make([]float32, n)
			for j := range keep {
				keep[j] = float32(r.IntN(2))
			}
			y, dx, kept := newGuarded(rows*n, r.IntN(16)), newGuarded(rows*n, r.IntN(16)), newGuarded(rows*n, r.IntN(16))
			SoftmaxRows(y.in, x, rows, n, nil)
			SoftmaxGradRows(dx.in, y.in, dy, rows, n)
			x[r.IntN(n)] = float32(math.Inf(-1))
			if j := r.IntN(n); keep[j] == 0 {
				x[j] = float32(math.NaN()) // left out
			}
			SoftmaxRows(kept.in, x, rows, n, keep)
			for _, g := range []guarded{y, dx, kept} {
				g.intact(t, "SoftmaxRows")
			}
			for i := range rows {
				part := func(s []float32) []float32 { return s[i*n:][:n] }
				var sum, top float64 = 0, math.Inf(-1)
				for j, v := range part(x) {
					if keep[j] != 0 {
						top = max(top, float64(v))
					}
				}
				for j, v := range part(x) {
					if keep[j] != 0 && !math.IsInf(top, -1) {
						sum += math.Exp(float64(v) - top)
					}
				}
				var dot float64
				for j, v := range part(y.in) {
					dot += float64(v) * float64(part(dy)[j])
				}
				for j, v := range part(x) {
					want := 0.0
					if keep[j] != 0 && sum > 0 {
						want = math.Exp(float64(v)-top) / sum
					}
					what := fmt.Sprintf("row %d of %d, column %d of %d", i, rows, j, n)
					near(t, what, part(kept.in)[j], want, 1, 1e-6)
					near(t, what+", gradient", part(dx.in)[j], float64(part(y.in)[j])*(float64(part(dy)[j])-dot), 1, 1e-6)
				}
			}
			inPlace := slices.Clone(x)
			SoftmaxRows(inPlace, inPlace, rows, n, keep)
			SoftmaxGradRows(dy, y.in, dy, rows, n)
			if !sameBits(inPlace, kept.in) || !sameBits(dy, dx.in) {
				t.Fatalf("SoftmaxRows of %d in place gives other bits", n)
			}
		}
		SoftmaxRows(nil, nil, 0, 5, nil)
		bad := []float32{1, 2, float32(math.NaN()), 3, 4, 5}
		SoftmaxRows(bad, bad, 2, 3, nil)
		if bad[0] == bad[0] || bad[3] != bad[3] {
			t.Fatalf("a NaN must spoil its row and no other: %v", bad)
		}
	})
}

func TestExpSum(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(2)
		for _, n := range lengths {
			x, g := random(r, n), newGuarded(n, r.IntN(16))
			got := ExpSum(g.in, x, 0.5)
			g.intact(t, "ExpSum")
			var sum float64
			for i, v := range x {
				e := math.Exp(float64(v - 0.5))
				sum += e
				near(t, "ExpSum", g.in[i], e, e, 3e-7)
			}
			near(t, fmt.Sprint("ExpSum of ", n), got, sum, sum, 1e-6)
		}
	})
}

// layerNorm is LayerNorm of one row.
func layerNorm(dst, x, gamma, beta []float32, eps float32) (mean, rstd float32) {
	var m, r [1]float32
	LayerNorm(dst, x, gamma, beta, m[:], r[:], eps)
	return m[0], r[0]
}

// Rows are normalised one by one.
func TestLayerNormOfRows(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(12)
		for _, n := range lengths[1:20] {
			const rows = 5
			x, gamma, beta := random(r, rows*n), random(r, n), random(r, n)
			y, mean, rstd := newGuarded(rows*n, 1), newGuarded(rows, 2), newGuarded(rows, 3)
			LayerNorm(y.in, x, gamma, beta, mean.in, rstd.in, 1e-5)
			for _, g := range []guarded{y, mean, rstd} {
				g.intact(t, "LayerNorm")
			}
			for i := range rows {
				want := make([]float32, n)
				m, s := layerNorm(want, x[i*n:(i+1)*n], gamma, beta, 1e-5)
				if !sameBits(y.in[i*n:(i+1)*n], want) || mean.in[i] != m || rstd.in[i] != s {
					t.Fatalf("row %d of %d: not what it is alone", i, n)
				}
			}
		}
	})
}

func TestLayerNorm(t *testing.T) {
	const eps = 1e-5
	onPaths(t, func(t *testing.T) {
		r := source(3)
		for _, n := range lengths[1:] {
			x, gamma, beta, dy := random(r, n), random(r, n), random(r, n), random(r, n)
			AddScalar(x, 10, x) // the mean must be taken off before squaring
			y, dx := newGuarded(n, r.IntN(16)), newGuarded(n, r.IntN(16))
			dgamma, dbeta := newGuarded(n, r.IntN(16)), newGuarded(n, r.IntN(16))
			clear(dgamma.in)
			clear(dbeta.in)
			mean, rstd := layerNorm(y.in, x, gamma, beta, eps)
			LayerNormGrad(dx.in, x, gamma, dy, mean, rstd)
			LayerNormGradParams(dgamma.in, dbeta.in, x, dy, mean, rstd)
			for _, g := range []guarded{y, dx, dgamma, dbeta} {
				g.intact(t, "LayerNorm")
			}
			var mu, variance, sumG, sumGX float64
			for _, v := range x {
				mu += float64(v) / float64(n)
			}
			for _, v := range x {
				variance += (float64(v) - mu) * (float64(v) - mu) / float64(n)
			}
			rs := 1 / math.Sqrt(variance+eps)
			for i, v := range x {
				d := float64(gamma[i]) * float64(dy[i])
				sumG, sumGX = sumG+d/float64(n), sumGX+d*(float64(v)-mu)*rs/float64(n)
			}
			tol := 1e-6 * (1 + 10*rs) // the mean, near 10, is good to some 1e-6
			for i, v := range x {
				hat := (float64(v) - mu) * rs
				what := fmt.Sprintf("LayerNorm of %d, at %d", n, i)
				near(t, what, y.in[i], hat*float64(gamma[i])+float64(beta[i]), 1, 5*tol)
				near(t, what+", dx", dx.in[i], (float64(gamma[i])*float64(dy[i])-sumG-hat*sumGX)*rs, 1+rs, 5*tol)
				near(t, what+", dgamma", dgamma.in[i], float64(dy[i])*hat, 1, 5*tol)
				near(t, what+", dbeta", dbeta.in[i], float64(dy[i]), 1, 1e-7)
			}
			inPlace := slices.Clone(dy)
			LayerNormGrad(inPlace, x, gamma, inPlace, mean, rstd)
			if !sameBits(inPlace, dx.in) {
				t.Fatalf("LayerNormGrad of %d in place gives other bits", n)
			}
			layerNorm(x, x, gamma, beta, eps)
			if !sameBits(x, y.in) {
				t.Fatalf("LayerNorm of %d in place gives other bits", n)
			}
		}
	})
}

func TestAdamW(t *testing.T) {
	const lr, beta1, beta2, eps, decay, gradScale = 1e-2, 0.9, 0.999, 1e-8, 0.1, 0.5
	onPaths(t, func(t *testing.T) {
		r := source(4)
		for _, n := range lengths {
			p, m, v := newGuarded(n, 1), newGuarded(n, 2), newGuarded(n, 3)
			fill(r, p.in)
			clear(m.in)
			clear(v.in)
			p64, m64, v64 := make([]float64, n), make([]float64, n), make([]float64, n)
			for i, x := range p.in {
				p64[i] = float64(x)
			}
			for step := 1.0; step <= 5; step++ {
				g := random(r, n)
				c1, c2 := 1-math.Pow(beta1, step), 1-math.Pow(beta2, step)
				AdamW(p.in, m.in, v.in, g, lr, beta1, beta2, eps, decay, float32(c1), float32(c2), gradScale)
				for i := range g {
					d := float64(g[i]) * gradScale
					m64[i] = beta1*m64[i] + (1-beta1)*d
					v64[i] = beta2*v64[i] + (1-beta2)*d*d
					p64[i] = p64[i]*(1-lr*decay) - lr*(m64[i]/c1)/(math.Sqrt(v64[i]/c2)+eps)
					near(t, fmt.Sprintf("AdamW of %d, step %v, at %d", n, step, i), p.in[i], p64[i], 1+math.Abs(p64[i]), 1e-6)
				}
			}
			for _, x := range []guarded{p, m, v} {
				x.intact(t, "AdamW")
			}
		}
	})
}

func TestRowsDoNotAllocate(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(5)
		x, y, z, w := random(r, 200), random(r, 200), random(r, 200), random(r, 200)
		mean, rstd := make([]float32, 1), make([]float32, 1)
		noAllocs(t, "row kernels", func() {
			for _, k := range elementwise {
				k.run(x, y, z)
			}
			Softmax(x, y)
			SoftmaxRows(x, y, 20, 10, z[:10])
			SoftmaxGradRows(x, y, z, 20, 10)
			LayerNorm(x, y, z, w, mean, rstd, 1e-5)
			LayerNormGrad(x, y, z, w, mean[0], rstd[0])
			LayerNormGradParams(x, w, y, z, mean[0], rstd[0])
			AdamW(x, y, z, w, 1e-3, 0.9, 0.999, 1e-8, 0, 0.1, 0.1, 1)
			DropoutScale(x, y, 1, 2, 0.5)
		})
	})
}

func BenchmarkVector(b *testing.B) {
	r := source(6)
	const n = 4096
	x, y, z, w := random(r, n), random(r, n), random(r, n), random(r, n)
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(4 * n)
			for b.Loop() {
				f()
			}
		})
	}
	for _, k := range elementwise {
		run(k.name, func() { k.run(x, y, z) })
	}
	means := make([]float32, n/32)
	run("Sum", func() { Sum(x) })
	run("SumSquares", func() { SumSquares(x) })
	run("Dot", func() { Dot(x, y) })
	run("Max", func() { Max(x) })
	run("ExpSum", func() { ExpSum(x, y, 1) })
	run("Softmax", func() { Softmax(x, y) })
	run("SoftmaxRows", func() { SoftmaxRows(x, y, n/32, 32, nil) })
	run("SoftmaxRowsKeep", func() { SoftmaxRows(x, y, n/32, 32, z[:32]) })
	run("SoftmaxGradRows", func() { SoftmaxGradRows(x, y, z, n/32, 32) })
	run("LayerNorm", func() { LayerNorm(x, y, z[:32], w[:32], means, means, 1e-5) })
	run("LayerNormGrad", func() { LayerNormGrad(x, y, z, w, 0, 1) })
	run("LayerNormGradParams", func() { LayerNormGradParams(x, z, y, w, 0, 1) })
	run("AdamW", func() { AdamW(x, y, z, w, 1e-3, 0.9, 0.999, 1e-8, 0, 0.1, 0.1, 1) })
	run("DropoutScale", func() { DropoutScale(x, y, 1, 0, 0.5) })
}
