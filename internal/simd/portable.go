package simd

import "math"

// portable is the plain Go path.
var portable = kernels{
	name: "portable",

	add: addGo, sub: subGo, mul: mulGo, mulAdd: mulAddGo, larger: largerGo,
	scale: scaleGo, axpy: axpyGo, addScalar: addScalarGo, affine: affineGo,
	sum: sumGo, sumSquares: sumSquaresGo, dot: dotGo, max: maxGo,

	exp: expGo, log: logGo, tanh: tanhGo, sigmoid: sigmoidGo, erf: erfGo, expSum: expSumGo,
	relu: reluGo, gelu: geluGo, geluTanh: geluTanhGo, silu: siluGo,
	reluGrad: reluGradGo, geluGrad: geluGradGo, geluTanhGrad: geluTanhGradGo, siluGrad: siluGradGo,

	softmaxRows: softmaxRowsGo, softmaxRowsKeep: softmaxRowsKeepGo, softmaxGradRows: softmaxGradRowsGo,
	normaliseRows: normaliseRowsGo, normaliseGradSums: normaliseGradSumsGo,
	normaliseGrad: normaliseGradGo, normaliseGradParams: normaliseGradParamsGo,
	adamW: adamWGo, dropout: dropoutGo,
	gemm: gemmKernel{mr: 4, nr: 4, tile: tileGo, lanes: 4, transpose: transposeGo, copyRows: copyRowsGo, gather: gatherGo, pickRows: pickRowsGo},
}

func addGo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func subGo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func mulGo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func largerGo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		v := a[i]
		if b[i] > v {
			v = b[i]
		}
		dst[i] = v
	}
}

func mulAddGo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += a[i] * b[i]
	}
}

func scaleGo(dst []float32, alpha float32, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = alpha * x[i]
	}
}

func affineGo(dst []float32, alpha float32, x []float32, beta float32) {
	for i, v := range x {
		dst[i] = beta + alpha*v
	}
}

func axpyGo(dst []float32, alpha float32, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += alpha * x[i]
	}
}

func addScalarGo(dst []float32, alpha float32, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = alpha + x[i]
	}
}

// The sums below use eight lanes: the lanes do not wait for each other, and the rounding error
// grows with an eighth of the length.

func lanes(s *[8]float32) float32 {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

func sumGo(x []float32) float32 {
	var s [8]float32
	for ; len(x) >= 8; x = x[8:] {
		for l := range s {
			s[l] += x[l]
		}
	}
	for l, v := range x {
		s[l] += v
	}
	return lanes(&s)
}

func dotGo(a, b []float32) float32 {
	var s [8]float32
	for ; len(a) >= 8; a, b = a[8:], b[8:] {
		for l := range s {
			s[l] += a[l] * b[l]
		}
	}
	for l, v := range a {
		s[l] += v * b[l]
	}
	return lanes(&s)
}

func sumSquaresGo(x []float32) float64 {
	var s0, s1, s2, s3 float64
	for ; len(x) >= 4; x = x[4:] {
		a, b, c, d := float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		s0, s1, s2, s3 = s0+a*a, s1+b*b, s2+c*c, s3+d*d
	}
	for _, v := range x {
		s0 += float64(v) * float64(v)
	}
	return (s0 + s1) + (s2 + s3)
}

func maxGo(x []float32) float32 {
	m := float32(math.Inf(-1))
	for _, v := range x {
		if v > m {
			m = v
		}
	}
	return m
}
