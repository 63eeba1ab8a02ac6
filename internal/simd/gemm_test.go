package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func ExampleGemm() {
	a := []float32{1, 2, 3, 4, 5, 6} // (2, 3)
	b := []float32{1, 0, 1, 2, 0, 1} // (2, 3), used transposed
	c := make([]float32, 4)          // (2, 2)
	Gemm(false, true, 2, 2, 3, 1, a, 3, b, 3, 0, c, 2)
	fmt.Println(c)
	// Output: [4 5 10 14]
}

// gemmCase is a random product with its expected result.
type gemmCase struct {
	matmul
	c0     []float32 // C before
	guards guarded
}

func newCase(r *rand.Rand, transA, transB bool, m, n, k int, alpha, beta float32) *gemmCase {
	p := &gemmCase{matmul: matmul{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, beta: beta}}
	side := func(trans bool, rows, cols int) ([]float32, int) {
		if trans {
			rows, cols = cols, rows
		}
		ld := max(cols, 1) + r.IntN(3)*r.IntN(9)
		return random(r, max(0, (rows-1)*ld+cols)), ld
	}
	p.a, p.lda = side(transA, m, k)
	p.b, p.ldb = side(transB, k, n)
	p.ldc = max(n, 1) + r.IntN(3)*r.IntN(9)
	p.guards = newGuarded(max(0, (m-1)*p.ldc+n), r.IntN(16))
	for i := range m { // between the rows the guard values stay
		fill(r, p.guards.in[i*p.ldc:][:n])
	}
	p.c = p.guards.in
	p.c0 = slices.Clone(p.c)
	if beta == 0 && m*n > 0 {
		p.c[r.IntN(m)*p.ldc+r.IntN(n)] = float32(math.NaN())
	}
	return p
}

func (p *gemmCase) run() {
	Gemm(p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc)
}

func (p *gemmCase) check(t *testing.T) {
	t.Helper()
	what := fmt.Sprintf("transA %v transB %v m %d n %d k %d alpha %v beta %v", p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.beta)
	p.guards.intact(t, what)
	ra, ca, rb, cb := p.lda, 1, p.ldb, 1
	if p.transA {
		ra, ca = 1, p.lda
	}
	if p.transB {
		rb, cb = 1, p.ldb
	}
	for i := range p.m {
		for j := range p.n {
			var sum, scale float64
			for q := range p.k {
				v := float64(p.a[i*ra+q*ca]) * float64(p.b[q*rb+j*cb])
				sum, scale = sum+v, scale+math.Abs(v)
			}
			old := float64(p.c0[i*p.ldc+j]) * float64(p.beta)
			want := sum*float64(p.alpha) + old
			tol := 4e-7 * math.Sqrt(1+float64(p.k)/16) * (1e-6 + scale + math.Abs(old))
			if got := p.c[i*p.ldc+j]; !(math.Abs(float64(got)-want) <= tol) {
				t.Fatalf("%s: C[%d,%d] = %v, want %v within %.2g", what, i, j, got, want, tol)
			}
		}
		if i+1 < p.m {
			for j := p.n; j < p.ldc; j++ {
				if p.c[i*p.ldc+j] != guard {
					t.Fatalf("%s: wrote between rows, at (%d, %d)", what, i, j)
				}
			}
		}
	}
}

