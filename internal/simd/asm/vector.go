package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func vector() {
	arithmetic()
	activations()
	gradients()
	dropout()
}

// two emits dst = f(dst, a, b), three slices.
func two(name, signature, a, b string, setup func(e *emitter), f func(e *emitter, d func() VecVirtual, a, b VecVirtual) VecVirtual) {
	bothSets(name, signature, func(e *emitter) {
		setup(e)
		pa, pb, dst := e.slice(a), e.slice(b), e.slice("dst")
		e.loop(1, func(int) {
			e.store(f(e, func() VecVirtual { return e.load(dst) }, e.load(pa), e.load(pb)), dst)
		})
	})
}

func arithmetic() {
	binary := func(name string, op func(...Op)) {
		two(name, "(dst, a, b []float32)", "a", "b", func(*emitter) {}, func(e *emitter, _ func() VecVirtual, a, b VecVirtual) VecVirtual {
			op(b, a, a)
			return a
		})
	}
	binary("add", VADDPS)
	binary("sub", VSUBPS)
	binary("mul", VMULPS)
	binary("larger", VMAXPS)
	two("mulAdd", "(dst, a, b []float32)", "a", "b", func(*emitter) {}, func(e *emitter, d func() VecVirtual, a, b VecVirtual) VecVirtual {
		v := d()
		VFMADD231PS(a, b, v)
		return v
	})
	withScalar := func(name string, f func(e *emitter, d func() VecVirtual, alpha, x VecVirtual) VecVirtual) {
		bothSets(name, "(dst []float32, alpha float32, x []float32)", func(e *emitter) {
			alpha, x, dst := e.param("alpha"), e.slice("x"), e.slice("dst")
			e.loop(1, func(int) {
				e.store(f(e, func() VecVirtual { return e.load(dst) }, alpha, e.load(x)), dst)
			})
		})
	}
	withScalar("scale", func(_ *emitter, _ func() VecVirtual, alpha, x VecVirtual) VecVirtual {
		VMULPS(alpha, x, x)
		return x
	})
	withScalar("axpy", func(_ *emitter, d func() VecVirtual, alpha, x VecVirtual) VecVirtual {
		v := d()
		VFMADD231PS(alpha, x, v)
		return v
	})
	bothSets("affine", "(dst []float32, alpha float32, x []float32, beta float32)", func(e *emitter) {
		alpha, beta, x, dst := e.param("alpha"), e.param("beta"), e.slice("x"), e.slice("dst")
		e.loop(1, func(int) {
			v := e.load(x)
			VFMADD213PS(beta, alpha, v)
			e.store(v, dst)
		})
	})
	withScalar("addScalar", func(_ *emitter, _ func() VecVirtual, alpha, x VecVirtual) VecVirtual {
		VADDPS(alpha, x, x)
		return x
	})
}

// unary emits dst = f(x).
func unary(name string, setup func(e *emitter), f func(e *emitter, x VecVirtual) VecVirtual) {
	bothSets(name, "(dst, x []float32)", func(e *emitter) {
		setup(e)
		x, dst := e.slice("x"), e.slice("dst")
		e.loop(1, func(int) { e.store(f(e, e.load(x)), dst) })
	})
}

func activations() {
	unary("exp", (*emitter).preloadExp, (*emitter).exp)
	unary("log", func(e *emitter) { e.preload(logP...) }, (*emitter).log)
	unary("tanh", (*emitter).preloadExp, (*emitter).tanh)
	unary("sigmoid", (*emitter).preloadExp, (*emitter).sigmoid)
	unary("erf", (*emitter).preloadErf, (*emitter).erf)
	unary("relu", func(*emitter) {}, func(e *emitter, x VecVirtual) VecVirtual { return e.atLeast(x, 0) })
	unary("gelu", (*emitter).preloadErf, func(e *emitter, x VecVirtual) VecVirtual {
		x = e.atLeast(x, -actClip)
		p := e.cdf(x)
		VMULPS(x, p, p)
		return p
	})
	unary("geluTanh", (*emitter).preloadExp, func(e *emitter, x VecVirtual) VecVirtual {
		x = e.atLeast(x, -actClip)
		s := e.sigmoid(e.geluInner(x))
		VMULPS(x, s, s)
		return s
	})
	unary("silu", (*emitter).preloadExp, func(e *emitter, x VecVirtual) VecVirtual {
		x = e.atLeast(x, -siluClip)
		s := e.sigmoid(x)
		VMULPS(x, s, s)
		return s
	})
}

func (e *emitter) preloadErf() {
	e.preloadExp()
	e.preload(erfR...)
}

// geluInner is 2·√(2/π)·(x + 0.044715·x³).
func (e *emitter) geluInner(x VecVirtual) VecVirtual {
	u := e.vec()
	VMULPS(x, x, u)
	VMULPS(e.c(geluCub), u, u)
	VFMADD213PS(x, x, u)
	return e.with(VMULPS, geluTwice, u)
}

// gradient emits dst = g·f(x).
func gradient(name string, setup func(e *emitter), f func(e *emitter, x VecVirtual) VecVirtual) {
	two(name, "(dst, x, g []float32)", "x", "g", setup, func(e *emitter, _ func() VecVirtual, x, g VecVirtual) VecVirtual {
		d := f(e, x)
		VMULPS(g, d, d)
		return d
	})
}

// oneMinus is 1 - s.
func (e *emitter) oneMinus(s VecVirtual) VecVirtual {
	r := e.vec()
	VSUBPS(s, e.reg(1), r)
	return r
}

func gradients() {
	two("reluGrad", "(dst, y, g []float32)", "y", "g", func(*emitter) {}, func(e *emitter, _ func() VecVirtual, y, g VecVirtual) VecVirtual {
		const greater = 30
		e.choose(greater, y, 0, g, e.zero(), g)
		return g
	})
	gradient("geluGrad", (*emitter).preloadErf, func(e *emitter, x VecVirtual) VecVirtual {
		x = e.atMost(e.atLeast(x, -actClip), actClip)
		p := e.cdf(x)
		h := e.with(VMULPS, -0.5, x)
		VMULPS(x, h, h)
		d := e.exp(h)
		VMULPS(e.c(invSqrt2Pi), d, d)
		VFMADD231PS(x, d, p)
		return p
	})
	gradient("geluTanhGrad", (*emitter).preloadExp, func(e *emitter, x VecVirtual) VecVirtual {
		x = e.atMost(e.atLeast(x, -actClip), actClip)
		s, slope := e.sigmoidGrad(e.geluInner(x))
		d := e.vec()
		VMULPS(x, x, d)
		VMULPS(e.c(3*geluCub), d, d)
		VADDPS(e.c(1), d, d)
		VMULPS(e.c(geluTwice), d, d)
		VMULPS(x, d, d)
		VFMADD213PS(s, slope, d)
		return d
	})
	gradient("siluGrad", (*emitter).preloadExp, func(e *emitter, x VecVirtual) VecVirtual {
		x = e.atMost(e.atLeast(x, -siluClip), siluClip)
		s := e.sigmoid(x)
		d := e.oneMinus(s)
		VFMADD213PS(e.c(1), x, d)
		VMULPS(s, d, d)
		return d
	})
}
