package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func row() {
	sums()
	maximum()
	sumSquares()
	expSum()
	softmaxRows()
	layerNorm()
	adamW()
}

// chains is the number of vectors summed apart, to hide the latency of
// the addition.
const chains = 4

// total emits a sum over the lanes of f, which adds to acc.
func (e *emitter) total(f func(acc VecVirtual)) Register {
	var acc [chains]VecVirtual
	for u := range acc {
		acc[u] = e.zero()
	}
	e.loop(chains, func(u int) { f(acc[u]) })
	return e.horizontal(e.join(acc, VADDPS), VADDPS)
}

func (e *emitter) join(acc [chains]VecVirtual, op func(...Op)) VecVirtual {
	op(acc[1], acc[0], acc[0])
	op(acc[3], acc[2], acc[2])
	op(acc[2], acc[0], acc[0])
	return acc[0]
}

// give stores the i-th result. Unlike avo's Store it does not mix in
// instructions of SSE, which are slow beside AVX.
func give(i int, move func(...Op), x Register) {
	c, err := ReturnIndex(i).Resolve()
	if err != nil {
		panic(err)
	}
	move(x, c.Addr)
}

func sums() {
	bothSets("sum", "(x []float32) float32", func(e *emitter) {
		x := e.slice("x")
		give(0, VMOVSS, e.total(func(acc VecVirtual) { VADDPS(e.load(x), acc, acc) }))
	})
	bothSets("dot", "(a, b []float32) float32", func(e *emitter) {
		a, b := e.slice("a"), e.slice("b")
		give(0, VMOVSS, e.total(func(acc VecVirtual) { VFMADD231PS(e.load(a), e.load(b), acc) }))
	})
}

const minusInf = 0xff800000

func maximum() {
	bothSets("max", "(x []float32) float32", func(e *emitter) {
		x := e.slice("x")
		var acc [chains]VecVirtual
		for u := range acc {
			acc[u] = e.vec()
			VMOVUPS(constant(minusInf), acc[u])
		}
		e.loop(chains, func(u int) {
			v := e.load(x)
			e.clipTo(v, constant(minusInf))
			VMAXPS(acc[u], v, acc[u]) // keeps acc where v is NaN
		})
		give(0, VMOVSS, e.horizontal(e.join(acc, VMAXPS), VMAXPS))
	})
}

// sumSquares adds in float64: squares may lie outside float32.
func sumSquares() {
	bothSets("sumSquares", "(x []float32) float64", func(e *emitter) {
		x := e.slice("x")
		var acc [2]VecVirtual
		for u := range acc {
			acc[u] = e.zero()
		}
		e.loop(1, func(int) {
			v := e.load(x)
			upper := e.upperHalf(v)
			for u, half := range []Register{lowerHalf(e, v), upper} {
				d := e.vec()
				VCVTPS2PD(half, d)
				VFMADD231PD(d, d, acc[u])
			}
		})
		VADDPD(acc[1], acc[0], acc[0])
		give(0, VMOVSD, e.horizontal64(acc[0]))
	})
}

func lowerHalf(e *emitter, v VecVirtual) Register {
	if e.wide {
		return v.AsY()
	}
	return v.AsX()
}

func (e *emitter) upperHalf(v VecVirtual) Register {
	if e.wide {
		h := YMM()
		VEXTRACTF64X4(Imm(1), v, h)
		return h
	}
	h := XMM()
	VEXTRACTF128(Imm(1), v, h)
	return h
}

// horizontal64 adds up a vector of float64.
func (e *emitter) horizontal64(v VecVirtual) Register {
	half := v
	if e.wide {
		half = YMM()
		VEXTRACTF64X4(Imm(1), v, half)
		VADDPD(half, v.AsY(), half)
	}
	x, t := XMM(), XMM()
	VEXTRACTF128(Imm(1), half.AsY(), x)
	VADDPD(half.AsX(), x, x)
	VPERMILPD(Imm(1), x, t)
	VADDPD(t, x, x)
	return x
}

func expSum() {
	bothSets("expSum", "(dst, x []float32, shift float32) float32", func(e *emitter) {
		e.preloadExp()
		shift := e.param("shift")
		x, dst := e.slice("x"), e.slice("dst")
		acc := e.zero()
		e.loop(1, func(int) {
			v := e.load(x)
			VSUBPS(shift, v, v)
			v = e.exp(v)
			e.store(v, dst)
			e.clip(v)
			VADDPS(v, acc, acc)
		})
		give(0, VMOVSS, e.horizontal(acc, VADDPS))
	})
}

func layerNorm() {
	normaliseRows()
	bothSets("normaliseGradSums", "(x, gamma, dy []float32, mean, rstd float32) (sumG, sumGX float32)", func(e *emitter) {
		mean, rstd := e.param("mean"), e.param("rstd")
		x, gamma, dy := e.slice("x"), e.slice("gamma"), e.slice("dy")
		sum, cross := e.zero(), e.zero()
		e.loop(1, func(int) {
			g := e.load(gamma) // 0 beyond the end
			VMULPS(e.load(dy), g, g)
			VADDPS(g, sum, sum)
			VFMADD231PS(e.hat(x, mean, rstd), g, cross)
		})
		give(0, VMOVSS, e.horizontal(sum, VADDPS))
		give(1, VMOVSS, e.horizontal(cross, VADDPS))
	})
	bothSets("normaliseGrad", "(dx, x, gamma, dy []float32, mean, rstd, meanG, meanGX float32)", func(e *emitter) {
		mean, rstd, meanG, meanGX := e.param("mean"), e.param("rstd"), e.param("meanG"), e.param("meanGX")
		x, gamma, dy, dx := e.slice("x"), e.slice("gamma"), e.slice("dy"), e.slice("dx")
		e.loop(1, func(int) {
			g := e.load(gamma)
			VFMSUB213PS(meanG, e.load(dy), g)
			VFNMADD231PS(meanGX, e.hat(x, mean, rstd), g)
			VMULPS(rstd, g, g)
			e.store(g, dx)
		})
	})
	bothSets("normaliseGradParams", "(dgamma, dbeta, x, dy []float32, mean, rstd float32)", func(e *emitter) {
		mean, rstd := e.param("mean"), e.param("rstd")
		x, dy, dgamma, dbeta := e.slice("x"), e.slice("dy"), e.slice("dgamma"), e.slice("dbeta")
		e.loop(1, func(int) {
			d, g, b := e.load(dy), e.load(dgamma), e.load(dbeta)
			VFMADD231PS(e.hat(x, mean, rstd), d, g)
			VADDPS(d, b, b)
			e.store(g, dgamma)
			e.store(b, dbeta)
		})
	})
}

