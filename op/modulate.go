package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Modulate scales and shifts the features of x with per-row parameters: x·(1 + gamma) + beta (Perez
// et al., 2018). The features are axis Axis of x (B, ...), of length C, and gamma and beta are (B,
// C). The axis is 1 for channels of images and the last for features of tokens.
type Modulate struct{ Axis int }

// Name returns "modulate".
func (Modulate) Name() string { return "modulate" }

// OutShape returns x's shape.
func (m Modulate) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 3); err != nil {
		return nil, err
	}
	x := in[0]
	if m.Axis < 1 || m.Axis >= len(x) {
		return nil, fmt.Errorf("x %v has no features at axis %d", x, m.Axis)
	}
	if c := (tensor.Shape{x[0], x[m.Axis]}); !equal(in[1], c) || !equal(in[2], c) {
		return nil, fmt.Errorf("gamma %v and beta %v do not fit x %v: want %v", in[1], in[2], x, c)
	}
	return x.Clone(), nil
}

// BackwardReads lists x and gamma.
func (Modulate) BackwardReads() ([]bool, bool) { return []bool{true, true, false}, false }

// Float32 returns a new kernel.
func (m Modulate) Float32() Kernel[float32] { return &modulate[float32]{axis: m.Axis} }

// Float64 returns a new kernel.
func (m Modulate) Float64() Kernel[float64] { return &modulate[float64]{axis: m.Axis} }

type modulate[T Float] struct {
	axis               int
	outer, c, inner    int // of a row of x: (outer, C, inner)
	x, gamma, beta     []T
	y, g               []T
	dx, dgamma, dbeta  []T
	forward, backwards func(lo, hi int)
}

func (k *modulate[T]) Forward(in []Array[T], out Array[T]) error {
	s := in[0].Shape
	if k.forward == nil {
		k.outer, k.c, k.inner = Size(s[1:k.axis]), s[k.axis], Size(s[k.axis+1:])
		k.forward, k.backwards = k.rows, k.gradients
	}
	k.x, k.gamma, k.beta, k.y = in[0].Data, in[1].Data, in[2].Data, out.Data
	parallel.Rows(s[0], grainOf(k.size()), k.forward)
	return nil
}

// size is the number of elements in a row of x.
func (k *modulate[T]) size() int { return k.outer * k.c * k.inner }

func (k *modulate[T]) rows(lo, hi int) {
	for b := lo; b < hi; b++ {
		gamma, beta := k.gamma[b*k.c:(b+1)*k.c], k.beta[b*k.c:(b+1)*k.c]
		for o := range k.outer {
			at := b*k.size() + o*k.c*k.inner
			if k.inner == 1 {
				x, y := k.x[at:at+k.c], k.y[at:at+k.c]
				add(y, x, beta)
				mulAdd(y, x, gamma)
				continue
			}
			for c := range k.c {
				x, y := k.x[at+c*k.inner:][:k.inner], k.y[at+c*k.inner:][:k.inner]
				scale(y, 1+gamma[c], x)
				addScalar(y, beta[c], y)
			}
		}
	}
}

func (k *modulate[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.x, k.gamma, k.g = in[0].Data, in[1].Data, grad.Data
	k.dx, k.dgamma, k.dbeta = din[0].Data, din[1].Data, din[2].Data
	clear(k.dgamma)
	clear(k.dbeta)
	parallel.Rows(in[0].Shape[0], grainOf(k.size()), k.backwards)
	return nil
}

func (k *modulate[T]) gradients(lo, hi int) {
	for i := lo * k.outer; i < hi*k.outer; i++ {
		b := i / k.outer
		at, of := i*k.c*k.inner, b*k.c
		if k.inner == 1 {
			k.featureGradients(at, of)
			continue
		}
		for c := range k.c {
			k.channelGradients(at+c*k.inner, of+c)
		}
	}
}

// featureGradients handles C contiguous features that start at at, in the row whose gamma starts at
// of.
func (k *modulate[T]) featureGradients(at, of int) {
	g := k.g[at : at+k.c]
	if k.dx != nil {
		dx := k.dx[at : at+k.c]
		copy(dx, g)
		mulAdd(dx, g, k.gamma[of:of+k.c])
	}
	if k.dgamma != nil {
		mulAdd(k.dgamma[of:of+k.c], g, k.x[at:at+k.c])
	}
	if k.dbeta != nil {
		d := k.dbeta[of : of+k.c]
		add(d, d, g)
	}
}

// channelGradients handles one channel that starts at at, with gamma at index of.
func (k *modulate[T]) channelGradients(at, of int) {
	g := k.g[at : at+k.inner]
	if k.dx != nil {
		scale(k.dx[at:at+k.inner], 1+k.gamma[of], g)
	}
	if k.dgamma != nil {
		k.dgamma[of] += dot(g, k.x[at:at+k.inner])
	}
	if k.dbeta != nil {
		k.dbeta[of] += sum(g)
	}
}
