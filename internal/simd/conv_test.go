package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

func ExampleConv() {
	c := Conv{N: 1, C: 1, H: 3, W: 3, Out: 1, KH: 2, KW: 2}
	h, w := c.OutHW()
	y := make([]float32, h*w)
	c.Forward(y, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, []float32{1, 0, 0, -1}, []float32{10})
	fmt.Println(y)
	// Output: [6 6 6 6]
}

func convCases(r *rand.Rand) []*Conv {
	cases := []*Conv{
		{N: 1, C: 1, H: 1, W: 1, Out: 1, KH: 1, KW: 1},
		{N: 2, C: 3, H: 9, W: 11, Out: 5, KH: 3, KW: 3, PadH: 1, PadW: 1, StrideH: 1, StrideW: 1, Groups: 1},
		{N: 3, C: 4, H: 8, W: 8, Out: 6, KH: 3, KW: 3, PadH: 1, PadW: 1, StrideH: 2, StrideW: 2, Groups: 2},
		{N: 2, C: 8, H: 7, W: 5, Out: 8, KH: 3, KW: 3, PadH: 1, PadW: 1, Groups: 8},
		{N: 1, C: 3, H: 16, W: 16, Out: 7, KH: 4, KW: 4, StrideH: 4, StrideW: 4},
		{N: 2, C: 5, H: 6, W: 6, Out: 13, KH: 1, KW: 1},
		{N: 2, C: 5, H: 6, W: 7, Out: 4, KH: 1, KW: 1, StrideH: 2, StrideW: 3},
		{N: 1, C: 2, H: 5, W: 6, Out: 3, KH: 1, KW: 1, PadH: 2, PadW: 1},
		{N: 2, C: 2, H: 5, W: 4, Out: 3, KH: 5, KW: 7, PadH: 2, PadW: 3},
		{N: 1, C: 2, H: 3, W: 2, Out: 2, KH: 3, KW: 3, PadH: 3, PadW: 3, StrideH: 2, StrideW: 2},
		{N: 9, C: 1, H: 4, W: 4, Out: 2, KH: 2, KW: 2},
		{N: 2, C: 45, H: 4, W: 4, Out: 14, KH: 3, KW: 3, PadH: 1, PadW: 1}, // depth above stepK
		{N: 1, C: 3, H: 24, W: 24, Out: 4, KH: 3, KW: 3, PadH: 1, PadW: 1}, // pixels above stepK
		{N: 1, C: 2, H: 40, W: 43, Out: 3, KH: 5, KW: 3, StrideH: 2, StrideW: 2, PadH: 2, PadW: 1},
		{N: 2, C: 2, H: 37, W: 41, Out: 3, KH: 3, KW: 3, PadH: 1, PadW: 1},
		{N: 40, C: 6, H: 2, W: 3, Out: 9, KH: 3, KW: 3, PadH: 1, PadW: 1, Groups: 3},
		{N: 17, C: 64, H: 2, W: 2, Out: 15, KH: 3, KW: 3, PadH: 1, PadW: 1}, // images innermost
		{N: 16, C: 66, H: 4, W: 3, Out: 7, KH: 3, KW: 2, PadH: 2, PadW: 2, StrideH: 2, StrideW: 2},
		{N: 33, C: 130, H: 3, W: 3, Out: 66, KH: 1, KW: 1, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, Groups: 2},
		{N: 1, C: 64, H: 2, W: 2, Out: 70, KH: 3, KW: 3, PadH: 1, PadW: 1}, // fewer pixels than a vector
		{N: 3, C: 140, H: 3, W: 4, Out: 66, KH: 3, KW: 3, PadH: 1, PadW: 1, StrideH: 2, StrideW: 2, Groups: 2},
		{N: 1, C: 400, H: 1, W: 1, Out: 33, KH: 1, KW: 1},
		{N: 2, C: 66, H: 5, W: 4, Out: 40, KH: 3, KW: 3, PadH: 1, PadW: 1},
		{N: 10, C: 16, H: 12, W: 12, Out: 20, KH: 3, KW: 3, PadH: 1, PadW: 1},
	}
	for range 12 {
		groups := 1 + r.IntN(3)
		cases = append(cases, &Conv{
			N: 1 + r.IntN(4), C: groups * (1 + r.IntN(4)), H: 4 + r.IntN(9), W: 4 + r.IntN(9), Out: groups * (1 + r.IntN(9)), KH: 1 + r.IntN(4), KW: 1 + r.IntN(4),
			StrideH: 1 + r.IntN(3), StrideW: 1 + r.IntN(3), PadH: r.IntN(3), PadW: r.IntN(3), Groups: groups,
		})
	}
	return cases
}