// normaliseRows takes all rows in one call: they are short.
func normaliseRows() {
	bothSets("normaliseRows", "(dst, x, gamma, beta, mean, rstd []float32, rows, n int, eps float64)", func(e *emitter) {
		dst, x, gamma, beta := e.slice("dst"), e.slice("x"), e.slice("gamma"), e.slice("beta")
		means, rstds := e.slice("mean"), e.slice("rstd")
		rows, n := arg("rows"), arg("n")
		length := XMM()
		VXORPS(length, length, length)
		VCVTSI2SSQ(n, length, length)
		e.eachRow(rows, n, []Register{dst, x}, func() {
			mean := e.mean(length, means, func(acc VecVirtual) { VADDPS(e.load(x), acc, acc) })
			variance := e.mean(length, nil, func(acc VecVirtual) {
				v := e.load(x)
				VSUBPS(mean, v, v)
				e.clip(v)
				VFMADD231PS(v, v, acc)
			})
			rstd := e.inverseRoot(variance, rstds)
			e.loop(1, func(int) {
				v := e.hat(x, mean, rstd)
				VFMADD213PS(e.load(beta), e.load(gamma), v)
				e.store(v, dst)
			})
			ADDQ(Imm(4), means)
			ADDQ(Imm(4), rstds)
		})
	})
}

// mean is a total over the row divided by its length, in all lanes, stored at
// dst unless that is nil.
func (e *emitter) mean(length Register, dst Register, f func(acc VecVirtual)) VecVirtual {
	x, v := e.total(f), e.vec()
	VDIVSS(length, x, x)
	if dst != nil {
		VMOVSS(x, Mem{Base: dst})
	}
	VBROADCASTSS(x, v)
	return v
}

// inverseRoot is 1/√(v + eps) of the first lane, computed in float64, in all
// lanes, and stored at dst.
func (e *emitter) inverseRoot(v VecVirtual, dst Register) VecVirtual {
	eps, err := Param("eps").Resolve()
	if err != nil {
		panic(err)
	}
	d, one, x, all := XMM(), XMM(), XMM(), e.vec()
	VCVTSS2SD(v.AsX(), v.AsX(), d)
	VADDSD(eps.Addr, d, d)
	VSQRTSD(d, d, d)
	VMOVSD(float64One(), one)
	VDIVSD(d, one, one)
	VCVTSD2SS(one, one, x)
	VMOVSS(x, Mem{Base: dst})
	VBROADCASTSS(x, all)
	return all
}

var ones Mem

// float64One is the address of a 1.
func float64One() Mem {
	if ones.Symbol.Name == "" {
		ones = GLOBL("one64", RODATA|NOPTR)
		DATA(0, U64(math.Float64bits(1)))
	}
	return ones
}

// hat is (x - mean)·rstd.
func (e *emitter) hat(x Register, mean, rstd VecVirtual) VecVirtual {
	v := e.load(x)
	VSUBPS(mean, v, v)
	VMULPS(rstd, v, v)
	return v
}

// adamW rounds after every product, as the portable kernel and PyTorch do: the
// step is bound by memory, and a training then has the same bits on all paths
// as far as the optimizer goes.
func adamW() {
	bothSets("adamW", "(p, m, v, g []float32, beta1, gain1, beta2, gain2, gradScale, decay, step, rootC2, eps float32)", func(e *emitter) {
		p, m, v, g := e.slice("p"), e.slice("m"), e.slice("v"), e.slice("g")
		c := map[string]VecVirtual{}
		for _, name := range []string{"beta1", "gain1", "beta2", "gain2", "gradScale", "decay", "step", "rootC2", "eps"} {
			c[name] = e.param(name)
		}
		e.loop(1, func(int) {
			d := e.load(g)
			VMULPS(c["gradScale"], d, d)
			first, second := e.load(m), e.load(v)
			VMULPS(c["beta1"], first, first)
			share := e.vec()
			VMULPS(c["gain1"], d, share)
			VADDPS(share, first, first)
			e.store(first, m)
			VMULPS(c["beta2"], second, second)
			gain := e.vec()
			VMULPS(c["gain2"], d, gain)
			VMULPS(d, gain, gain)
			VADDPS(gain, second, second)
			e.store(second, v)
			VSQRTPS(second, second)
			VMULPS(c["rootC2"], second, second)
			VADDPS(c["eps"], second, second)
			VMULPS(c["step"], first, first)
			VDIVPS(second, first, first)
			q := e.load(p)
			VMULPS(c["decay"], q, q)
			VSUBPS(first, q, q)
			e.store(q, p)
		})
	})
}
