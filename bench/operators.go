package main

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/optim"
	"github.com/chiasm-ml/chiasm/rng"
)

// operand is an input of an operator: learned ones have a gradient.
type operand struct {
	shape tensor.Shape
	kind  kind
}

type kind int

const (
	learnt kind = iota
	given
	mask // (B, T) of texts of different lengths
	ids
	once // ones
)

func x(shape ...int) operand             { return operand{shape, learnt} }
func of(kind kind, shape ...int) operand { return operand{shape, kind} }
func conv(stride, padding int) op.Conv2D {
	return op.Conv2D{Stride: pair(stride), Padding: pair(padding)}
}
func pair(n int) [2]int                { return [2]int{n, n} }
func operands(in ...operand) []operand { return in }
func attend(b, t, d int) []operand {
	return operands(x(b, t, d), x(b, t, d), x(b, t, d), of(mask, b, t))
}

// operator is a line of the second table, of the same name in operators.py.
type operator struct {
	name string
	spec op.Spec
	in   []operand
}

var operators = []operator{
	{"conv 3x3 3-32 32x32", conv(1, 1), operands(of(given, 32, 3, 32, 32), x(32, 3, 3, 3))},
	{"conv 3x3 32-64 16x16", conv(1, 1), operands(x(32, 32, 16, 16), x(64, 32, 3, 3))},
	{"conv 3x3 64-64 16x16", conv(1, 1), operands(x(16, 64, 16, 16), x(64, 64, 3, 3))},
	{"conv 3x3 128-128 8x8", conv(1, 1), operands(x(16, 128, 8, 8), x(128, 128, 3, 3))},
	{"conv 3x3 256-256 4x4", conv(1, 1), operands(x(16, 256, 4, 4), x(256, 256, 3, 3))},
	{"conv 1x1 64-128 /2 16x16", conv(2, 0), operands(x(16, 64, 16, 16), x(128, 64, 1, 1))},
	{"attention 32x4x32x32", op.Attention{Heads: 4}, attend(32, 32, 128)},
	{"attention 32x4x64x64", op.Attention{Heads: 4}, attend(32, 64, 256)},
	{"layer norm 2048x256", op.LayerNorm{Eps: 1e-5}, operands(x(32, 64, 256), x(256), x(256))},
	{"batch norm 64x32x32", op.BatchNorm2D{Eps: 1e-5, Running: running(64)}, operands(x(32, 64, 32, 32), x(64), x(64), of(once, 32))},
	{"softmax 4096x64", op.Softmax{}, operands(x(4096, 64))},
	{"gelu 2048x1024", op.Activate{Activation: op.GELU}, operands(x(32, 64, 1024))},
	{"dropout 2048x256", op.Dropout{P: 0.1, Key: rng.New(1), Clock: &op.Clock{}}, operands(x(32, 64, 256))},
	{"max pool 32x32x32", op.MaxPool2D{Kernel: pair(2), Stride: pair(2)}, operands(x(32, 32, 32, 32))},
	{"linear 2048x256-1024", op.Linear{}, operands(x(32, 64, 256), x(1024, 256), x(1024))},
	{"embedding 2048 of 4000x256", op.Embedding{PadIndex: 0}, operands(x(4000, 256), of(ids, 32, 64))},
}

func running(c int) *op.RunningStats {
	return &op.RunningStats{Mean: make([]float32, c), Var: make([]float32, c), Momentum: 0.1}
}

// step is one run of the operator: forward, optionally with backward.
func (o operator) step(backward bool) (func() error, error) {
	var in, din []op.Array[float32]
	var shapes []tensor.Shape
	key := rng.New(1).Name(o.name)
	for i, a := range o.in {
		data, d := o.fill(key.Int(i), a)
		in, din, shapes = append(in, data), append(din, d), append(shapes, a.shape)
	}
	s, err := o.spec.OutShape(shapes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.name, err)
	}
	out := op.Array[float32]{Shape: s, Data: make([]float32, op.Size(s))}
	grad := op.Array[float32]{Shape: s, Data: make([]float32, op.Size(s))}
	normals(key, grad.Data)
	k := o.spec.Float32()
	return func() error {
		if err := k.Forward(in, out); err != nil || !backward {
			return err
		}
		return k.Backward(in, out, grad, din)
	}, nil
}

func (o operator) fill(key rng.Key, a operand) (data, gradient op.Array[float32]) {
	n := op.Size(a.shape)
	data.Shape = a.shape
	if a.kind == ids {
		data.Int = make([]int, n)
		whole(key, data.Int, 4000)
		return data, gradient
	}
	data.Data = make([]float32, n)
	switch a.kind {
	case mask:
		lengths(key, data.Data, a.shape[1])
	case once:
		ones(data.Data)
	default:
		normals(key, data.Data)
	}
	if a.kind == learnt {
		gradient = op.Array[float32]{Shape: a.shape, Data: make([]float32, n)}
	}
	return data, gradient
}

// adamW is an update of a million parameters.
func adamW() (func() error, error) {
	const n = 1 << 20
	p, g := make([]float32, n), make([]float32, n)
	normals(rng.New(1), p)
	normals(rng.New(2), g)
	o, err := optim.NewAdamW(n, []optim.Group{{Hi: n, Decay: true}}, optim.DefaultAdamW())
	if err != nil {
		return nil, err
	}
	return func() error { o.Step(p, g, learningRate); return nil }, nil
}
