package simd

// LayerNorm sets each row of dst to gamma·(x - mean)·rstd + beta, where rstd is 1/√(variance + eps)
// (Ba, Kiros and Hinton, 2016), and stores mean and rstd, one per row, for the gradient. dst may be
// x.
func LayerNorm(dst, x, gamma, beta, mean, rstd []float32, eps float32) {
	rows, n := len(mean), len(gamma)
	same4("LayerNorm", len(dst), len(x), rows*n, rows*n)
	same2("LayerNorm", n, len(beta))
	same2("LayerNorm", rows, len(rstd))
	if rows*n > 0 {
		active.normaliseRows(dst, x, gamma, beta, mean, rstd, rows, n, float64(eps))
	}
}

// LayerNormGrad sets dx to the gradient with respect to x of one row, given the gradient dy of its
// output and what LayerNorm stored. dx may be x or dy.
func LayerNormGrad(dx, x, gamma, dy []float32, mean, rstd float32) {
	same4("LayerNormGrad", len(dx), len(x), len(gamma), len(dy))
	if len(x) == 0 {
		return
	}
	sumG, sumGX := active.normaliseGradSums(x, gamma, dy, mean, rstd)
	n := float32(len(x))
	active.normaliseGrad(dx, x, gamma, dy, mean, rstd, sumG/n, sumGX/n)
}

// LayerNormGradParams adds one row's contribution to the gradients of gamma and beta.
func LayerNormGradParams(dgamma, dbeta, x, dy []float32, mean, rstd float32) {
	same4("LayerNormGradParams", len(dgamma), len(dbeta), len(x), len(dy))
	active.normaliseGradParams(dgamma, dbeta, x, dy, mean, rstd)
}
