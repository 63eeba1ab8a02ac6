package optim

import (
	"math"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/internal/simd"
)

// ClipNorm scales grads in place so that their Euclidean norm is at most max, and returns the
// original norm. A max of 0 or less only measures.
//
// If the norm is not finite, nothing is scaled and the returned norm is +Inf or NaN. The caller
// must check it before taking a step.
//
// The factor is max / (norm + 1e-6), as in PyTorch's clip_grad_norm_. Squares are summed in
// float64, in blocks that depend only on the length.
func ClipNorm(grads []float32, max float64) (norm float64) {
	c := borrowClipper()
	defer c.giveBack()
	c.x = grads
	norm = math.Sqrt(c.sumSquares())
	if max > 0 && norm > max && !math.IsInf(norm, 0) {
		c.factor = float32(max / (norm + 1e-6))
		parallel.Rows(len(grads), grain, c.scale)
	}
	return norm
}

// clipBlocks is the maximum number of blocks whose squares are summed separately.
const clipBlocks = 64

// A clipper holds the working memory of one call. Clippers are reused, so that no call allocates; a
// channel keeps them, since the garbage collector empties a sync.Pool.
type clipper struct {
	x      []float32
	factor float32
	block  int
	sums   [clipBlocks]float64

	sum, scale func(lo, hi int)
}

var idleClippers = make(chan *clipper, 4)

func borrowClipper() *clipper {
	select {
	case c := <-idleClippers:
		return c
	default:
	}
	c := &clipper{}
	c.sum = func(lo, hi int) { c.sums[lo/c.block] = simd.SumSquares(c.x[lo:hi]) }
	c.scale = func(lo, hi int) { simd.Scale(c.x[lo:hi], c.factor, c.x[lo:hi]) }
	return c
}

func (c *clipper) giveBack() {
	c.x = nil
	select {
	case idleClippers <- c:
	default:
	}
}

func (c *clipper) sumSquares() float64 {
	n := len(c.x)
	c.block = max(grain, (n+clipBlocks-1)/clipBlocks)
	parallel.Rows(n, c.block, c.sum)
	total := 0.0
	for i := 0; i*c.block < n; i++ {
		total += c.sums[i]
	}
	return total
}
