package op

import (
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// ImageTokens turns every position of x (B, C, H, W) into a token of width C. Returns (B, H·W, C),
// positions in row-major order.
type ImageTokens struct{}

// Name returns "image_tokens".
func (ImageTokens) Name() string { return "image_tokens" }

// OutShape returns (B, H·W, C).
func (ImageTokens) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 1); err != nil {
		return nil, err
	}
	x := in[0]
	if err := images(x); err != nil {
		return nil, err
	}
	return tensor.Shape{x[0], x[2] * x[3], x[1]}, nil
}

// BackwardReads reports that the backward pass reads nothing.
func (ImageTokens) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 returns a new kernel.
func (ImageTokens) Float32() Kernel[float32] { return &imageTokens[float32]{} }

// Float64 returns a new kernel.
func (ImageTokens) Float64() Kernel[float64] { return &imageTokens[float64]{} }

type imageTokens[T Float] struct {
	dst, src   []T
	rows, cols int // of each matrix of src
	transpose  func(lo, hi int)
}

func (k *imageTokens[T]) Forward(in []Array[T], out Array[T]) error {
	x := in[0].Shape
	k.run(out.Data, in[0].Data, x[1], x[2]*x[3])
	return nil
}

func (k *imageTokens[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	x := in[0].Shape
	k.run(din[0].Data, grad.Data, x[2]*x[3], x[1])
	return nil
}

// bandWidth is the number of columns of a matrix that one task transposes.
const bandWidth = 64

// run transposes every (rows, cols) matrix of src.
func (k *imageTokens[T]) run(dst, src []T, rows, cols int) {
	if k.transpose == nil {
		k.transpose = k.bands
	}
	k.dst, k.src, k.rows, k.cols = dst, src, rows, cols
	n := len(src) / (rows * cols) * k.bandsPerMatrix()
	parallel.Rows(n, grainOf(bandWidth*rows), k.transpose)
}

func (k *imageTokens[T]) bandsPerMatrix() int { return (k.cols + bandWidth - 1) / bandWidth }

// bands transposes the bands lo..hi, numbered across all matrices.
func (k *imageTokens[T]) bands(lo, hi int) {
	n := k.bandsPerMatrix()
	for i := lo; i < hi; i++ {
		base := i / n * k.rows * k.cols
		src, dst := k.src[base:base+k.rows*k.cols], k.dst[base:base+k.rows*k.cols]
		c0 := i % n * bandWidth
		c1 := min(c0+bandWidth, k.cols)
		r := 0
		for ; r+8 <= k.rows; r += 8 {
			transpose8(dst[c0*k.rows+r:], src[r*k.cols:], k.rows, k.cols, c0, c1)
		}
		for ; r < k.rows; r++ {
			for c, v := range src[r*k.cols+c0 : r*k.cols+c1] {
				dst[(c0+c)*k.rows+r] = v
			}
		}
	}
}

// transpose8 moves columns c0..c1 of 8 rows of src, so that whole cache lines are read and pieces
// of 8 are written.
func transpose8[T Float](dst, src []T, rows, cols, c0, c1 int) {
	n := c1 - c0
	row := func(i int) []T { return src[i*cols+c0:][:n] }
	s0, s1, s2, s3, s4, s5, s6, s7 := row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7)
	for c := range n {
		d := dst[c*rows:][:8]
		d[0], d[1], d[2], d[3] = s0[c], s1[c], s2[c], s3[c]
		d[4], d[5], d[6], d[7] = s4[c], s5[c], s6[c], s7[c]
	}
}
