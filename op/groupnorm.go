package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// GroupNorm normalises x (B, C, ...) over each of Groups equal groups of channels in each row, then
// multiplies by gamma (C) and adds beta (C) (Wu and He, 2018). Eps, 1e-5 in PyTorch, is added to
// the variance.
type GroupNorm struct {
	Groups int
	Eps    float64
}

// Name returns "group_norm".
func (GroupNorm) Name() string { return "group_norm" }

// OutShape returns x's shape.
func (n GroupNorm) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 3); err != nil {
		return nil, err
	}
	x := in[0]
	if len(x) < 2 {
		return nil, fmt.Errorf("x is %v, want (B, C, ...)", x)
	}
	if n.Groups < 1 || x[1]%n.Groups != 0 {
		return nil, fmt.Errorf("the %d channels of x %v do not divide into %d groups", x[1], x, n.Groups)
	}
	for _, v := range in[1:] {
		if len(v) != 1 || v[0] != x[1] {
			return nil, fmt.Errorf("x %v with gamma %v and beta %v: want gamma (C), beta (C)", x, in[1], in[2])
		}
	}
	return x.Clone(), nil
}

// BackwardReads lists x and gamma.
func (GroupNorm) BackwardReads() ([]bool, bool) { return []bool{true, true, false}, false }

// Float32 returns a new kernel.
func (n GroupNorm) Float32() Kernel[float32] { return &groupNorm[float32]{spec: n} }

// Float64 returns a new kernel.
func (n GroupNorm) Float64() Kernel[float64] { return &groupNorm[float64]{spec: n} }

type groupNorm[T Float] struct {
	spec              GroupNorm
	c, plane, size    int // size: numbers in a group
	x, y, g, dx       []T
	gamma, beta       []T
	shift, rstd       []T // per group and row: -mean, 1/√(variance + eps)
	sumG, sumGX       []T // per plane: Σ g and Σ g·x̂
	scratch           []T // x - mean if no dx is required
	forward, backward func(lo, hi int)
}

func (k *groupNorm[T]) Forward(in []Array[T], out Array[T]) error {
	s := in[0].Shape
	groups := s[0] * k.spec.Groups
	if k.forward == nil {
		k.c, k.plane = s[1], Size(s[2:])
		k.size = k.c / k.spec.Groups * k.plane
		k.shift, k.rstd = make([]T, groups), make([]T, groups)
		k.forward, k.backward = k.normalise, k.gradient
	}
	k.x, k.gamma, k.beta, k.y = in[0].Data, in[1].Data, in[2].Data, out.Data
	parallel.Rows(groups, grainOf(k.size), k.forward)
	return nil
}

// normalise handles the groups lo..hi, numbered across all rows.
func (k *groupNorm[T]) normalise(lo, hi int) {
	for i := lo; i < hi; i++ {
		x, y := k.x[i*k.size:(i+1)*k.size], k.y[i*k.size:(i+1)*k.size]
		mean := sum(x) / T(k.size)
		addScalar(y, -mean, x)
		rstd := T(1 / math.Sqrt(sumSquares(y)/float64(k.size)+k.spec.Eps))
		k.shift[i], k.rstd[i] = -mean, rstd
		for p := range k.size / k.plane {
			c := (i*k.size/k.plane + p) % k.c
			plane := y[p*k.plane : (p+1)*k.plane]
			scale(plane, k.gamma[c]*rstd, plane)
			addScalar(plane, k.beta[c], plane)
		}
	}
}

func (k *groupNorm[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	if k.sumG == nil {
		planes := len(k.x) / k.plane
		k.sumG, k.sumGX = make([]T, planes), make([]T, planes)
		if !din[0].Wanted() {
			k.scratch = make([]T, len(k.x))
		}
	}
	k.x, k.gamma, k.g, k.dx = in[0].Data, in[1].Data, grad.Data, din[0].Data
	parallel.Rows(len(k.shift), grainOf(k.size), k.backward)
	if din[1].Wanted() {
		columnSums(din[1].Data, k.sumGX)
	}
	if din[2].Wanted() {
		columnSums(din[2].Data, k.sumG)
	}
	return nil
}

// gradient handles the groups lo..hi. With x̂ = (x - mean)·rstd and sums over a group of n numbers,
// dx = rstd·(γ·g - Σ γ·g/n - x̂·Σ γ·g·x̂/n).
func (k *groupNorm[T]) gradient(lo, hi int) {
	centred := k.dx
	if centred == nil {
		centred = k.scratch
	}
	planes, n := k.size/k.plane, T(k.size)
	for i := lo; i < hi; i++ {
		rstd := k.rstd[i]
		first := i * planes
		var s, sx T
		for p := first; p < first+planes; p++ {
			g, d := k.g[p*k.plane:(p+1)*k.plane], centred[p*k.plane:(p+1)*k.plane]
			addScalar(d, k.shift[i], k.x[p*k.plane:(p+1)*k.plane])
			k.sumG[p] = sum(g)
			k.sumGX[p] = dot(g, d) * rstd
			s += k.gamma[p%k.c] * k.sumG[p]
			sx += k.gamma[p%k.c] * k.sumGX[p]
		}
		if k.dx == nil {
			continue
		}
		for p := first; p < first+planes; p++ {
			g, dx := k.g[p*k.plane:(p+1)*k.plane], k.dx[p*k.plane:(p+1)*k.plane]
			scale(dx, -rstd*rstd*sx/n, dx)
			axpy(dx, rstd*k.gamma[p%k.c], g)
			addScalar(dx, -rstd*s/n, dx)
		}
	}
}
