package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// RunningStats are the statistics of each channel that batch normalisation
// gathers in training for later evaluation. Momentum is the share of the
// newest batch; PyTorch's default is 0.1.
type RunningStats struct {
	Mean, Var []float32
	Momentum  float64
}

// BatchNorm2D normalises each channel of x (B, C, H, W) or (B, C) over the
// batch (Ioffe and Szegedy, 2015): gamma·(x - mean)/√(variance + Eps) + beta.
// Inputs are x, gamma (C), beta (C) and, optionally, row weights (B): a row of
// weight 0, such as padding of a short batch, is normalised, but does not count
// in the statistics. With no weight at all the running statistics stand in.
//
// The variance divides by n for normalising and by n - 1 for Running, which is
// changed only when a program commits a step.
type BatchNorm2D struct {
	Eps     float64
	Running *RunningStats
}

// Name is "batch_norm2d".
func (BatchNorm2D) Name() string { return "batch_norm2d" }

// channels checks x and the per-channel vectors that follow it.
func channels(x tensor.Shape, vectors []tensor.Shape) error {
	if len(x) != 4 && len(x) != 2 {
		return fmt.Errorf("x is %v, want (B, C, H, W) or (B, C)", x)
	}
	for _, v := range vectors {
		if len(v) != 1 || v[0] != x[1] {
			return fmt.Errorf("%v does not fit x %v: want one number for each of the %d channels", v, x, x[1])
		}
	}
	return nil
}

// OutShape is x's shape.
func (n BatchNorm2D) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 3 && len(in) != 4 {
		return nil, fmt.Errorf("%d inputs, want x, gamma, beta and perhaps row weights", len(in))
	}
	x := in[0]
	if err := channels(x, in[1:3]); err != nil {
		return nil, err
	}
	if len(in) == 4 && !equal(in[3], x[:1]) {
		return nil, fmt.Errorf("row weights %v do not fit x %v: want (B)", in[3], x)
	}
	if r := n.Running; r == nil || len(r.Mean) != x[1] || len(r.Var) != x[1] {
		return nil, fmt.Errorf("x %v has %d channels, and there are no running statistics of that length", x, x[1])
	}
	return x.Clone(), nil
}

// FixedInputs is the row weights.
func (BatchNorm2D) FixedInputs() []int { return []int{3} }

// BackwardReads is all but beta.
func (BatchNorm2D) BackwardReads() ([]bool, bool) { return []bool{true, true, false, true}, false }

// Float32 makes a kernel.
func (n BatchNorm2D) Float32() Kernel[float32] { return &batchNorm[float32]{spec: n} }

// Float64 makes a kernel.
func (n BatchNorm2D) Float64() Kernel[float64] { return &batchNorm[float64]{spec: n} }

type batchNorm[T Float] struct {
	spec  BatchNorm2D
	moved bool // statistics of a batch wait to be committed
	batchNormRun[T]
	count    float64   // weighted numbers a channel
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
	k.moved = k.count > 1 // of one number there is no variance
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

// channel normalises channel c while its numbers are in the cache. The variance
// takes a second pass, over x - mean in place of the output, for precision.
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

// Commit folds the statistics of the last batch into the running ones.
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
	share := k.weights
	if k.count == 0 {
		share = nil
	}
	k.gradients(in, grad, din, share, k.count)
	return nil
}

// BatchNorm2DEval is BatchNorm2D with given statistics: inputs x (B, C, H, W)
// or (B, C), gamma, beta, mean and variance, each (C).
type BatchNorm2DEval struct{ Eps float64 }

// Name is "batch_norm2d_eval".
func (BatchNorm2DEval) Name() string { return "batch_norm2d_eval" }

// OutShape is x's shape.
func (BatchNorm2DEval) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 5); err != nil {
		return nil, err
	}
	return in[0].Clone(), channels(in[0], in[1:])
}

// FixedInputs is the statistics.
func (BatchNorm2DEval) FixedInputs() []int { return []int{3, 4} }

// BackwardReads is x and gamma: the statistics are noted.
func (BatchNorm2DEval) BackwardReads() ([]bool, bool) {
	return []bool{true, true, false, false, false}, false
}

// Float32 makes a kernel.
func (n BatchNorm2DEval) Float32() Kernel[float32] { return &batchNormEval[float32]{eps: n.Eps} }

// Float64 makes a kernel.
func (n BatchNorm2DEval) Float64() Kernel[float64] { return &batchNormEval[float64]{eps: n.Eps} }

type batchNormEval[T Float] struct {
	eps float64
	batchNormRun[T]
}

