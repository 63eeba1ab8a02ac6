package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/internal/simd"
)

// LayerNorm normalises each row of x (..., D) to mean 0 and variance 1, then
// multiplies by gamma (D) and adds beta (D) (Ba, Kiros and Hinton, 2016). Eps,
// 1e-5 in PyTorch, is added to the variance.
type LayerNorm struct{ Eps float64 }

// Name returns "layer_norm".
func (LayerNorm) Name() string { return "layer_norm" }

// OutShape returns x's shape.
func (LayerNorm) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 3); err != nil {
		return nil, err
	}
	x := in[0]
	for _, v := range in[1:] {
		if len(x) == 0 || len(v) != 1 || v[0] != last(x) {
			return nil, fmt.Errorf("x %v with gamma %v and beta %v: want x (..., D), gamma (D), beta (D)", x, in[1], in[2])
		}
	}
	return x.Clone(), nil
}

// BackwardReads lists x and gamma.
func (LayerNorm) BackwardReads() ([]bool, bool) { return []bool{true, true, false}, false }

// Float32 returns a new kernel.
func (n LayerNorm) Float32() Kernel[float32] { return &layerNorm[float32]{eps: n.Eps} }

// Float64 returns a new kernel.
func (n LayerNorm) Float64() Kernel[float64] { return &layerNorm[float64]{eps: n.Eps} }

type layerNorm[T Float] struct {
	eps               float64
	d, rows, block    int // block: rows whose dgamma and dbeta are summed together
	x, y, g, dx       []T
	gamma, beta       []T
	mean, rstd        []T
	partial           []T // dgamma and dbeta of each block
	forward, backward func(lo, hi int)
}

// normBlocks limits the number of partial sums of dgamma and dbeta.
const normBlocks = 64

func (k *layerNorm[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		k.d, k.rows = last(in[0].Shape), rows(in[0].Shape)
		k.mean, k.rstd = make([]T, k.rows), make([]T, k.rows)
		k.block = max(grainOf(k.d), (k.rows+normBlocks-1)/normBlocks)
		k.forward = func(lo, hi int) {
			x, y := k.x[lo*k.d:hi*k.d], k.y[lo*k.d:hi*k.d]
			normRows(y, x, k.gamma, k.beta, k.mean[lo:hi], k.rstd[lo:hi], k.eps)
		}
	}
	k.x, k.gamma, k.beta, k.y = in[0].Data, in[1].Data, in[2].Data, out.Data
	parallel.Rows(k.rows, grainOf(k.d), k.forward)
	return nil
}

func normRows[T Float](y, x, gamma, beta, mean, rstd []T, eps float64) {
	if isFloat32[T]() {
		simd.LayerNorm(f32(y), f32(x), f32(gamma), f32(beta), f32(mean), f32(rstd), float32(eps))
		return
	}
	n := len(gamma)
	for r := range mean {
		x, y := x[r*n:(r+1)*n], y[r*n:(r+1)*n]
		mean[r] = sum(x) / T(n)
		addScalar(y, -mean[r], x)
		rstd[r] = T(1 / math.Sqrt(sumSquares(y)/float64(n)+eps))
		for i, v := range y {
			y[i] = v*rstd[r]*gamma[i] + beta[i]
		}
	}
}

func normRowGrad[T Float](dx, x, gamma, g []T, mean, rstd T) {
	if isFloat32[T]() {
		simd.LayerNormGrad(f32(dx), f32(x), f32(gamma), f32(g), float32(mean), float32(rstd))
		return
	}
	var s, sx T
	for i, v := range x {
		s += gamma[i] * g[i]
		sx += gamma[i] * g[i] * (v - mean) * rstd
	}
	n := T(len(x))
	for i, v := range x {
		dx[i] = rstd * (gamma[i]*g[i] - s/n - (v-mean)*rstd*sx/n)
	}
}

func normRowGradParams[T Float](dgamma, dbeta, x, g []T, mean, rstd T) {
	if isFloat32[T]() {
		simd.LayerNormGradParams(f32(dgamma), f32(dbeta), f32(x), f32(g), float32(mean), float32(rstd))
		return
	}
	for i, v := range x {
		dgamma[i] += g[i] * (v - mean) * rstd
		dbeta[i] += g[i]
	}
}

func (k *layerNorm[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	if k.backward == nil {
		blocks := (k.rows + k.block - 1) / k.block
		k.partial = make([]T, blocks*2*k.d)
		k.backward = k.blockGradient
	}
	k.x, k.gamma, k.g, k.dx = in[0].Data, in[1].Data, grad.Data, din[0].Data
	parallel.Rows(k.rows, k.block, k.backward)
	k.total(din[1].Data, 0)
	k.total(din[2].Data, k.d)
	return nil
}

// blockGradient handles one block of rows.
func (k *layerNorm[T]) blockGradient(lo, hi int) {
	at := lo / k.block * 2 * k.d
	dgamma, dbeta := k.partial[at:at+k.d], k.partial[at+k.d:at+2*k.d]
	clear(dgamma)
	clear(dbeta)
	for r := lo; r < hi; r++ {
		i := r * k.d
		x, g := k.x[i:i+k.d], k.g[i:i+k.d]
		if k.dx != nil {
			normRowGrad(k.dx[i:i+k.d], x, k.gamma, g, k.mean[r], k.rstd[r])
		}
		normRowGradParams(dgamma, dbeta, x, g, k.mean[r], k.rstd[r])
	}
}

// total sets dst to the sum of the partial sums that start at offset.
func (k *layerNorm[T]) total(dst []T, offset int) {
	if dst == nil {
		return
	}
	clear(dst)
	for at := offset; at < len(k.partial); at += 2 * k.d {
		add(dst, dst, k.partial[at:at+k.d])
	}
}
