package op

import (
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/simd"
)

// A Chain is a Conv2D or Linear and the elementwise operators that follow it, which Fuse turns into
// one kernel for evaluation.
type Chain struct {
	Shape tensor.Shape // of every result

	conv       *Conv2D
	linear     *Linear
	bias       bool
	norm       *BatchNorm2DEval
	residual   bool
	activation Activation
}

// Begin makes spec, applied to the given number of inputs, the head of the chain, and reports
// whether it can be one.
func (c *Chain) Begin(spec Spec, inputs int) bool {
	c.bias = inputs == 3
	switch s := spec.(type) {
	case Conv2D:
		c.conv = &s
	case Linear:
		c.linear = &s
	default:
		return false
	}
	return true
}

// Extend appends spec, whose input at index at is the chain's result and whose other inputs have
// the given shapes. It reports whether it could.
func (c *Chain) Extend(spec Spec, at int, others []tensor.Shape) bool {
	if c.activation != None {
		return false
	}
	switch s := spec.(type) {
	case BatchNorm2DEval:
		if c.conv == nil || c.norm != nil || c.residual || at != 0 {
			return false
		}
		c.norm = &s
	case Add, Sum:
		if c.residual || len(others) != 1 || !equal(others[0], c.Shape) {
			return false
		}
		c.residual = true
	case Activate:
		if c.conv == nil {
			return false
		}
		c.activation = s.Activation
	default:
		return false
	}
	return true
}

// Weights is the number of inputs after the first that are weights.
func (c *Chain) Weights() int {
	n := 1
	if c.bias {
		n++
	}
	if c.norm != nil {
		n += 4
	}
	return n
}

// Fuse returns the kernel of a chain. Its inputs are those of the head, then the additional ones of
// each link. It has no Backward, and its result has the same bits as applying the links one by one.
func Fuse(c Chain) Kernel[float32] {
	if c.linear != nil {
		return &fusedLinear{linear: linear[float32]{act: c.linear.Activation}, chain: c}
	}
	if c.conv == nil {
		panic("op: the chain has no head: call Begin first")
	}
	return &fusedConv{conv32: conv32{spec: *c.conv}, chain: c}
}

// fusedLinear is a Linear and the addition of a residual.
type fusedLinear struct {
	linear[float32]
	chain Chain
}

func (k *fusedLinear) Forward(in []Array[float32], out Array[float32]) error {
	k.residual = in[len(in)-1].Data
	return k.linear.Forward(in[:len(in)-1], out)
}

// fusedConv is any combination of a Conv2D, a BatchNorm2DEval, the addition of a residual and an
// activation that starts with the Conv2D.
type fusedConv struct {
	conv32
	chain  Chain
	norms  keep[foldedNorm[float32]]
	norm   foldedNorm[float32] // while weights may change
	finish simd.Finish
}

// Evaluate keeps what is derived from weights while they are held.
func (k *fusedConv) Evaluate(w *Weights) {
	k.conv32.Evaluate(w)
	k.norms.weights = w
	switch k.chain.activation {
	case None:
	case ReLU:
		k.finish.Then = simd.ReLU
	default:
		k.finish.Then = func(dst, x []float32) { activate(k.chain.activation, dst, x) }
	}
}

func (k *fusedConv) Forward(in []Array[float32], out Array[float32]) error {
	x, w, rest := in[0], in[1], in[2:]
	k.prepare(x.Shape, w.Shape)
	var bias []float32
	if k.chain.bias {
		bias, rest = rest[0].Data, rest[1:]
	}
	if k.chain.norm != nil {
		n := k.foldedNorm(rest[:4])
		k.finish.Scale, k.finish.Offset, rest = n.scale, n.offset, rest[4:]
	}
	if k.chain.residual {
		k.finish.Add = rest[0].Data
	}
	k.conv.Infer(out.Data, x.Data, w.Data, bias, k.heldWeight(w.Data), &k.finish)
	return nil
}

// normKind identifies a gamma that is folded together with the rest of its normalisation.
type normKind struct{ eps float64 }

func (k *fusedConv) foldedNorm(in []Array[float32]) *foldedNorm[float32] {
	eps := k.chain.norm.Eps
	if k.norms.weights.held() == 0 {
		k.norm.fold(in, eps)
		return &k.norm
	}
	return k.norms.of(in[0].Data, normKind{eps}, func(n *foldedNorm[float32]) { n.fold(in, eps) })
}