// visit calls f with the indices in x, w and y of each product of the convolution.
func visit(c *Conv, f func(x, w, y int)) {
	oh, ow := c.OutHW()
	groups := max(c.Groups, 1)
	cg, og := c.C/groups, c.Out/groups
	for n := range c.N {
		for o := range c.Out {
			for ch := range cg {
				for r := range c.KH {
					for q := range c.KW {
						for i := range oh {
							for j := range ow {
								h, w := i*max(c.StrideH, 1)+r-c.PadH, j*max(c.StrideW, 1)+q-c.PadW
								if h < 0 || h >= c.H || w < 0 || w >= c.W {
									continue
								}
								f(((n*c.C+o/og*cg+ch)*c.H+h)*c.W+w, ((o*cg+ch)*c.KH+r)*c.KW+q, ((n*c.Out+o)*oh+i)*ow+j)
							}
						}
					}
				}
			}
		}
	}
}

func TestConv(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(1)
		for _, c := range convCases(r) {
			oh, ow := c.OutHW()
			size := oh * ow
			x, w, bias := random(r, c.N*c.C*c.H*c.W), random(r, c.Out*c.C/max(c.Groups, 1)*c.KH*c.KW), random(r, c.Out)
			dy := random(r, c.N*c.Out*size)
			y64, dx64, dw64, db64 := make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w)), make([]float64, c.Out)
			for i := range y64 {
				o := i / size % c.Out
				y64[i] = float64(bias[o])
				db64[o] += float64(dy[i])
			}
			visit(c, func(i, j, k int) {
				y64[k] += float64(x[i]) * float64(w[j])
				dx64[i] += float64(dy[k]) * float64(w[j])
				dw64[j] += float64(dy[k]) * float64(x[i])
			})
			y, dx, dw, db := newGuarded(len(dy), 1), newGuarded(len(x), 2), newGuarded(len(w), 3), newGuarded(c.Out, 4)
			nan := float32(math.NaN())
			for _, g := range []guarded{y, dx, dw, db} {
				AddScalar(g.in, nan, g.in) // must not survive
			}
			c.Forward(y.in, x, w, bias)
			c.GradInput(dx.in, dy, w)
			c.GradWeight(dw.in, db.in, x, dy)
			shape := fmt.Sprintf("N %d C %d H %d W %d Out %d K %d,%d stride %d,%d pad %d,%d groups %d", c.N, c.C, c.H, c.W, c.Out, c.KH, c.KW, c.StrideH, c.StrideW, c.PadH, c.PadW, c.Groups)
			for _, o := range []struct {
				name string
				got  guarded
				want []float64
			}{{"result", y, y64}, {"dx", dx, dx64}, {"dw", dw, dw64}, {"db", db, db64}} {
				o.got.intact(t, shape+": "+o.name)
				var norm float64
				for _, v := range o.want {
					norm = max(norm, math.Abs(v))
				}
				for i, v := range o.want {
					if got := o.got.in[i]; !(math.Abs(float64(got)-v) <= 2e-6*(1e-6+norm)) {
						t.Fatalf("%s: %s[%d] = %v, want %v", shape, o.name, i, got, v)
					}
				}
			}
			again := make([]float32, len(y.in))
			zero := make([]float32, c.Out)
			c.Forward(again, x, w, nil)
			c.Forward(y.in, x, w, zero)
			for i := range again {
				if again[i] != y.in[i] {
					t.Fatalf("%s: no bias gives %v, a bias of 0 %v", shape, again[i], y.in[i])
				}
			}
			c.GradWeight(dw.in, nil, x, dy)
		}
	})
}

