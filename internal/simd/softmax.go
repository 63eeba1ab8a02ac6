package simd

// Softmax sets dst = exp(x - max x) / Σ exp(x - max x), for one row. Elements of -Inf yield 0; a
// row that is entirely -Inf, such as a fully masked one, becomes all zeros. A row with a NaN or a
// +Inf becomes all NaN.
func Softmax(dst, x []float32) {
	same2("Softmax", len(dst), len(x))
	if len(x) > 0 {
		active.softmaxRows(dst, x, 1, len(x))
	}
}

// SoftmaxRows sets each row of dst, (rows, n), to the softmax of x's, over the columns j with
// keep[j] != 0 only; the others are 0. A nil keep keeps all. Otherwise it is like Softmax.
func SoftmaxRows(dst, x []float32, rows, n int, keep []float32) {
	same3("SoftmaxRows", len(dst), len(x), rows*n)
	switch {
	case rows*n == 0:
	case keep == nil:
		active.softmaxRows(dst, x, rows, n)
	default:
		same2("SoftmaxRows", n, len(keep))
		active.softmaxRowsKeep(dst, x, rows, n, keep)
	}
}

// SoftmaxGradRows sets dst to the gradient with respect to the input of a softmax with rows y,
// (rows, n), given the gradient g of y: y ⊙ (g - Σ y⊙g). dst may be y or g.
func SoftmaxGradRows(dst, y, g []float32, rows, n int) {
	same4("SoftmaxGradRows", len(dst), len(y), len(g), rows*n)
	if rows*n > 0 {
		active.softmaxGradRows(dst, y, g, rows, n)
	}
}
