package op

import (
	"errors"
	"fmt"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

var errSecond = errors.New("operators have first derivatives only")

// Backward is the node that computes all input gradients of an Op. Its inputs are the Op's inputs,
// its output and the output's gradient; the output is included to order it after the forward pass.
type Backward[T Float] struct {
	identity
	Of *Op[T]

	offset []int // of each required gradient in the packed output
	size   int
	packed []T
	value  *tensor.Dense
	args   []Array[T]
	shapes []tensor.Shape
	din    []Array[T]
}

// Run computes the gradients into din.
func (b *Backward[T]) Run(in []Array[T], out, grad Array[T], din []Array[T]) error {
	return b.Of.kernel.Backward(in, out, grad, din)
}

// Arity is the number of inputs: the Op's inputs, its output and the output's gradient.
func (b *Backward[T]) Arity() int { return len(b.Of.sig.in) + 2 }

// Type returns a new type at each call; see Op.Type.
func (b *Backward[T]) Type() hm.Type {
	s := signature{in: b.Of.sig.in, types: b.Of.sig.types, out: tensor.Shape{b.size}, float: b.Of.sig.float}
	o := nodeType(len(b.Of.sig.out), b.Of.sig.float)
	return s.fn(o, o)
}

// InferShape returns the packed size of the required gradients.
func (b *Backward[T]) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{b.size}, nil
}

// String names the operator.
func (b *Backward[T]) String() string { return b.Of.String() + ".backward" }

// DiffWRT is all false: there are no second derivatives.
func (b *Backward[T]) DiffWRT(n int) []bool { return make([]bool, n) }

// SymDiff is an error.
func (b *Backward[T]) SymDiff(gorgonia.Nodes, *gorgonia.Node, *gorgonia.Node) (gorgonia.Nodes, error) {
	return nil, fmt.Errorf("%v: %w", b, errSecond)
}

// Do runs the operator for a Gorgonia machine, into its own packed buffer.
func (b *Backward[T]) Do(vs ...gorgonia.Value) (v gorgonia.Value, err error) {
	defer guard(b, &err)
	k := len(b.Of.sig.in)
	if b.value == nil {
		var all Array[T]
		b.value, all = newDense[T](tensor.Shape{b.size})
		b.packed = all.Data
		b.args = make([]Array[T], len(vs))
		b.shapes = append(append([]tensor.Shape{}, b.Of.sig.in...), b.Of.sig.out, b.Of.sig.out)
		b.din = make([]Array[T], k)
		for i, need := range b.Of.need {
			if need {
				b.din[i] = b.slice(i)
			}
		}
	}
	if err := toArrays(b.args, vs, b.shapes); err != nil {
		return nil, fmt.Errorf("%v: %w", b, err)
	}
	if err := b.Run(b.args[:k], b.args[k], b.args[k+1], b.din); err != nil {
		return nil, fmt.Errorf("%v: %w", b, err)
	}
	return b.value, nil
}

func (b *Backward[T]) slice(i int) Array[T] {
	lo, n := b.offset[i], Size(b.Of.sig.in[i])
	return Array[T]{Shape: b.Of.sig.in[i], Data: b.packed[lo : lo+n : lo+n]}
}

// Pick selects one gradient of a Backward without a copy.
type Pick[T Float] struct {
	identity
	From  *Backward[T]
	Index int
	value *tensor.Dense
	array Array[T]
}

// Shape is the shape of the gradient.
func (p *Pick[T]) Shape() tensor.Shape { return p.From.Of.sig.in[p.Index] }

// Arity is 1: the Backward.
func (p *Pick[T]) Arity() int { return 1 }

// Type returns a new type at each call; see Op.Type.
func (p *Pick[T]) Type() hm.Type {
	dt := p.From.Of.sig.float
	return hm.NewFnType(nodeType(1, dt), nodeType(len(p.Shape()), dt))
}

// InferShape is the shape of the gradient.
func (p *Pick[T]) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return p.Shape().Clone(), nil
}

// String names the operator and the input.
func (p *Pick[T]) String() string { return fmt.Sprintf("%v[%d]", p.From, p.Index) }

// DiffWRT is all false: there are no second derivatives.
func (p *Pick[T]) DiffWRT(n int) []bool { return make([]bool, n) }

// SymDiff is an error.
func (p *Pick[T]) SymDiff(gorgonia.Nodes, *gorgonia.Node, *gorgonia.Node) (gorgonia.Nodes, error) {
	return nil, fmt.Errorf("%v: %w", p, errSecond)
}

// Do returns the gradient for a Gorgonia machine.
func (p *Pick[T]) Do(...gorgonia.Value) (v gorgonia.Value, err error) {
	defer guard(p, &err)
	if p.value == nil {
		p.array = p.From.slice(p.Index)
		p.value = tensor.New(tensor.WithShape(atLeast1(p.Shape())...), tensor.WithBacking(p.array.Data))
	}
	return value(p.value, p.array), nil
}