// Infer must give the bits of Forward and of what follows it, one by one.
func TestInfer(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(3)
		for i, c := range convCases(r) {
			oh, ow := c.OutHW()
			size := oh * ow
			x, w := random(r, c.N*c.C*c.H*c.W), random(r, c.Out*c.C/max(c.Groups, 1)*c.KH*c.KW)
			scale, offset, residual := random(r, c.Out), random(r, c.Out), random(r, c.N*c.Out*size)
			var bias []float32
			if i%2 == 0 {
				bias = random(r, c.Out)
			}
			var held HeldWeights
			c.Hold(&held, w)
			want := make([]float32, len(residual))
			c.Forward(want, x, w, bias)
			for j, weights := range []*HeldWeights{nil, &held} {
				got := newGuarded(len(want), 1)
				AddScalar(got.in, float32(math.NaN()), got.in) // must not survive
				c.Infer(got.in, x, w, bias, weights, nil)
				got.intact(t, "result")
				if !sameBits(got.in, want) {
					t.Fatalf("%+v: held %d: Infer gives other bits than Forward", c, j)
				}
			}
			for o := range c.N * c.Out {
				plane := want[o*size : (o+1)*size]
				Affine(plane, scale[o%c.Out], plane, offset[o%c.Out])
			}
			Add(want, want, residual)
			GELU(want, want)
			finish := &Finish{Scale: scale, Offset: offset, Add: residual, Then: GELU}
			for j, weights := range []*HeldWeights{nil, &held} {
				got := make([]float32, len(want))
				c.Infer(got, x, w, bias, weights, finish)
				if !sameBits(got, want) {
					t.Fatalf("%+v: held %d: Finish gives other bits than one after the other", c, j)
				}
				noAllocs(t, "Infer", func() { c.Infer(got, x, w, bias, weights, finish) })
			}
		}
	})
}

func TestConvDoesNotDependOnCores(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(2)
		for _, c := range []*Conv{
			{N: 5, C: 8, H: 18, W: 18, Out: 24, KH: 3, KW: 3, PadH: 1, PadW: 1},
			{N: 5, C: 16, H: 18, W: 18, Out: 24, KH: 3, KW: 3, PadH: 1, PadW: 1, StrideH: 2, StrideW: 2, Groups: 2},
		} {
			oh, ow := c.OutHW()
			x, w, dy := random(r, c.N*c.C*c.H*c.W), random(r, c.Out*c.C/max(c.Groups, 1)*9), random(r, c.N*c.Out*oh*ow)
			y, dx, dw, db := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(w)), make([]float32, c.Out)
			var first [][]float32
			for _, procs := range []int{1, 2, 4} {
				old := runtime.GOMAXPROCS(procs)
				c.Forward(y, x, w, nil)
				c.GradInput(dx, dy, w)
				c.GradWeight(dw, db, x, dy)
				runtime.GOMAXPROCS(old)
				now := [][]float32{slices.Clone(y), slices.Clone(dx), slices.Clone(dw), slices.Clone(db)}
				if first == nil {
					first = now
				}
				for i := range now {
					if !sameBits(first[i], now[i]) {
						t.Fatalf("GOMAXPROCS %d gives other bits than 1 in output %d", procs, i)
					}
				}
			}
		}
	})
}

// TestConvDoesNotDependOnBatch holds what lets a server answer as a batch
// prediction does: an image alone gives the bits that it gives among others.
func TestConvDoesNotDependOnBatch(t *testing.T) {
	const images, one = 20, 7
	onPaths(t, func(t *testing.T) {
		r := source(5)
		for _, c := range []*Conv{
			{C: 3, H: 9, W: 9, Out: 20, KH: 3, KW: 3, PadH: 1, PadW: 1},
			{C: 70, H: 4, W: 4, Out: 20, KH: 3, KW: 3, PadH: 1, PadW: 1},
			{C: 70, H: 5, W: 5, Out: 70, KH: 3, KW: 3, PadH: 1, PadW: 1, StrideH: 2, StrideW: 2},
		} {
			oh, ow := c.OutHW()
			in, out := c.C*c.H*c.W, c.Out*oh*ow
			x, w, b, dy := random(r, images*in), random(r, c.Out*c.C*9), random(r, c.Out), random(r, images*out)
			y, dx := make([]float32, len(dy)), make([]float32, len(x))
			c.N = images
			c.Forward(y, x, w, b)
			c.GradInput(dx, dy, w)
			single := &Conv{N: 1, C: c.C, H: c.H, W: c.W, Out: c.Out, KH: c.KH, KW: c.KW, StrideH: c.StrideH, StrideW: c.StrideW, PadH: c.PadH, PadW: c.PadW}
			y1, dx1 := make([]float32, out), make([]float32, in)
			single.Forward(y1, x[one*in:][:in], w, b)
			single.GradInput(dx1, dy[one*out:][:out], w)
			if !sameBits(y1, y[one*out:][:out]) || !sameBits(dx1, dx[one*in:][:in]) {
				t.Errorf("C %d H %d stride %d: an image alone gives other bits", c.C, c.H, c.StrideH)
			}
		}
	})
}

