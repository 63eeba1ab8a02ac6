package simd

import "math"

// Scalar float32 functions: the portable path, and the description of what the
// vector paths compute. The coefficients are minimax fits in float64 (least
// squares reweighted after Lawson, 1961), rounded to float32; accuracy is measured in
// TestAccuracy against package math. The vector paths fuse multiply and add and
// so may differ from these in the last place.

const (
	log2e = 1.44269504088896341

	// ln 2 in two parts (Cody and Waite, 1980): the first has 9 trailing zero
	// bits, so that n times it is exact for every exponent n.
	ln2Hi = 0.693359375
	ln2Lo = -2.12194440e-4

	// Adding and subtracting 1.5·2^23 rounds a float32 below 2^22 to an integer.
	roundMagic = 12582912

	// exp of less is 0, of more is +Inf.
	expMin = -104
	expMax = 88.72284

	// exp(r) = 1 + r + r²·(q0 + q1·r + … ), |r| <= ln(2)/2; error 1.4e-8.
	expQ0 = 0.49999997
	expQ1 = 0.16666543
	expQ2 = 0.0416672
	expQ3 = 0.0083665475
	expQ4 = 0.0013882517

	// log(1+f) = f - f²/2 + f³·(p0 + p1·f + …), 1+f in [√½, √2); error 5.9e-9.
	logP0 = 0.3333333
	logP1 = -0.25000826
	logP2 = 0.2000125
	logP3 = -0.16623148
	logP4 = 0.14201032
	logP5 = -0.13161598
	logP6 = 0.12767772
	logP7 = -0.076385975

	// erf(x) = 1 - exp(-s), s = x·(r0 + r1·x + …), 0 <= x <= 3.95; error 4e-9.
	// Beyond, erf rounds to 1.
	erfMax = 3.95
	erfR0  = 1.1283792
	erfR1  = 0.6366194
	erfR2  = 0.10277783
	erfR3  = -0.019153066
	erfR4  = -0.00016039105
	erfR5  = 0.0016670227
	erfR6  = -0.0006328344
	erfR7  = 0.000117640615
	erfR8  = -9.256195e-06

	// tanh rounds to ±1 from here on.
	tanhMax = 9.01

	sqrtHalf    = 0.70710678118654752
	invSqrt2Pi  = 0.39894228040143268
	geluTanhIn  = 0.79788456080286536 // √(2/π), Hendrycks and Gimpel, 2016
	geluTanhCub = 0.044715
)

// expm1Core reduces x, |x| < 128, to n and exp(r)-1 with exp(x) = 2^n·exp(r).
func expm1Core(x float32) (n int32, p float32) {
	t := x*log2e + roundMagic
	k := t - roundMagic
	r := x - k*ln2Hi
	r -= k * ln2Lo
	q := ((((expQ4*r+expQ3)*r+expQ2)*r+expQ1)*r + expQ0)
	return int32(k), r + r*r*q
}

// pow2 is 2^n for n in [-126, 127].
func pow2(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

func exp32(x float32) float32 {
	switch {
	case x > expMax:
		return float32(math.Inf(1))
	case x < expMin:
		return 0
	case x != x:
		return x
	}
	n, p := expm1Core(x)
	half := n >> 1 // two steps, for 2^n may be outside the range of a float32
	return (1 + p) * pow2(half) * pow2(n-half)
}

func log32(x float32) float32 {
	switch {
	case x == 0:
		return float32(math.Inf(-1))
	case !(x > 0):
		return float32(math.NaN())
	case x > math.MaxFloat32:
		return x
	}
	var n int32
	if x < 0x1p-126 {
		x *= 1 << 23
		n = -23
	}
	// Subtracting the bits of √½ makes the exponent count from there.
	b := math.Float32bits(x) - 0x3f3504f3
	n += int32(b) >> 23
	f := math.Float32frombits(b&0x7fffff+0x3f3504f3) - 1
	k := float32(n)
	p := ((((((logP7*f+logP6)*f+logP5)*f+logP4)*f+logP3)*f+logP2)*f+logP1)*f + logP0
	f2 := f * f
	return f2*f*p + k*ln2Lo - 0.5*f2 + f + k*ln2Hi
}

// tanh32 is e/(e+2) with e = exp(2|x|)-1, which loses nothing near 0.
func tanh32(x float32) float32 {
	a := atMost(abs32(x), tanhMax)
	n, p := expm1Core(2 * a)
	s := pow2(n)
	e := s*p + (s - 1)
	return copysign32(e/(e+2), x)
}

// sigmoid32 is exact to the last places on the negative side too.
func sigmoid32(x float32) float32 {
	s, _ := sigmoidGrad32(x)
	return s
}

// sigmoidGrad32 is s = sigmoid(x) and s·(1-s). The latter is the product of
// both sides: 1-s from an s near 1 would have lost its digits.
func sigmoidGrad32(x float32) (s, slope float32) {
	tail := exp32(-abs32(x))
	top := 1 / (1 + tail)
	tail *= top
	if x < 0 {
		return tail, top * tail
	}
	return top, top * tail
}

func erf32(x float32) float32 {
	a := atMost(abs32(x), erfMax)
	r := (((((((erfR8*a+erfR7)*a+erfR6)*a+erfR5)*a+erfR4)*a+erfR3)*a+erfR2)*a+erfR1)*a + erfR0
	n, p := expm1Core(-a * r)
	s := pow2(n)
	return copysign32((1-s)-s*p, x)
}

// The activations below are constant or the identity, to float32, outside
// ±actClip (±siluClip). Clipping keeps an infinity from meeting a zero.
const (
	actClip  = 16
	siluClip = 128
)

func gelu32(x float32) float32 {
	x = atLeast(x, -actClip)
	return 0.5 * x * (1 + erf32(x*sqrtHalf))
}

func geluGrad32(x float32) float32 {
	x = atMost(atLeast(x, -actClip), actClip)
	return 0.5*(1+erf32(x*sqrtHalf)) + x*(invSqrt2Pi*exp32(-0.5*x*x))
}

// geluTanh32 is x·σ(2u) = x·½(1+tanh u), u = √(2/π)·(x + 0.044715·x³).
func geluTanh32(x float32) float32 {
	x = atLeast(x, -actClip)
	return x * sigmoid32(2*geluTanhIn*(x+geluTanhCub*x*x*x))
}

func geluTanhGrad32(x float32) float32 {
	x = atMost(atLeast(x, -actClip), actClip)
	s, slope := sigmoidGrad32(2 * geluTanhIn * (x + geluTanhCub*x*x*x))
	return s + x*slope*(2*geluTanhIn*(1+3*geluTanhCub*x*x))
}

func silu32(x float32) float32 {
	x = atLeast(x, -siluClip)
	return x * sigmoid32(x)
}

func siluGrad32(x float32) float32 {
	x = atMost(atLeast(x, -siluClip), siluClip)
	s := sigmoid32(x)
	return s * (1 + x*(1-s))
}

// atLeast and atMost pass NaN on.

func atLeast(x, low float32) float32 {
	if x < low {
		return low
	}
	return x
}

func atMost(x, high float32) float32 {
	if x > high {
		return high
	}
	return x
}

func abs32(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

func copysign32(x, sign float32) float32 {
	const s = 1 << 31
	return math.Float32frombits(math.Float32bits(x)&^s | math.Float32bits(sign)&s)
}
