package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// RunningStats are the per-channel statistics that batch normalisation accumulates in training for
// later evaluation. Momentum is the weight of the newest batch; PyTorch's default is 0.1.
type RunningStats struct {
	Mean, Var []float32
	Momentum  float64
}

// BatchNorm2D normalises each channel of x (B, C, H, W) or (B, C) over the batch (Ioffe and
// Szegedy, 2015): gamma·(x - mean)/√(variance + Eps) + beta. Inputs are x, gamma (C), beta (C) and,
// optionally, row weights (B): a row with weight 0, such as padding of a short batch, is normalised
// but excluded from the statistics. If all weights are 0, the running statistics are used.
//
// The variance is divided by n for normalising and by n - 1 for Running, which changes only when a
// program commits a step.
type BatchNorm2D struct {
	Eps     float64
	Running *RunningStats
}

// Name returns "batch_norm2d".
func (BatchNorm2D) Name() string { return "batch_norm2d" }

// channels checks x and the per-channel vectors that follow it.
func channels(x tensor.Shape, vectors []tensor.Shape) error {
	if len(x) != 4 && len(x) != 2 {
		return fmt.Errorf("x is %v, want (B, C, H, W) or (B, C)", x)
	}
	for _, v := range vectors {
		if len(v) != 1 || v[0] != x[1] {
			return fmt.Errorf("%v does not fit x %v: want one number for each of %d channels", v, x, x[1])
		}
	}
	return nil
}

// OutShape returns x's shape.
func (n BatchNorm2D) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 3 && len(in) != 4 {
		return nil, fmt.Errorf("%d inputs, want x, gamma, beta and optionally row weights", len(in))
	}
	x := in[0]
	if err := channels(x, in[1:3]); err != nil {
		return nil, err
	}
	if len(in) == 4 && !equal(in[3], x[:1]) {
		return nil, fmt.Errorf("row weights %v do not fit x %v: want (B)", in[3], x)
	}
	if r := n.Running; r == nil || len(r.Mean) != x[1] || len(r.Var) != x[1] {
		return nil, fmt.Errorf("x %v has %d channels, which differs from the length of the running statistics", x, x[1])
	}
	return x.Clone(), nil
}

// FixedInputs lists the row weights.
func (BatchNorm2D) FixedInputs() []int { return []int{3} }

// BackwardReads lists all but beta.
func (BatchNorm2D) BackwardReads() ([]bool, bool) { return []bool{true, true, false, true}, false }

// Float32 returns a new kernel.
func (n BatchNorm2D) Float32() Kernel[float32] { return &batchNorm[float32]{spec: n} }

// Float64 returns a new kernel.
func (n BatchNorm2D) Float64() Kernel[float64] { return &batchNorm[float64]{spec: n} }

type batchNorm[T Float] struct {
	spec  BatchNorm2D
	moved bool // batch statistics are waiting to be committed
	batchNormRun[T]
	count    float64   // weighted numbers per channel
	mean, sq []float64 // sq is the sum of weighted squared differences
	weights  []T
	ones     []T
	channels func(lo, hi int)
}

func (k *batchNorm[T]) Forward(in []Array[T], out Array[T]) error {
	if k.channels == nil {
		c := in[0].Shape[1]
		k.mean, k.sq = make([]float64, c), make([]float64, c)
		k.channels = func(lo, hi int) {
			for c := lo; c < hi; c++ {
				k.channel(c)
			}
		}
		if len(in) == 3 {
			k.ones = make([]T, in[0].Shape[0])
			fill(k.ones, 1)
		}
	}
	k.weights = k.ones
	if len(in) == 4 {
		k.weights = in[3].Data
	}
	k.begin(in, out)
	k.count = 0
	for _, w := range k.weights {
		k.count += float64(w) * float64(k.plane)
	}
	k.moved = k.count > 1 // a single number has no variance
	if k.count == 0 {
		for c := range k.c {
			k.set(c, float64(k.spec.Running.Mean[c]), float64(k.spec.Running.Var[c]), k.spec.Eps)
		}
		k.normalise()
		return nil
	}
	parallel.Rows(k.c, grainOf(k.b*k.plane), k.channels)
	return nil
}

// channel normalises channel c while its numbers are in the cache. The variance takes a second
// pass, over x - mean stored in the output, for precision.
func (k *batchNorm[T]) channel(c int) {
	total := 0.0
	for b, w := range k.weights {
		if w != 0 {
			total += float64(w) * float64(sum(k.of(k.x, b, c)))
		}
	}
	mean := total / k.count
	squares := 0.0
	for b, w := range k.weights {
		y := k.of(k.y, b, c)
		addScalar(y, -T(mean), k.of(k.x, b, c))
		if w != 0 {
			squares += float64(w) * sumSquares(y)
		}
	}
	k.mean[c], k.sq[c] = mean, squares
	k.set(c, mean, squares/k.count, k.spec.Eps)
	for b := range k.b {
		k.stretch(b, c)
	}
}

// Commit merges the statistics of the last batch into the running ones.
func (k *batchNorm[T]) Commit() {
	if !k.moved {
		return
	}
	k.moved = false
	r := k.spec.Running
	m := r.Momentum
	for c := range r.Mean {
		r.Mean[c] = float32((1-m)*float64(r.Mean[c]) + m*k.mean[c])
		r.Var[c] = float32((1-m)*float64(r.Var[c]) + m*k.sq[c]/(k.count-1))
	}
}

func (k *batchNorm[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.gradients(in, grad, din, k.weights, k.count)
	return nil
}
