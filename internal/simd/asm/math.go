package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The functions are those of simd's math32.go, with the same coefficients;
// TestAccuracy holds both to the same bounds.

const (
	signBit = 1 << 31
	absMask = signBit - 1

	log2e = 1.44269504088896341
	ln2Hi = 0.693359375
	ln2Lo = -2.12194440e-4

	// exp of less is 0 and of more +Inf, by the scaling.
	expLow, expHigh = -110, 90
	expZero         = -104

	erfMax, tanhMax    = 3.95, 9.01
	actClip, siluClip  = 16, 128
	sqrtHalf           = 0.70710678118654752
	invSqrt2Pi         = 0.39894228040143268
	geluTwice, geluCub = 2 * 0.79788456080286536, 0.044715
)

var (
	expQ = []float32{0.49999997, 0.16666543, 0.0416672, 0.0083665475, 0.0013882517}
	logP = []float32{0.3333333, -0.25000826, 0.2000125, -0.16623148, 0.14201032, -0.13161598, 0.12767772, -0.076385975}
	erfR = []float32{1.1283792, 0.6366194, 0.10277783, -0.019153066, -0.00016039105, 0.0016670227, -0.0006328344, 0.000117640615, -9.256195e-06}
)

var negativeInf = float32(math.Inf(-1))

func (e *emitter) preloadExp() {
	e.preload(log2e, ln2Hi, ln2Lo, 1)
	e.preload(expQ...)
}

// poly is c0 + c1·x + c2·x² + …
func (e *emitter) poly(x VecVirtual, c []float32) VecVirtual {
	p := e.vec()
	last := len(c) - 1
	VMOVUPS(e.c(c[last]), p)
	for i := last - 1; i >= 0; i-- {
		VFMADD213PS(e.c(c[i]), x, p)
	}
	return p
}

// with applies an instruction of two sources, the second of which is a constant.
func (e *emitter) with(op func(...Op), x float32, v VecVirtual) VecVirtual {
	r := e.vec()
	op(e.c(x), v, r)
	return r
}

// atMost and atLeast pass NaN on: the instructions return their last source
// (the first in this notation) if one is NaN.
func (e *emitter) atMost(v VecVirtual, high float32) VecVirtual {
	r := e.vec()
	VMINPS(v, e.reg(high), r)
	return r
}

func (e *emitter) atLeast(v VecVirtual, low float32) VecVirtual {
	r := e.vec()
	VMAXPS(v, e.reg(low), r)
	return r
}

func (e *emitter) abs(v VecVirtual) VecVirtual {
	r := e.vec()
	VANDPS(e.bits(absMask), v, r)
	return r
}

// copySign gives v, which is not negative, the sign of from.
func (e *emitter) copySign(v, from VecVirtual) {
	s := e.vec()
	VANDPS(e.bits(signBit), from, s)
	VORPS(s, v, v)
}

// expm1Core gives k and exp(r)-1 with exp(x) = 2^k·exp(r).
func (e *emitter) expm1Core(x VecVirtual) (k, p VecVirtual) {
	k = e.with(VMULPS, log2e, x)
	if e.wide {
		VRNDSCALEPS(Imm(8), k, k)
	} else {
		VROUNDPS(Imm(8), k, k)
	}
	r := e.vec()
	VMOVAPS(x, r)
	VFNMADD231PS(e.c(ln2Hi), k, r)
	VFNMADD231PS(e.c(ln2Lo), k, r)
	p = e.poly(r, expQ)
	square := e.vec()
	VMULPS(r, r, square)
	VFMADD213PS(r, square, p)
	return k, p
}

// scale is v·2^k, gradually down to 0 and up to Inf.
func (e *emitter) scale(v, k VecVirtual) {
	if e.wide {
		VSCALEFPS(k, v, v)
		return
	}
	n, half := YMM(), YMM() // in two steps: 2^k may lie outside float32
	VCVTPS2DQ(k, n)
	VPSRAD(Imm(1), n, half)
	VPSUBD(half, n, n)
	for _, h := range []VecVirtual{half, n} {
		e.pow2Bits(h)
		VMULPS(h, v, v)
	}
}

// pow2Bits turns integers into the floats 2^n.
func (e *emitter) pow2Bits(n VecVirtual) {
	VPADDD(e.bits(127), n, n)
	VPSLLD(Imm(23), n, n)
}

// pow2 is 2^k for k within the range of normal numbers.
func (e *emitter) pow2(k VecVirtual) VecVirtual {
	n := e.vec()
	VCVTPS2DQ(k, n)
	e.pow2Bits(n)
	return n
}

func (e *emitter) exp(x VecVirtual) VecVirtual {
	x = e.atMost(x, expHigh)
	if e.wide {
		k, p := e.expm1Core(e.atLeast(x, expLow))
		VADDPS(e.c(1), p, p)
		e.scale(p, k)
		return p
	}
	// Multiplications that underflow are slow, and masked rows are full of -Inf.
	const lessThan = 17
	none := YMM()
	VCMPPS(Imm(lessThan), e.c(expZero), x, none)
	VANDNPS(x, none, x)
	k, p := e.expm1Core(x)
	VADDPS(e.c(1), p, p)
	e.scale(p, k)
	VANDNPS(p, none, p)
	return p
}

