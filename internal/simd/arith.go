package simd

// In all functions below, the slices have equal lengths, and dst may be the same slice as an input.

// Add sets dst = a + b.
func Add(dst, a, b []float32) {
	same3("Add", len(dst), len(a), len(b))
	active.add(dst, a, b)
}

// Sub sets dst = a - b.
func Sub(dst, a, b []float32) {
	same3("Sub", len(dst), len(a), len(b))
	active.sub(dst, a, b)
}

// Mul sets dst = a · b, elementwise.
func Mul(dst, a, b []float32) {
	same3("Mul", len(dst), len(a), len(b))
	active.mul(dst, a, b)
}

// MulAdd adds a · b to dst, elementwise.
func MulAdd(dst, a, b []float32) {
	same3("MulAdd", len(dst), len(a), len(b))
	active.mulAdd(dst, a, b)
}

// Scale sets dst = alpha · x.
func Scale(dst []float32, alpha float32, x []float32) {
	same2("Scale", len(dst), len(x))
	active.scale(dst, alpha, x)
}

// Axpy adds alpha · x to dst.
func Axpy(dst []float32, alpha float32, x []float32) {
	same2("Axpy", len(dst), len(x))
	active.axpy(dst, alpha, x)
}

// Affine sets dst = alpha · x + beta.
func Affine(dst []float32, alpha float32, x []float32, beta float32) {
	same2("Affine", len(dst), len(x))
	active.affine(dst, alpha, x, beta)
}

// AddScalar sets dst = alpha + x.
func AddScalar(dst []float32, alpha float32, x []float32) {
	same2("AddScalar", len(dst), len(x))
	active.addScalar(dst, alpha, x)
}
