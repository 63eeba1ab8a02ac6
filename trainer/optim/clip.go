package optim

import "math"

// ClipNorm scales grads in place so that their Euclidean norm is at most max,
// and returns the norm they had before. A max of 0 or less measures only.
//
// If the norm is not finite nothing is scaled, and the norm that is returned
// says so: +Inf, or NaN. The caller must look at it before it takes a step.
//
// The factor is max / (norm + 1e-6), as in PyTorch's clip_grad_norm_. Squares
// are summed in float64, in blocks that depend on the length alone.
func ClipNorm(grads []float32, max float64) (norm float64) {
	norm = math.Sqrt(sumSquares(grads))
	if max > 0 && norm > max && !math.IsInf(norm, 0) {
		scale(grads, float32(max/(norm+1e-6)))
	}
	return norm
}

func sumSquares(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

func scale(x []float32, f float32) {
	for i := range x {
		x[i] *= f
	}
}
