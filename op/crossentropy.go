package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// SoftmaxCrossEntropy is the mean over rows of -log softmax(logits)[label]. Inputs: logits (B, C),
// labels (B), integers in [0, C), and row weights (B).
//
// ClassWeights, if not empty, has a weight per class: a row's weight is multiplied by that of its
// label. LabelSmoothing s takes (1-s) of the loss at the label plus s/C of the loss at each class,
// weighted by that class. Both are defined as in PyTorch. Rows with weight 0 are ignored, whatever
// their label; if no row remains, the loss and its gradient are 0.
type SoftmaxCrossEntropy struct {
	LabelSmoothing float64
	ClassWeights   []float64
}

// Name returns "softmax_cross_entropy".
func (SoftmaxCrossEntropy) Name() string { return "softmax_cross_entropy" }

// OutShape returns a scalar.
func (l SoftmaxCrossEntropy) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 3); err != nil {
		return nil, err
	}
	x := in[0]
	if len(x) != 2 || !equal(in[1], x[:1]) || !equal(in[2], x[:1]) {
		return nil, fmt.Errorf("logits %v, labels %v, row weights %v: want (B, C), (B), (B)", x, in[1], in[2])
	}
	if n := len(l.ClassWeights); n != 0 && n != x[1] {
		return nil, fmt.Errorf("%d class weights for the %d classes of logits %v", n, x[1], x)
	}
	if !(l.LabelSmoothing >= 0 && l.LabelSmoothing <= 1) {
		return nil, fmt.Errorf("label smoothing %v, want 0 to 1", l.LabelSmoothing)
	}
	return tensor.ScalarShape(), nil
}

// IntInputs lists the labels.
func (SoftmaxCrossEntropy) IntInputs() []int { return []int{1} }

// FixedInputs lists the labels and the row weights.
func (SoftmaxCrossEntropy) FixedInputs() []int { return []int{1, 2} }

// BackwardReads lists the labels and the row weights: the kernel keeps softmax(logits).
func (SoftmaxCrossEntropy) BackwardReads() ([]bool, bool) { return []bool{false, true, true}, false }

// Float32 returns a new kernel.
func (l SoftmaxCrossEntropy) Float32() Kernel[float32] { return newCrossEntropy[float32](l) }

// Float64 returns a new kernel.
func (l SoftmaxCrossEntropy) Float64() Kernel[float64] { return newCrossEntropy[float64](l) }

func newCrossEntropy[T Float](l SoftmaxCrossEntropy) Kernel[T] {
	return &crossEntropy[T]{smoothing: l.LabelSmoothing, classes: l.ClassWeights}
}

type crossEntropy[T Float] struct {
	smoothing         float64
	classes           []float64 // class weights; ones if none are given
	allClasses        float64   // their sum
	n                 int
	x, weights, dx    []T
	labels            []int
	p                 []T       // softmax of each row
	losses            []float64 // of each row
	total             float64   // weight of all rows
	g                 float64
	forward, backward func(lo, hi int)
}

func (k *crossEntropy[T]) begin(logits tensor.Shape) {
	k.n = logits[1]
	k.p, k.losses = make([]T, Size(logits)), make([]float64, logits[0])
	if len(k.classes) == 0 {
		k.classes = make([]float64, k.n)
		for c := range k.classes {
			k.classes[c] = 1
		}
	}
	for _, w := range k.classes {
		k.allClasses += w
	}
	k.forward, k.backward = k.rowLosses, k.rowGradients
}

func (k *crossEntropy[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		k.begin(in[0].Shape)
	}
	k.x, k.labels, k.weights = in[0].Data, in[1].Int, in[2].Data
	k.total = 0
	for b, w := range k.weights {
		if w == 0 {
			continue
		}
		if uint(k.labels[b]) >= uint(k.n) {
			return fmt.Errorf("label %d of row %d is outside the %d classes", k.labels[b], b, k.n)
		}
		k.total += float64(w) * k.classes[k.labels[b]]
	}
	parallel.Rows(len(k.labels), grainOf(k.n), k.forward)
	sum := 0.0
	for _, l := range k.losses {
		sum += l
	}
	out.Data[0] = 0
	if k.total > 0 {
		out.Data[0] = T(sum / k.total)
	}
	return nil
}

func (k *crossEntropy[T]) rowLosses(lo, hi int) {
	for b := lo; b < hi; b++ {
		k.losses[b] = 0
		if k.weights[b] == 0 {
			continue
		}
		x, p, label := k.x[b*k.n:(b+1)*k.n], k.p[b*k.n:(b+1)*k.n], k.labels[b]
		top := maximum(x)
		total := expSum(p, x, top)
		scale(p, 1/total, p)
		logs := float64(top) + math.Log(float64(total)) // log Σ exp x
		loss := (1 - k.smoothing) * k.classes[label] * (logs - float64(x[label]))
		if k.smoothing > 0 {
			all := 0.0
			for c, v := range x {
				all += k.classes[c] * (logs - float64(v))
			}
			loss += k.smoothing / float64(k.n) * all
		}
		k.losses[b] = float64(k.weights[b]) * loss
	}
}

// rowGradients computes dx = p·Σt - t, with t the weighted target distribution.
func (k *crossEntropy[T]) rowGradients(lo, hi int) {
	for b := lo; b < hi; b++ {
		dx := k.dx[b*k.n : (b+1)*k.n]
		if k.weights[b] == 0 || k.total <= 0 {
			clear(dx)
			continue
		}
		a := k.g * float64(k.weights[b]) / k.total
		label := (1 - k.smoothing) * k.classes[k.labels[b]]
		each := k.smoothing / float64(k.n)
		scale(dx, T(a*(label+each*k.allClasses)), k.p[b*k.n:(b+1)*k.n])
		dx[k.labels[b]] -= T(a * label)
		if each > 0 {
			for c, w := range k.classes {
				dx[c] -= T(a * each * w)
			}
		}
	}
}

func (k *crossEntropy[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.labels, k.weights = in[1].Int, in[2].Data
	k.dx, k.g = din[0].Data, float64(grad.Data[0])
	parallel.Rows(len(k.labels), grainOf(k.n), k.backward)
	return nil
}
