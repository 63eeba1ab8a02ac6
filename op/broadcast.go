package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Add adds two inputs with broadcasting: shapes are aligned at their last axes, and an axis that is
// missing or of length 1 is repeated.
type Add struct{}

// Name returns "add".
func (Add) Name() string { return "add" }

// OutShape returns the broadcast shape.
func (Add) OutShape(in []tensor.Shape) (tensor.Shape, error) { return broadcastShape(in) }

// BackwardReads reports that the backward pass reads nothing.
func (Add) BackwardReads() ([]bool, bool) { return []bool{false, false}, false }

func (Add) passGradient(in []tensor.Shape) bool { return equal(in[0], in[1]) }

// Float32 returns a new kernel.
func (Add) Float32() Kernel[float32] { return &pairwise[float32]{} }

// Float64 returns a new kernel.
func (Add) Float64() Kernel[float64] { return &pairwise[float64]{} }

// Mul multiplies two inputs elementwise, with broadcasting as in Add.
type Mul struct{}

// Name returns "mul".
func (Mul) Name() string { return "mul" }

// OutShape returns the broadcast shape.
func (Mul) OutShape(in []tensor.Shape) (tensor.Shape, error) { return broadcastShape(in) }

// BackwardReads lists both inputs.
func (Mul) BackwardReads() ([]bool, bool) { return []bool{true, true}, false }

// Float32 returns a new kernel.
func (Mul) Float32() Kernel[float32] { return &pairwise[float32]{product: true} }

// Float64 returns a new kernel.
func (Mul) Float64() Kernel[float64] { return &pairwise[float64]{product: true} }

func broadcastShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 2); err != nil {
		return nil, err
	}
	a, b := in[0], in[1]
	out := make(tensor.Shape, max(len(a), len(b)))
	for i := range out {
		x, y := axisOf(a, i, len(out)), axisOf(b, i, len(out))
		if x != y && x != 1 && y != 1 {
			return nil, fmt.Errorf("shapes %v and %v do not broadcast: axes of length %d and %d", a, b, x, y)
		}
		out[i] = max(x, y)
	}
	return out, nil
}

// axisOf is the length of axis i of s when its end is aligned with that of a shape of rank n.
func axisOf(s tensor.Shape, i, n int) int {
	if j := i - (n - len(s)); j >= 0 {
		return s[j]
	}
	return 1
}

// walk describes how two inputs are traversed along an output. Adjacent axes that both repeat, or
// both do not, are merged. The last axis is the inner loop.
type walk struct {
	dims  []int
	steps [2][]int // per axis, in elements; 0 if the input is repeated
}

func newWalk(a, b, out tensor.Shape) walk {
	var w walk
	type axis struct{ n, a, b int }
	var axes []axis
	sa, sb := 1, 1
	for i := len(out) - 1; i >= 0; i-- {
		x := axis{n: out[i]}
		if axisOf(a, i, len(out)) > 1 {
			x.a = sa
		}
		if axisOf(b, i, len(out)) > 1 {
			x.b = sb
		}
		sa *= axisOf(a, i, len(out))
		sb *= axisOf(b, i, len(out))
		if out[i] == 1 {
			continue
		}
		if k := len(axes) - 1; k >= 0 && (axes[k].a > 0) == (x.a > 0) && (axes[k].b > 0) == (x.b > 0) {
			axes[k].n *= x.n
			continue
		}
		axes = append(axes, x)
	}
	if len(axes) == 0 {
		axes = []axis{{1, 1, 1}}
	}
	for i := len(axes) - 1; i >= 0; i-- {
		w.dims = append(w.dims, axes[i].n)
		w.steps[0] = append(w.steps[0], axes[i].a)
		w.steps[1] = append(w.steps[1], axes[i].b)
	}
	return w
}

func (w *walk) inner() int { return w.dims[len(w.dims)-1] }

func (w *walk) outer() int {
	n := 1
	for _, d := range w.dims[:len(w.dims)-1] {
		n *= d
	}
	return n
}

// at returns the offset of each input in the i-th run of the inner loop.
func (w *walk) at(i int) (a, b int) {
	for k := len(w.dims) - 2; k >= 0; k-- {
		j := i % w.dims[k]
		i /= w.dims[k]
		a += j * w.steps[0][k]
		b += j * w.steps[1][k]
	}
	return a, b
}

