package nn

import (
	"math"

	"github.com/chiasm-ml/chiasm/rng"
)

// A Key identifies a stream of random numbers; see its methods. Equal keys yield equal numbers.
type Key = rng.Key

// An Initializer fills a new parameter of the given shape from a random key.
type Initializer func(dst []float32, shape []int, key Key)

// Zeros fills with 0.
func Zeros(dst []float32, _ []int, _ rng.Key) { clear(dst) }

// Ones fills with 1.
func Ones(dst []float32, _ []int, _ rng.Key) {
	for i := range dst {
		dst[i] = 1
	}
}

// Constant fills with v.
func Constant(v float32) Initializer {
	return func(dst []float32, _ []int, _ rng.Key) {
		for i := range dst {
			dst[i] = v
		}
	}
}

// Normal draws from N(0, std²).
func Normal(std float64) Initializer {
	return func(dst []float32, _ []int, key rng.Key) {
		for i := range dst {
			dst[i] = float32(std * key.Normal(i))
		}
	}
}

// Uniform draws from [-bound, bound).
func Uniform(bound float64) Initializer {
	return func(dst []float32, _ []int, key rng.Key) {
		for i := range dst {
			dst[i] = float32(bound * (2*key.Float64(i) - 1))
		}
	}
}

// fans returns how many inputs each output of a weight reads, and how many outputs each input
// reaches. Weights are (out, in) or (out, in/groups, kh, kw).
func fans(shape []int) (in, out int) {
	if len(shape) == 0 {
		return 1, 1
	}
	if len(shape) < 2 {
		return shape[0], shape[0]
	}
	field := size(shape[2:])
	return shape[1] * field, shape[0] * field
}

// XavierUniform draws from ±sqrt(6 / (in + out)) (Glorot and Bengio, 2010).
func XavierUniform(dst []float32, shape []int, key rng.Key) {
	in, out := fans(shape)
	Uniform(math.Sqrt(6/float64(in+out)))(dst, shape, key)
}

// KaimingNormal draws from N(0, 2/in), for layers followed by a ReLU (He et al., 2015).
func KaimingNormal(dst []float32, shape []int, key rng.Key) {
	in, _ := fans(shape)
	Normal(math.Sqrt(2/float64(in)))(dst, shape, key)
}

// LeCunUniform draws from ±1/sqrt(in), the initialisation of PyTorch's Linear and Conv2d (LeCun et
// al., 1998).
func LeCunUniform(dst []float32, shape []int, key rng.Key) {
	in, _ := fans(shape)
	Uniform(1/math.Sqrt(float64(in)))(dst, shape, key)
}
