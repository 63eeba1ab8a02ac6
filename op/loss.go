package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"
)

// pairLoss is shared by losses of predictions against targets: targets and row weights have no
// gradient, and Backward reads only what Forward stored.
type pairLoss struct{}

// FixedInputs lists the targets and the row weights.
func (pairLoss) FixedInputs() []int { return []int{1, 2} }

// BackwardReads reports that the backward pass reads nothing.
func (pairLoss) BackwardReads() ([]bool, bool) { return []bool{false, false, false}, false }

// BCEWithLogits is binary cross-entropy for logits (B, C), targets (B, C) in [0, 1] and row weights
// (B): the weighted mean over rows, and the mean over C.
//
// ClassWeights, if not empty, has two weights per column, for target 0 and target 1; a target t in
// between weights both terms, (1-t) of the first and t of the second. The sum is then divided by
// the total weight of all entries, just as SoftmaxCrossEntropy divides by the weights of its
// labels: with two classes the two losses are equal. PyTorch's pos_weight p corresponds to {1, p},
// except for the divisor, which in PyTorch is the number of entries. If no entry counts, the loss
// and its gradient are 0.
type BCEWithLogits struct {
	pairLoss
	ClassWeights [][2]float64
}

// Name returns "bce_with_logits".
func (BCEWithLogits) Name() string { return "bce_with_logits" }

// OutShape returns a scalar.
func (l BCEWithLogits) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	out, err := lossShape(in)
	if n := len(l.ClassWeights); err == nil && n != 0 && n != in[0][1] {
		return nil, fmt.Errorf("class weights for %d columns, but %d in logits %v", n, in[0][1], in[0])
	}
	return out, err
}

func lossShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 3); err != nil {
		return nil, err
	}
	x := in[0]
	if len(x) != 2 || !equal(in[1], x) || !equal(in[2], x[:1]) {
		return nil, fmt.Errorf("predictions %v, targets %v, row weights %v: want (B, N), (B, N), (B)", x, in[1], in[2])
	}
	return tensor.ScalarShape(), nil
}

// Float32 returns a new kernel.
func (l BCEWithLogits) Float32() Kernel[float32] { return newBCE[float32](l) }

// Float64 returns a new kernel.
func (l BCEWithLogits) Float64() Kernel[float64] { return newBCE[float64](l) }

func newBCE[T Float](l BCEWithLogits) Kernel[T] {
	if len(l.ClassWeights) == 0 {
		return newLoss[T](bceTerm{})
	}
	t := weightedBCE{l.ClassWeights}
	return &weightedLoss[T]{term: t, weigh: t.weight}
}

type bceTerm struct{}

// at is (1-t)·x + log(1+e^-x), which is -t·log σ(x) - (1-t)·log(1-σ(x)).
func (bceTerm) at(x, t float64, _ int) (value, derivative float64) {
	soft := math.Log1p(math.Exp(-math.Abs(x))) + max(-x, 0)
	return (1-t)*x + soft, (1 - t) - sigmoid(-x)
}

type weightedBCE struct{ classes [][2]float64 }

// at is -w₁·t·log σ(x) - w₀·(1-t)·log(1-σ(x)).
func (l weightedBCE) at(x, t float64, c int) (value, derivative float64) {
	no, yes := l.classes[c][0]*(1-t), l.classes[c][1]*t
	soft := math.Log1p(math.Exp(-math.Abs(x)))
	return yes*(soft+max(-x, 0)) + no*(soft+max(x, 0)), no*sigmoid(x) - yes*sigmoid(-x)
}

func (l weightedBCE) weight(t float64, c int) float64 {
	return l.classes[c][0]*(1-t) + l.classes[c][1]*t
}

// MSE is the mean squared error for predictions (B, N), targets (B, N) and row weights (B): the
// weighted mean over rows, and the mean over N. If no row counts, the loss and its gradient are 0.
type MSE struct{ pairLoss }

// Name returns "mse".
func (MSE) Name() string { return "mse" }

// OutShape returns a scalar.
func (MSE) OutShape(in []tensor.Shape) (tensor.Shape, error) { return lossShape(in) }

// Float32 returns a new kernel.
func (MSE) Float32() Kernel[float32] { return newLoss[float32](mseTerm{}) }

