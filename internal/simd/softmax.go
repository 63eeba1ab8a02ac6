package simd

import "math"

// Softmax sets dst = exp(x - max x) / Σ exp(x - max x), for one row. Elements
// of -Inf get 0; a row of nothing else, such as a row of which all is masked,
// becomes all zeros. A row with a NaN or a +Inf becomes all NaN.
func Softmax(dst, x []float32) {
	same2("Softmax", len(dst), len(x))
	top := Max(x)
	if math.IsInf(float64(top), -1) {
		// All are -Inf or NaN: their differences to a finite number are so too.
		top = 0
	}
	sum := active.expSum(dst, x, top)
	if sum == 0 {
		return
	}
	active.scale(dst, 1/sum, dst)
}
