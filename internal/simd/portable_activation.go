package simd

func expGo(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = exp32(v)
	}
}

func logGo(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = log32(v)
	}
}

func tanhGo(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = tanh32(v)
	}
}

func sigmoidGo(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = sigmoid32(v)
	}
}

func erfGo(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = erf32(v)
	}
}

func geluGo(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = gelu32(v)
	}
}

func geluTanhGo(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = geluTanh32(v)
	}
}

func siluGo(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = silu32(v)
	}
}

func geluGradGo(dst, x, g []float32) {
	dst, g = dst[:len(x)], g[:len(x)]
	for i, v := range x {
		dst[i] = g[i] * geluGrad32(v)
	}
}

func geluTanhGradGo(dst, x, g []float32) {
	dst, g = dst[:len(x)], g[:len(x)]
	for i, v := range x {
		dst[i] = g[i] * geluTanhGrad32(v)
	}
}

func siluGradGo(dst, x, g []float32) {
	dst, g = dst[:len(x)], g[:len(x)]
	for i, v := range x {
		dst[i] = g[i] * siluGrad32(v)
	}
}

func expSumGo(dst, x []float32, shift float32) float32 {
	var s [8]float32
	dst = dst[:len(x)]
	for i, v := range x {
		e := exp32(v - shift)
		dst[i] = e
		s[i&7] += e
	}
	return lanes(&s)
}

func reluGo(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		if v < 0 { // and not !(v > 0): NaN stays
			v = 0
		}
		dst[i] = v
	}
}

func reluGradGo(dst, y, g []float32) {
	dst, g = dst[:len(y)], g[:len(y)]
	for i, v := range y {
		d := g[i]
		if !(v > 0) {
			d = 0
		}
		dst[i] = d
	}
}