// Float64 returns a new kernel.
func (MSE) Float64() Kernel[float64] { return newLoss[float64](mseTerm{}) }

type mseTerm struct{}

func (mseTerm) at(x, t float64, _ int) (value, derivative float64) {
	return (x - t) * (x - t), 2 * (x - t)
}

// L1 is the mean absolute error, with inputs and weights as in MSE.
type L1 struct{ pairLoss }

// Name returns "l1".
func (L1) Name() string { return "l1" }

// OutShape returns a scalar.
func (L1) OutShape(in []tensor.Shape) (tensor.Shape, error) { return lossShape(in) }

// Float32 returns a new kernel.
func (L1) Float32() Kernel[float32] { return newLoss[float32](l1Term{}) }

// Float64 returns a new kernel.
func (L1) Float64() Kernel[float64] { return newLoss[float64](l1Term{}) }

type l1Term struct{}

func (l1Term) at(x, t float64, _ int) (value, derivative float64) {
	switch d := x - t; {
	case d > 0:
		return d, 1
	case d < 0:
		return -d, -1
	default:
		return d, 0 // and NaN stays NaN
	}
}

// Huber is half the squared error up to Delta and linear beyond (Huber, 1964), with inputs and
// weights as in MSE. PyTorch's default Delta is 1.
type Huber struct {
	pairLoss
	Delta float64
}

// Name returns "huber".
func (Huber) Name() string { return "huber" }

// OutShape returns a scalar.
func (l Huber) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if !(l.Delta > 0) || math.IsInf(l.Delta, 0) {
		return nil, fmt.Errorf("delta %v, want a positive number", l.Delta)
	}
	return lossShape(in)
}

// Float32 returns a new kernel.
func (l Huber) Float32() Kernel[float32] { return newLoss[float32](huberTerm{l.Delta}) }

// Float64 returns a new kernel.
func (l Huber) Float64() Kernel[float64] { return newLoss[float64](huberTerm{l.Delta}) }

type huberTerm struct{ delta float64 }

func (l huberTerm) at(x, t float64, _ int) (value, derivative float64) {
	d := x - t
	if a := math.Abs(d); a > l.delta {
		return l.delta * (a - l.delta/2), math.Copysign(l.delta, d)
	}
	return d * d / 2, d
}

// A term is the loss of one prediction x for the target t in column c, and its derivative with
// respect to x.
type term interface {
	at(x, t float64, c int) (value, derivative float64)
}

// weightedLoss is the mean of terms over weighted rows and over columns. A loss processes only a
// few numbers per row, so the cost of an interface call for each is negligible.
type weightedLoss[T Float] struct {
	term        term
	weigh       func(t float64, c int) float64 // of a target in column c; nil means 1
	derivatives []T                            // from the last Forward, before the output's gradient
}

func newLoss[T Float](t term) Kernel[T] { return &weightedLoss[T]{term: t} }

func (k *weightedLoss[T]) Forward(in []Array[T], out Array[T]) error {
	x, targets, weights := in[0].Data, in[1].Data, in[2].Data
	if k.derivatives == nil {
		k.derivatives = make([]T, len(x))
	}
	n := last(in[0].Shape)
	total := k.total(targets, weights, n)
	sum := 0.0
	clear(k.derivatives)
	for b, w := range weights {
		if w == 0 || total <= 0 {
			continue
		}
		for c := range n {
			i := b*n + c
			value, derivative := k.term.at(float64(x[i]), float64(targets[i]), c)
			sum += float64(w) * value
			k.derivatives[i] = T(float64(w) / total * derivative)
		}
	}
	out.Data[0] = 0
	if total > 0 {
		out.Data[0] = T(sum / total)
	}
	return nil
}

// total is the divisor of the sum of terms: the total weight of all entries.
func (k *weightedLoss[T]) total(targets, weights []T, n int) float64 {
	total := 0.0
	for b, w := range weights {
		if k.weigh == nil || w == 0 {
			total += float64(w) * float64(n)
			continue
		}
		for c := range n {
			total += float64(w) * k.weigh(float64(targets[b*n+c]), c)
		}
	}
	return total
}

func (k *weightedLoss[T]) Backward(_ []Array[T], _, grad Array[T], din []Array[T]) error {
	scale(din[0].Data, grad.Data[0], k.derivatives)
	return nil
}
