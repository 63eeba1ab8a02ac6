package simd

import "math"

// LayerNorm sets dst = gamma·(x - mean)·rstd + beta for one row, where rstd is
// 1/√(variance + eps) (Ba, Kiros and Hinton, 2016), and returns what the
// gradient needs.
func LayerNorm(dst, x, gamma, beta []float32, eps float32) (mean, rstd float32) {
	same4("LayerNorm", len(dst), len(x), len(gamma), len(beta))
	if len(x) == 0 {
		return 0, 0
	}
	n := float32(len(x))
	mean = Sum(x) / n
	variance := active.centredSquares(x, mean) / n
	rstd = float32(1 / math.Sqrt(float64(variance)+float64(eps)))
	active.normalise(dst, x, gamma, beta, mean, rstd)
	return mean, rstd
}

// LayerNormGrad sets dx to the gradient with respect to x of one row, from the
// gradient dy of its output and what LayerNorm returned. dx may be x or dy.
func LayerNormGrad(dx, x, gamma, dy []float32, mean, rstd float32) {
	same4("LayerNormGrad", len(dx), len(x), len(gamma), len(dy))
	if len(x) == 0 {
		return
	}
	sumG, sumGX := active.normaliseGradSums(x, gamma, dy, mean, rstd)
	n := float32(len(x))
	active.normaliseGrad(dx, x, gamma, dy, mean, rstd, sumG/n, sumGX/n)
}

// LayerNormGradParams adds one row's share to the gradients of gamma and beta.
func LayerNormGradParams(dgamma, dbeta, x, dy []float32, mean, rstd float32) {
	same4("LayerNormGradParams", len(dgamma), len(dbeta), len(x), len(dy))
	active.normaliseGradParams(dgamma, dbeta, x, dy, mean, rstd)
}