func TestGemm(t *testing.T) {
	factors := []float32{0, 1, -0.5}
	sizes := [][3]int{
		{0, 3, 2}, {3, 0, 2}, {3, 2, 0}, {1, 1, 1}, {1, 7, 1}, {5, 1, 3}, {2, 3, 4}, {4, 4, 4}, {5, 5, 5}, {6, 16, 8},
		{7, 17, 9}, {12, 32, 16}, {13, 33, 17}, {11, 31, 40}, {24, 64, 3}, {25, 65, 33}, {64, 10, 32}, {10, 100, 31},
		{1, 200, 50}, {200, 1, 50}, {33, 47, 400}, {250, 20, 20}, {3, 530, 12}, {1, 300, 40}, {2, 257, 33},
	}
	onPaths(t, func(t *testing.T) {
		r := source(1)
		for _, s := range sizes {
			for tr := range 4 {
				p := newCase(r, tr&1 > 0, tr&2 > 0, s[0], s[1], s[2], factors[r.IntN(3)], factors[r.IntN(3)])
				p.run()
				p.check(t)
			}
		}
		for range 60 {
			p := newCase(r, r.IntN(2) > 0, r.IntN(2) > 0, 1+r.IntN(70), 1+r.IntN(70), 1+r.IntN(70), factors[r.IntN(3)], factors[r.IntN(3)])
			p.run()
			p.check(t)
		}
	})
}

// TestGemmLarge takes sizes at which work is cut and depth is split.
func TestGemmLarge(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(2)
		for tr, s := range [][3]int{{50, 70, 500}, {301, 37, 201}, {40, 600, 90}, {260, 70, 129}} {
			var first []float32
			p := newCase(r, tr&1 > 0, tr&2 > 0, s[0], s[1], s[2], -0.5, float32(tr&1))
			for _, procs := range []int{1, 2, 4} {
				old := runtime.GOMAXPROCS(procs)
				copy(p.c, p.c0)
				p.run()
				runtime.GOMAXPROCS(old)
				if first == nil {
					first = slices.Clone(p.c)
					p.check(t)
				}
				if !sameBits(first, p.c) {
					t.Fatalf("%v: GOMAXPROCS %d gives other bits than 1", s, procs)
				}
			}
		}
	})
}

// TestGemmDoesNotDependOnRows holds the same for matrices: a row of A alone gives the bits
// that it gives among others.
func TestGemmDoesNotDependOnRows(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(7)
		for _, transB := range []bool{false, true} {
			const m, n, k = 150, 70, 500
			a, b := random(r, m*k), random(r, n*k)
			ldb := n
			if transB {
				ldb = k
			}
			all, one := make([]float32, m*n), make([]float32, n)
			Gemm(false, transB, m, n, k, 1, a, k, b, ldb, 0, all, n)
			for _, i := range []int{0, 11, 77, m - 1} {
				Gemm(false, transB, 1, n, k, 1, a[i*k:], k, b, ldb, 0, one, n)
				if !sameBits(one, all[i*n:][:n]) {
					t.Fatalf("transB %v: row %d alone gives other bits", transB, i)
				}
			}
		}
	})
}

// TestGemmBatch multiplies heads that interleave in one (T, H·K) matrix.
func TestGemmBatch(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(3)
		for _, c := range []struct{ batch, heads, m, n, k int }{{1, 1, 3, 4, 5}, {4, 4, 9, 8, 7}, {6, 3, 17, 33, 16}, {16, 2, 40, 40, 40}, {3, 1, 120, 120, 90}} {
			// A (m, heads·k), B (n, heads·k) transposed, C (m, heads·n), for each group of heads.
			lda, ldc := c.heads*c.k, c.heads*c.n
			a, b := random(r, (c.m+c.batch)*lda), random(r, (c.n+c.batch)*lda)
			got, want := make([]float32, (c.m+c.batch)*ldc), make([]float32, (c.m+c.batch)*ldc)
			batch := min(c.batch, c.heads)
			var first []float32
			for _, procs := range []int{1, 2, 4} {
				old := runtime.GOMAXPROCS(procs)
				GemmBatch(batch, false, true, c.m, c.n, c.k, 0.5, a, lda, c.k, b, lda, c.k, 0, got, ldc, c.n)
				runtime.GOMAXPROCS(old)
				if first == nil {
					first = slices.Clone(got)
				}
				if !sameBits(first, got) {
					t.Fatalf("%+v: GOMAXPROCS %d gives other bits than 1", c, procs)
				}
			}
			for i := range batch {
				Gemm(false, true, c.m, c.n, c.k, 0.5, a[i*c.k:], lda, b[i*c.k:], lda, 0, want[i*c.n:], ldc)
			}
			if !sameBits(got, want) {
				t.Fatalf("%+v: GemmBatch differs from Gemm", c)
			}
			// Matrices one after the other, B shared by all.
			n := c.m * c.n
			a = random(r, c.batch*c.m*c.k)
			got, want = random(r, c.batch*n), make([]float32, c.batch*n)
			copy(want, got)
			GemmBatch(c.batch, true, false, c.m, c.n, c.k, 1, a, c.m, c.m*c.k, b, c.n, 0, -0.5, got, c.n, n)
			for i := range c.batch {
				Gemm(true, false, c.m, c.n, c.k, 1, a[i*c.m*c.k:], c.m, b, c.n, -0.5, want[i*n:], c.n)
			}
			if !sameBits(got, want) {
				t.Fatalf("%+v: GemmBatch of matrices in a row differs from Gemm", c)
			}
		}
	})
}