func (k *batchNormEval[T]) Forward(in []Array[T], out Array[T]) error {
	k.begin(in, out)
	for c := range k.c {
		k.set(c, float64(in[3].Data[c]), float64(in[4].Data[c]), k.eps)
	}
	k.normalise()
	return nil
}

func (k *batchNormEval[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.gradients(in, grad, din, nil, 0)
	return nil
}

// batchNormRun is what normalising by statistics of either origin shares.
type batchNormRun[T Float] struct {
	b, c, plane         int
	x, y, g             []T
	gamma, beta         []T
	shift, rstd         []T // -mean and 1/√(variance + eps) of each channel
	dx, dgamma, dbeta   []T
	scratch             []T // x - mean where no dx is wanted
	share               []T // weight of each row in the statistics; nil if they are given
	count               T
	forwards, backwards func(lo, hi int)
}

// of is the plane of row b and channel c.
func (k *batchNormRun[T]) of(x []T, b, c int) []T {
	i := (b*k.c + c) * k.plane
	return x[i : i+k.plane]
}

func (k *batchNormRun[T]) begin(in []Array[T], out Array[T]) {
	if k.forwards == nil {
		s := in[0].Shape
		k.b, k.c, k.plane = s[0], s[1], Size(s[2:])
		k.shift, k.rstd = make([]T, k.c), make([]T, k.c)
		k.forwards = func(lo, hi int) {
			for p := lo; p < hi; p++ {
				b, c := p/k.c, p%k.c
				addScalar(k.of(k.y, b, c), k.shift[c], k.of(k.x, b, c))
				k.stretch(b, c)
			}
		}
		k.backwards = func(lo, hi int) {
			for c := lo; c < hi; c++ {
				k.channelGradient(c)
			}
		}
	}
	k.x, k.gamma, k.beta, k.y = in[0].Data, in[1].Data, in[2].Data, out.Data
}

// stretch turns x - mean into the output, in place.
func (k *batchNormRun[T]) stretch(b, c int) {
	y := k.of(k.y, b, c)
	scale(y, k.gamma[c]*k.rstd[c], y)
	addScalar(y, k.beta[c], y)
}

// set notes the statistics of channel c.
func (k *batchNormRun[T]) set(c int, mean, variance, eps float64) {
	k.shift[c] = -T(mean)
	k.rstd[c] = T(1 / math.Sqrt(variance+eps))
}

// normalise does all planes by statistics that are set.
func (k *batchNormRun[T]) normalise() {
	parallel.Rows(k.b*k.c, grainOf(k.plane), k.forwards)
}

func (k *batchNormRun[T]) gradients(in []Array[T], grad Array[T], din []Array[T], share []T, count float64) {
	k.x, k.gamma, k.g = in[0].Data, in[1].Data, grad.Data
	k.dx, k.dgamma, k.dbeta = din[0].Data, din[1].Data, din[2].Data
	k.share, k.count = share, T(count)
	if k.dx == nil && k.scratch == nil {
		k.scratch = make([]T, len(k.x))
	}
	parallel.Rows(k.c, grainOf(k.b*k.plane), k.backwards)
}

// channelGradient computes, with x̂ = (x - mean)·rstd and w a row's weight,
//
//	dβ = Σ g,  dγ = Σ g·x̂,  dx = γ·rstd·(g - w/n·(dβ + x̂·dγ)),
//
// where the last two terms are there if the statistics depend on x.
func (k *batchNormRun[T]) channelGradient(c int) {
	centred := k.dx
	if centred == nil {
		centred = k.scratch
	}
	var dbeta, dgamma T
	for b := range k.b {
		g, d := k.of(k.g, b, c), k.of(centred, b, c)
		addScalar(d, k.shift[c], k.of(k.x, b, c))
		dbeta += sum(g)
		dgamma += dot(g, d)
	}
	dgamma *= k.rstd[c]
	if k.dgamma != nil {
		k.dgamma[c] = dgamma
	}
	if k.dbeta != nil {
		k.dbeta[c] = dbeta
	}
	if k.dx == nil {
		return
	}
	a := k.gamma[c] * k.rstd[c]
	for b := range k.b {
		g, d := k.of(k.g, b, c), k.of(k.dx, b, c)
		if k.share == nil || k.share[b] == 0 {
			scale(d, a, g)
			continue
		}
		part := k.share[b] / k.count
		scale(d, -a*part*dgamma*k.rstd[c], d)
		axpy(d, a, g)
		addScalar(d, -a*part*dbeta, d)
	}
}