// repeats reports whether input x is repeated anywhere.
func (w *walk) repeats(x int) bool {
	for i, s := range w.steps[x] {
		if s == 0 && w.dims[i] > 1 {
			return true
		}
	}
	return false
}

type pairwise[T Float] struct {
	product bool
	walk    walk
	ready   bool
	x       [2][]T
	y, g    []T
	dx      []T
	operand int // whose gradient backward computes

	forward, backward func(lo, hi int)
}

func (k *pairwise[T]) Forward(in []Array[T], out Array[T]) error {
	if !k.ready {
		k.walk = newWalk(in[0].Shape, in[1].Shape, out.Shape)
		k.forward, k.backward, k.ready = k.forwardRuns, k.backwardRuns, true
	}
	k.x, k.y = [2][]T{in[0].Data, in[1].Data}, out.Data
	if k.walk.outer() == 1 { // a single run: split the run itself
		parallel.Rows(k.walk.inner(), elementGrain, k.forward)
		return nil
	}
	parallel.Rows(k.walk.outer(), 1+elementGrain/k.walk.inner(), k.forward)
	return nil
}

func (k *pairwise[T]) forwardRuns(lo, hi int) {
	n, m := k.walk.inner(), len(k.walk.dims)-1
	sa, sb := k.walk.steps[0][m], k.walk.steps[1][m]
	if k.walk.outer() == 1 {
		k.run(k.y[lo:hi], k.x[0][lo*sa:], k.x[1][lo*sb:], sa, sb)
		return
	}
	for i := lo; i < hi; i++ {
		a, b := k.walk.at(i)
		k.run(k.y[i*n:(i+1)*n], k.x[0][a:], k.x[1][b:], sa, sb)
	}
}

// run computes one inner loop; a step of 0 means a repeated number.
func (k *pairwise[T]) run(y, a, b []T, sa, sb int) {
	n := len(y)
	if sa == 0 {
		a, b, sa, sb = b, a, sb, sa
	}
	switch {
	case sa > 0 && sb > 0 && k.product:
		mul(y, a[:n], b[:n])
	case sa > 0 && sb > 0:
		add(y, a[:n], b[:n])
	case sa > 0 && k.product:
		scale(y, b[0], a[:n])
	case sa > 0:
		for i, v := range a[:n] {
			y[i] = v + b[0]
		}
	default: // n == 1
		y[0] = a[0] + b[0]
		if k.product {
			y[0] = a[0] * b[0]
		}
	}
}

func (k *pairwise[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.x, k.g = [2][]T{in[0].Data, in[1].Data}, grad.Data
	for o := range din {
		if !din[o].Wanted() {
			continue
		}
		k.operand, k.dx = o, din[o].Data
		if k.walk.repeats(o) { // a sum over the repeats, in a fixed order
			clear(k.dx)
			k.backwardRuns(0, k.walk.outer())
		} else if k.walk.outer() == 1 {
			k.backwardRuns(0, 1)
		} else {
			parallel.Rows(k.walk.outer(), 1+elementGrain/k.walk.inner(), k.backward)
		}
	}
	return nil
}

func (k *pairwise[T]) backwardRuns(lo, hi int) {
	n, m := k.walk.inner(), len(k.walk.dims)-1
	mine, other := k.walk.steps[k.operand][m], k.walk.steps[1-k.operand][m]
	sums := k.walk.repeats(k.operand)
	for i := lo; i < hi; i++ {
		a, b := k.walk.at(i)
		if k.operand == 1 {
			a, b = b, a
		}
		g, x := k.g[i*n:(i+1)*n], k.x[1-k.operand][b:]
		switch {
		case mine == 0 && n > 1:
			k.dx[a] += k.reduce(g, x, other)
		case !k.product && sums:
			add(k.dx[a:a+n], k.dx[a:a+n], g)
		case !k.product:
			copy(k.dx[a:a+n], g)
		case sums && other > 0:
			mulAdd(k.dx[a:a+n], g, x[:n])
		case sums:
			axpy(k.dx[a:a+n], x[0], g)
		case other > 0:
			mul(k.dx[a:a+n], g, x[:n])
		default:
			scale(k.dx[a:a+n], x[0], g)
		}
	}
}

// reduce is the gradient of a number that was repeated along a run.
func (k *pairwise[T]) reduce(g, x []T, other int) T {
	switch {
	case !k.product:
		return sum(g)
	case other > 0:
		return dot(g, x[:len(g)])
	default:
		return x[0] * sum(g)
	}
}