func TestPacked(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(8)
		var p Packed // filled again and again
		for _, s := range [][3]int{{1, 1, 1}, {1, 300, 40}, {2, 128, 33}, {3, 127, 500}, {30, 257, 129}, {0, 5, 5}, {5, 0, 5}, {5, 5, 0}, {40, 140, 401}} {
			for _, transB := range []bool{false, true} {
				g := newCase(r, false, transB, s[0], s[1], s[2], 1.5, -0.5)
				p.Pack(transB, g.k, g.n, g.b, g.ldb)
				p.Gemm(g.m, g.alpha, g.a, g.lda, g.beta, g.c, g.ldc)
				g.check(t)
				got := slices.Clone(g.c)
				copy(g.c, g.c0)
				g.run()
				if !sameBits(got, g.c) {
					t.Fatalf("%v transB %v: Packed gives other bits than Gemm", s, transB)
				}
			}
		}
		a, c := random(r, 401), make([]float32, 140)
		noAllocs(t, "Packed", func() { p.Gemm(1, 1, a, 401, 0, c, 140) })
	})
}

// Then is given each element of C once, after its sum is done.
func TestGemmThen(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(9)
		var p Packed
		for _, s := range [][3]int{{1, 1, 1}, {3, 300, 40}, {7, 5, 0}, {130, 257, 129}, {400, 90, 200}} {
			g := newCase(r, false, true, s[0], s[1], s[2], 1, 0)
			g.run()
			want := slices.Clone(g.c)
			for i := range g.m {
				AddScalar(want[i*g.ldc:][:g.n], 1, want[i*g.ldc:][:g.n])
			}
			then := func(i0, i1, j0, j1 int) {
				for i := i0; i < i1; i++ {
					AddScalar(g.c[i*g.ldc+j0:i*g.ldc+j1], 1, g.c[i*g.ldc+j0:i*g.ldc+j1])
				}
			}
			GemmThen(false, true, g.m, g.n, g.k, 1, g.a, g.lda, g.b, g.ldb, 0, g.c, g.ldc, then)
			if !sameBits(g.c, want) {
				t.Fatalf("%v: Then does not see each sum once", s)
			}
			p.Pack(true, g.k, g.n, g.b, g.ldb)
			p.GemmThen(g.m, 1, g.a, g.lda, 0, g.c, g.ldc, then)
			if !sameBits(g.c, want) {
				t.Fatalf("%v: packed: Then does not see each sum once", s)
			}
		}
	})
}

