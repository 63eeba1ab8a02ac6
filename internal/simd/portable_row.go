package simd

import (
	"math"

	"github.com/chiasm-ml/chiasm/rng"
)

func softmaxRowsGo(dst, x []float32, rows, n int) {
	for ; rows > 0; rows-- {
		softmaxGo(dst[:n], x[:n])
		dst, x = dst[n:], x[n:]
	}
}

func softmaxRowsKeepGo(dst, x []float32, rows, n int, keep []float32) {
	for ; rows > 0; rows-- {
		for j, k := range keep {
			if dst[j] = x[j]; k == 0 {
				dst[j] = float32(math.Inf(-1))
			}
		}
		softmaxGo(dst[:n], dst[:n])
		dst, x = dst[n:], x[n:]
	}
}

func softmaxGo(dst, x []float32) {
	top := maxGo(x)
	if top < -math.MaxFloat32 {
		top = 0 // all are -Inf or NaN: their differences to 0 are so too
	}
	sum := expSumGo(dst, x, top)
	if sum != 0 {
		scaleGo(dst, 1/sum, dst)
	}
}

func softmaxGradRowsGo(dst, y, g []float32, rows, n int) {
	for ; rows > 0; rows-- {
		sum := dotGo(y[:n], g[:n])
		for j, v := range y[:n] {
			dst[j] = v * (g[j] - sum)
		}
		dst, y, g = dst[n:], y[n:], g[n:]
	}
}

func centredSquaresGo(x []float32, mean float32) float32 {
	var s [8]float32
	for i, v := range x {
		d := v - mean
		s[i&7] += d * d
	}
	return lanes(&s)
}

func normaliseRowsGo(dst, x, gamma, beta, mean, rstd []float32, rows, n int, eps float64) {
	gamma, beta = gamma[:n], beta[:n]
	for r := range rows {
		row, to := x[r*n:(r+1)*n], dst[r*n:(r+1)*n]
		m := sumGo(row) / float32(n)
		s := float32(1 / math.Sqrt(float64(centredSquaresGo(row, m)/float32(n))+eps))
		for i, v := range row {
			to[i] = (v-m)*s*gamma[i] + beta[i]
		}
		mean[r], rstd[r] = m, s
	}
}

func normaliseGradSumsGo(x, gamma, dy []float32, mean, rstd float32) (sumG, sumGX float32) {
	var g, gx [8]float32
	gamma, dy = gamma[:len(x)], dy[:len(x)]
	for i, v := range x {
		d := gamma[i] * dy[i]
		g[i&7] += d
		gx[i&7] += d * (v - mean)
	}
	return lanes(&g), lanes(&gx) * rstd
}

// meanG and meanGX are the row's means of gamma·dy and gamma·dy·(x - mean)·rstd.
func normaliseGradGo(dx, x, gamma, dy []float32, mean, rstd, meanG, meanGX float32) {
	dx, gamma, dy = dx[:len(x)], gamma[:len(x)], dy[:len(x)]
	for i, v := range x {
		dx[i] = (gamma[i]*dy[i] - meanG - (v-mean)*rstd*meanGX) * rstd
	}
}

func normaliseGradParamsGo(dgamma, dbeta, x, dy []float32, mean, rstd float32) {
	dgamma, dbeta, dy = dgamma[:len(x)], dbeta[:len(x)], dy[:len(x)]
	for i, v := range x {
		d := dy[i]
		dgamma[i] += d * ((v - mean) * rstd)
		dbeta[i] += d
	}
}

func adamWGo(p, m, v, g []float32, beta1, gain1, beta2, gain2, gradScale, decay, step, rootC2, eps float32) {
	p, m, v = p[:len(g)], m[:len(g)], v[:len(g)]
	for i, d := range g {
		d *= gradScale
		// The conversions keep a compiler from fusing products with sums.
		a := float32(beta1*m[i]) + float32(gain1*d)
		b := float32(beta2*v[i]) + float32(gain2*d*d)
		m[i], v[i] = a, b
		root := float32(math.Sqrt(float64(b)))
		p[i] = float32(p[i]*decay) - step*a/(float32(root*rootC2)+eps)
	}
}

func dropoutGo(dst, x []float32, state uint64, threshold uint32, scale float32) {
	dst = dst[:len(x)]
	key := rng.Key(state)
	for i, v := range x {
		if uint32(key.Uint64(i)>>32) < threshold {
			dst[i] = 0
		} else {
			dst[i] = v * scale
		}
	}
}
