package op

import (
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// ImageTokens makes every position of x (B, C, H, W) a token of width C:
// (B, H·W, C), positions in reading order.
type ImageTokens struct{}

// Name is "image_tokens".
func (ImageTokens) Name() string { return "image_tokens" }

// OutShape is (B, H·W, C).
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

// BackwardReads is nothing.
func (ImageTokens) BackwardReads() ([]bool, bool) { return []bool{false}, false }

// Float32 makes a kernel.
func (ImageTokens) Float32() Kernel[float32] { return &imageTokens[float32]{} }

// Float64 makes a kernel.
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

// transposeBlock is the side of the squares that a transpose goes by: a cache
// line of float32.
const transposeBlock = 16

// run transposes every (rows, cols) matrix of src.
func (k *imageTokens[T]) run(dst, src []T, rows, cols int) {
	if k.transpose == nil {
		k.transpose = k.bands
	}
	k.dst, k.src, k.rows, k.cols = dst, src, rows, cols
	n := len(src) / (rows * cols) * k.bandsPerMatrix()
	parallel.Rows(n, grainOf(transposeBlock*rows), k.transpose)
}

func (k *imageTokens[T]) bandsPerMatrix() int {
	return (k.cols + transposeBlock - 1) / transposeBlock
}

// bands transposes bands of transposeBlock columns.
func (k *imageTokens[T]) bands(lo, hi int) {
	n := k.bandsPerMatrix()
	for i := lo; i < hi; i++ {
		base := i / n * k.rows * k.cols
		src, dst := k.src[base:base+k.rows*k.cols], k.dst[base:base+k.rows*k.cols]
		c0 := i % n * transposeBlock
		c1 := min(c0+transposeBlock, k.cols)
		for r0 := 0; r0 < k.rows; r0 += transposeBlock {
			r1 := min(r0+transposeBlock, k.rows)
			for c := c0; c < c1; c++ {
				d := dst[c*k.rows+r0 : c*k.rows+r1]
				for j := range d {
					d[j] = src[(r0+j)*k.cols+c]
				}
			}
		}
	}
}
