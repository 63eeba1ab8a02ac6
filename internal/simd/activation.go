package simd

// In all functions below, the slices have equal lengths, and dst may be the same slice as an input.
// NaN yields NaN; an infinity yields the limit. Errors are in units in the last place of the
// result, measured over the whole range.

// Exp sets dst = exp(x): within 1.1 units; 0 below -104, +Inf above 88.72.
func Exp(dst, x []float32) {
	same2("Exp", len(dst), len(x))
	active.exp(dst, x)
}

// ExpSum sets dst = exp(x - shift) and returns the sum of dst.
func ExpSum(dst, x []float32, shift float32) float32 {
	same2("ExpSum", len(dst), len(x))
	return active.expSum(dst, x, shift)
}

// Log sets dst to the natural logarithm of x: within 1 unit; -Inf at 0, NaN below.
func Log(dst, x []float32) {
	same2("Log", len(dst), len(x))
	active.log(dst, x)
}

// Tanh sets dst = tanh(x): within 2.5 units.
func Tanh(dst, x []float32) {
	same2("Tanh", len(dst), len(x))
	active.tanh(dst, x)
}

// Sigmoid sets dst = 1/(1 + exp(-x)): within 2.5 units, on the negative side too.
func Sigmoid(dst, x []float32) {
	same2("Sigmoid", len(dst), len(x))
	active.sigmoid(dst, x)
}

// Erf sets dst to the error function of x: within 3 units.
func Erf(dst, x []float32) {
	same2("Erf", len(dst), len(x))
	active.erf(dst, x)
}

// ReLU sets dst = max(x, 0).
func ReLU(dst, x []float32) {
	same2("ReLU", len(dst), len(x))
	active.relu(dst, x)
}

// ReLUGrad sets dst = g where y > 0, and 0 elsewhere; y is ReLU's input or output.
func ReLUGrad(dst, y, g []float32) {
	same3("ReLUGrad", len(dst), len(y), len(g))
	active.reluGrad(dst, y, g)
}

// GELU sets dst = x·Φ(x), with Φ the normal distribution function (Hendrycks and Gimpel, 2016). The
// error is below 1.5e-7·max(1, |x|), as is that of SiLU.
func GELU(dst, x []float32) {
	same2("GELU", len(dst), len(x))
	active.gelu(dst, x)
}

// GELUGrad sets dst = g · d GELU(x)/dx, within 3e-7·|g|.
func GELUGrad(dst, x, g []float32) {
	same3("GELUGrad", len(dst), len(x), len(g))
	active.geluGrad(dst, x, g)
}

// GELUTanh sets dst to the tanh approximation of GELU.
func GELUTanh(dst, x []float32) {
	same2("GELUTanh", len(dst), len(x))
	active.geluTanh(dst, x)
}

// GELUTanhGrad sets dst = g · d GELUTanh(x)/dx, within 3e-7·|g|.
func GELUTanhGrad(dst, x, g []float32) {
	same3("GELUTanhGrad", len(dst), len(x), len(g))
	active.geluTanhGrad(dst, x, g)
}

// SiLU sets dst = x·sigmoid(x).
func SiLU(dst, x []float32) {
	same2("SiLU", len(dst), len(x))
	active.silu(dst, x)
}

// SiLUGrad sets dst = g · d SiLU(x)/dx, within 1e-6·|g|.
func SiLUGrad(dst, x, g []float32) {
	same3("SiLUGrad", len(dst), len(x), len(g))
	active.siluGrad(dst, x, g)
}