func TestConvDoesNotAllocate(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(3)
		for _, stride := range []int{1, 2} {
			c := Conv{N: 4, C: 8, H: 12, W: 12, Out: 16, KH: 3, KW: 3, PadH: 1, PadW: 1, StrideH: stride, StrideW: stride}
			oh, ow := c.OutHW()
			x, w, y, b := random(r, 4*8*12*12), random(r, 16*8*9), random(r, 4*16*oh*ow), random(r, 16)
			noAllocs(t, fmt.Sprint("Conv of stride ", stride), func() {
				c.Forward(y, x, w, b)
				c.GradInput(x, y, w)
				c.GradWeight(w, b, x, y)
			})
		}
	})
}

func TestConvRefuses(t *testing.T) {
	x := make([]float32, 16)
	for name, f := range map[string]func(){
		"kernel too large": func() { (&Conv{N: 1, C: 1, H: 4, W: 4, Out: 1, KH: 5, KW: 1}).Forward(x[:0], x, x[:5], nil) },
		"groups":           func() { (&Conv{N: 1, C: 1, H: 4, W: 4, Out: 1, KH: 1, KW: 1, Groups: 2}).Forward(x, x, x[:1], nil) },
		"no channels":      func() { (&Conv{N: 1, H: 4, W: 4, Out: 1, KH: 1, KW: 1}).Forward(x, nil, nil, nil) },
		"x short":          func() { (&Conv{N: 1, C: 1, H: 4, W: 4, Out: 1, KH: 1, KW: 1}).Forward(x, x[1:], x[:1], nil) },
		"bias":             func() { (&Conv{N: 1, C: 1, H: 4, W: 4, Out: 1, KH: 1, KW: 1}).Forward(x, x, x[:1], x) },
		"db":               func() { (&Conv{N: 1, C: 1, H: 4, W: 4, Out: 1, KH: 1, KW: 1}).GradWeight(x[:1], x, x, x) },
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

func BenchmarkConv(b *testing.B) {
	for _, c := range []*Conv{
		{N: 32, C: 3, H: 32, W: 32, Out: 32, KH: 3, KW: 3, PadH: 1, PadW: 1},
		{N: 32, C: 32, H: 16, W: 16, Out: 64, KH: 3, KW: 3, PadH: 1, PadW: 1},
		{N: 32, C: 64, H: 8, W: 8, Out: 128, KH: 3, KW: 3, PadH: 1, PadW: 1},
		{N: 16, C: 64, H: 16, W: 16, Out: 64, KH: 3, KW: 3, PadH: 1, PadW: 1},
		{N: 16, C: 256, H: 4, W: 4, Out: 256, KH: 3, KW: 3, PadH: 1, PadW: 1},
		{N: 16, C: 64, H: 16, W: 16, Out: 128, KH: 3, KW: 3, PadH: 1, PadW: 1, StrideH: 2, StrideW: 2},
		{N: 16, C: 64, H: 16, W: 16, Out: 128, KH: 1, KW: 1, StrideH: 2, StrideW: 2},
	} {
		r := source(4)
		oh, ow := c.OutHW()
		x, w, y := random(r, c.N*c.C*c.H*c.W), random(r, c.Out*c.C*c.KH*c.KW), random(r, c.N*c.Out*oh*ow)
		dx, dw, db := random(r, len(x)), random(r, len(w)), random(r, c.Out)
		flop := 2 * float64(len(y)) * float64(c.C*c.KH*c.KW)
		for _, k := range []struct {
			name string
			f    func()
		}{{"Forward", func() { c.Forward(y, x, w, db) }}, {"GradInput", func() { c.GradInput(dx, y, w) }}, {"GradWeight", func() { c.GradWeight(dw, db, x, y) }}} {
			b.Run(fmt.Sprintf("%s/%d,%d,%d,%d,%d,s%d", k.name, c.N, c.C, c.H, c.Out, c.KH, c.StrideH), func(b *testing.B) {
				for b.Loop() {
					k.f()
				}
				b.ReportMetric(flop*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