func TestGemmRefusesShortSlices(t *testing.T) {
	x := make([]float32, 12)
	for name, f := range map[string]func(){
		"A short":        func() { Gemm(false, false, 4, 1, 4, 1, x, 4, x, 1, 0, x, 1) },
		"A stride":       func() { Gemm(false, false, 2, 1, 4, 1, x, 3, x, 1, 0, x, 1) },
		"B short":        func() { Gemm(false, true, 1, 4, 4, 1, x, 4, x, 4, 0, x, 4) },
		"C short":        func() { Gemm(false, false, 4, 4, 1, 1, x, 1, x, 4, 0, x, 4) },
		"negative":       func() { Gemm(false, false, -1, 4, 1, 1, x, 1, x, 4, 0, x, 4) },
		"batch C short":  func() { GemmBatch(4, false, false, 2, 2, 1, 1, x, 1, 1, x, 2, 1, 0, x, 2, 4) },
		"batch A beyond": func() { GemmBatch(4, false, false, 2, 2, 1, 1, x, 1, 99, x, 2, 1, 0, x, 2, 1) },
		"packed A short": func() {
			new(Packed).Gemm(2, 1, x, 1, 0, x, 1)
			p := new(Packed)
			p.Pack(true, 4, 3, x, 4)
			p.Gemm(4, 1, x, 4, 0, x, 3)
		},
		"packed B short": func() { new(Packed).Pack(true, 4, 4, x, 4) },
		"batch stride":   func() { GemmBatch(2, false, false, 1, 1, 1, 1, x, 1, -1, x, 1, 1, 0, x, 1, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestGemmDoesNotAllocate(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(4)
		a, b, c := random(r, 1<<15), random(r, 1<<15), random(r, 1<<15)
		noAllocs(t, "Gemm", func() {
			Gemm(true, true, 16, 16, 16, 1, a, 16, b, 16, 0, c, 16)
			Gemm(false, true, 128, 128, 128, 1, a, 128, b, 128, 0, c, 128)
			GemmBatch(16, false, true, 32, 32, 32, 1, a, 32, 1024, b, 32, 1024, 0, c, 32, 1024)
		})
	})
}

func TestInstall(t *testing.T) {
	Install()
	if _, ok := tensor.WhichBLAS().(BLAS); !ok {
		t.Errorf("tensor uses %T", tensor.WhichBLAS())
	}
	if _, ok := gorgonia.WhichBLAS().(BLAS); !ok {
		t.Errorf("gorgonia uses %T", gorgonia.WhichBLAS())
	}
	r := source(5)
	a, b := random(r, 15), random(r, 20)
	got, want := make([]float32, 12), make([]float32, 12)
	BLAS{}.Sgemm(blas.Trans, blas.ConjTrans, 3, 4, 5, 2, a, 3, b, 5, 0, got, 4)
	BLAS{}.Implementation.Sgemm(blas.Trans, blas.Trans, 3, 4, 5, 2, a, 3, b, 5, 0, want, 4)
	for i := range got {
		near(t, "Sgemm", got[i], float64(want[i]), 10, 1e-6)
	}
}

func BenchmarkGemm(b *testing.B) {
	for _, s := range []struct {
		m, n, k        int
		transA, transB bool
	}{
		{1024, 1024, 1024, false, false}, {512, 512, 512, false, false}, {256, 256, 256, false, false}, {256, 256, 256, true, false}, {256, 256, 256, false, true},
		{1024, 128, 128, false, true}, {1024, 512, 128, false, true}, {128, 128, 1024, true, false}, {64, 64, 64, false, false}, {32, 32, 32, false, true}, {16, 16, 16, false, false},
		{10, 256, 256, false, true}, {1, 256, 256, false, true},
	} {
		b.Run(fmt.Sprintf("%dx%dx%d/%t,%t", s.m, s.n, s.k, s.transA, s.transB), func(b *testing.B) {
			p := newCase(source(6), s.transA, s.transB, s.m, s.n, s.k, 1, 0)
			for b.Loop() {
				p.run()
			}
			b.ReportMetric(2*float64(s.m)*float64(s.n)*float64(s.k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}