func (e *emitter) tanh(x VecVirtual) VecVirtual {
	a := e.atMost(e.abs(x), tanhMax)
	VADDPS(a, a, a)
	k, p := e.expm1Core(a)
	s := e.pow2(k)
	less := e.vec()
	VSUBPS(e.c(1), s, less)
	VFMADD213PS(less, s, p)
	d := e.with(VADDPS, 2, p)
	VDIVPS(d, p, p)
	e.copySign(p, x)
	return p
}

func (e *emitter) sigmoid(x VecVirtual) VecVirtual {
	top, tail := e.logistic(x)
	return e.side(x, top, tail)
}

// sigmoidGrad is s = sigmoid(x) and s·(1-s). The latter is the product of both
// sides: 1-s from an s near 1 would have lost its digits.
func (e *emitter) sigmoidGrad(x VecVirtual) (s, slope VecVirtual) {
	top, tail := e.logistic(x)
	slope = e.vec()
	VMULPS(top, tail, slope)
	return e.side(x, top, tail), slope
}

// logistic is sigmoid(|x|) and sigmoid(-|x|).
func (e *emitter) logistic(x VecVirtual) (top, tail VecVirtual) {
	minus := e.vec()
	VORPS(e.bits(signBit), x, minus)
	tail = e.exp(minus)
	d := e.with(VADDPS, 1, tail)
	top = e.vec()
	VDIVPS(d, e.reg(1), top)
	VMULPS(top, tail, tail)
	return top, tail
}

// side is tail where x is negative, and top elsewhere, in top's register.
func (e *emitter) side(x, top, tail VecVirtual) VecVirtual {
	if e.wide {
		k := K()
		VPMOVD2M(x, k)
		VMOVAPS(tail, k, top)
	} else {
		VBLENDVPS(x, tail, top, top)
	}
	return top
}

func (e *emitter) erf(x VecVirtual) VecVirtual {
	a := e.atMost(e.abs(x), erfMax)
	r := e.poly(a, erfR)
	VMULPS(a, r, r)
	VXORPS(e.bits(signBit), r, r)
	k, p := e.expm1Core(r)
	s := e.pow2(k)
	one := e.vec()
	VMOVAPS(e.c(1), one)
	VSUBPS(s, one, one)
	VFNMADD213PS(one, s, p)
	e.copySign(p, x)
	return p
}

// cdf is the normal distribution function: ½ + ½·erf(x/√2).
func (e *emitter) cdf(x VecVirtual) VecVirtual {
	p := e.erf(e.with(VMULPS, sqrtHalf, x))
	VADDPS(e.c(1), p, p)
	return e.with(VMULPS, 0.5, p)
}

func (e *emitter) log(x VecVirtual) VecVirtual {
	const lessThan, equal, notAtLeast = 17, 0, 25 // predicates; the last holds for NaN
	m, n := e.with(VMULPS, 1<<23, x), e.vec()
	e.choose(lessThan, x, 0x1p-126, m, x, m) // numbers too small to have a full mantissa
	VPSUBD(e.bits(0x3f3504f3), m, m)
	VPSRAD(Imm(23), m, n)
	VCVTDQ2PS(n, n)
	e.choose(lessThan, x, 0x1p-126, e.with(VSUBPS, 23, n), n, n)
	e.and(0x7fffff, m)
	VPADDD(e.bits(0x3f3504f3), m, m)
	f := e.with(VSUBPS, 1, m)

	square := e.vec()
	VMULPS(f, f, square)
	r := e.poly(f, logP)
	VMULPS(f, r, r)
	VMULPS(square, r, r)
	VFMADD231PS(e.c(ln2Lo), n, r)
	VFNMADD231PS(e.c(0.5), square, r)
	VADDPS(f, r, r)
	VFMADD231PS(e.c(ln2Hi), n, r)

	e.choose(equal, x, -negativeInf, x, r, r)
	e.choose(equal, x, 0, e.c(negativeInf), r, r)
	e.choose(notAtLeast, x, 0, e.bits(0x7fc00000), r, r)
	return r
}

func (e *emitter) and(bits uint32, v VecVirtual) { VANDPS(e.bits(bits), v, v) }

// choose sets dst to yes where x compares with c, and to no elsewhere.
func (e *emitter) choose(predicate uint64, x VecVirtual, c float32, yes Op, no, dst VecVirtual) {
	if e.wide {
		k := K()
		VCMPPS(Imm(predicate), e.c(c), x, k)
		VBLENDMPS(yes, no, k, dst)
		return
	}
	m := YMM()
	VCMPPS(Imm(predicate), e.c(c), x, m)
	VBLENDVPS(m, yes, no, dst)
}
