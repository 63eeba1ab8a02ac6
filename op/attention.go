package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/rng"
)

// Attention is multi-head scaled dot-product attention (Vaswani et al., 2017): for every head,
// softmax(q·kᵀ/√K)·v. Inputs: queries (B, Tq, D), keys and values (B, Tk, D), and optionally a mask
// (B, Tk), 0 for keys that do not exist. Heads are slices of D/Heads features. The output is (B,
// Tq, D). A row whose keys are all masked yields zeros.
//
// The softmax of a head exists only while the head is computed: no (B, H, Tq, Tk) array is kept for
// the backward pass, which recomputes it.
type Attention struct {
	Heads int
	// Dropout is the probability of dropping an attention weight, drawn from Key at the Clock's
	// step.
	Dropout float64
	Key     rng.Key
	Clock   *Clock
}

// Name returns "attention".
func (Attention) Name() string { return "attention" }

// OutShape returns the queries' shape.
func (a Attention) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 3 && len(in) != 4 {
		return nil, fmt.Errorf("%d inputs, want queries, keys, values and optionally a mask", len(in))
	}
	if !equal(in[1], in[2]) {
		return nil, fmt.Errorf("keys %v and values %v differ", in[1], in[2])
	}
	return in[0].Clone(), attentionShapes(in[0], in[1], in[3:], a.Heads)
}

func attentionShapes(q, k tensor.Shape, mask []tensor.Shape, heads int) error {
	switch {
	case len(q) != 3 || len(k) != 3:
		return fmt.Errorf("queries %v and keys %v: want (B, T, D)", q, k)
	case q[0] != k[0]:
		return fmt.Errorf("queries %v and keys %v: batches differ", q, k)
	case q[2] != k[2]:
		return fmt.Errorf("queries %v and keys %v: widths differ", q, k)
	case heads <= 0 || q[2]%heads != 0:
		return fmt.Errorf("width %d is not divisible into %d heads", q[2], heads)
	case len(mask) == 1 && !equal(mask[0], k[:2]):
		return fmt.Errorf("mask %v does not fit the keys %v: want (B, Tk)", mask[0], k)
	}
	return nil
}

// FixedInputs lists the mask.
func (Attention) FixedInputs() []int { return []int{3} }

// BackwardReads lists all inputs.
func (Attention) BackwardReads() ([]bool, bool) { return []bool{true, true, true, true}, false }

// Float32 returns a new kernel.
func (a Attention) Float32() Kernel[float32] { return &attention[float32]{Attention: a} }

// Float64 returns a new kernel.
func (a Attention) Float64() Kernel[float64] { return &attention[float64]{Attention: a} }

// attentionTasks is the maximum number of tasks that the (batch, head) pairs are divided into, each
// with its own scratch memory.
const attentionTasks = 16

// Scratch counts the weights of a head, (Tq, Tk), for each task.
func (a Attention) Scratch(in []tensor.Shape, backward bool) int {
	if len(in) < 2 || len(in[0]) != 3 || len(in[1]) != 3 {
		return 0 // the operator cannot be applied
	}
	q, k := in[0], in[1]
	n := min(q[0]*a.Heads, attentionTasks) * q[1] * k[1]
	if backward {
		return 3 * n
	}
	return n
}

type attention[T Float] struct {
	Attention
	headWidth, queries, keys, width int
	pairs, perTask                  int // (batch, head) pairs
	scratch                         [][]T
	key                             rng.Key

	q, k, v, mask, out, grad, dq, dk, dv []T
	forward, backward                    func(task int)
}

func (a *attention[T]) prepare(in []Array[T], out Array[T]) {
	if a.scratch == nil {
		q, k := in[0].Shape, in[1].Shape
		a.queries, a.keys, a.width, a.headWidth = q[1], k[1], q[2], q[2]/a.Heads
		a.pairs = q[0] * a.Heads
		a.perTask = (a.pairs + attentionTasks - 1) / attentionTasks
		a.scratch = make([][]T, (a.pairs+a.perTask-1)/a.perTask)
		a.forward, a.backward = a.forwardTask, a.backwardTask
	}
	a.q, a.k, a.v, a.mask, a.out = in[0].Data, in[1].Data, in[2].Data, nil, out.Data
	if len(in) == 4 {
		a.mask = in[3].Data
	}
	if a.Dropout > 0 {
		a.key = a.Key.Int(a.Clock.Step)
	}
}

func (a *attention[T]) Forward(in []Array[T], out Array[T]) error {
	a.prepare(in, out)
	parallel.Run(len(a.scratch), a.forward)
	return nil
}

// room returns a task's scratch memory: n arrays of one head's weights.
func (a *attention[T]) room(task, n int) []T {
	if size := n * a.queries * a.keys; len(a.scratch[task]) < size {
		a.scratch[task] = make([]T, size)
	}
	return a.scratch[task]
}

func (a *attention[T]) forwardTask(task int) {
	p := a.room(task, 1)[:a.queries*a.keys]
	for pair := task * a.perTask; pair < min(a.pairs, (task+1)*a.perTask); pair++ {
		q, kv := a.offsets(pair)
		a.weights(p, pair)
		a.drop(p, p, pair)
		gemm(false, false, a.queries, a.headWidth, a.keys, 1, p, a.keys, a.v[kv:], a.width, 0, a.out[q:], a.width)
	}
}

// offsets are the starts of a pair's queries and keys.
func (a *attention[T]) offsets(pair int) (q, kv int) {
	b, h := pair/a.Heads, pair%a.Heads
	return b*a.queries*a.width + h*a.headWidth, b*a.keys*a.width + h*a.headWidth
}

// weights sets p (Tq, Tk) to the softmax of a pair's scores.
func (a *attention[T]) weights(p []T, pair int) {
	q, kv := a.offsets(pair)
	by := T(1 / math.Sqrt(float64(a.headWidth)))
	gemm(false, true, a.queries, a.keys, a.headWidth, by, a.q[q:], a.width, a.k[kv:], a.width, 0, p, a.keys)
	var mask []T
	if a.mask != nil {
		b := pair / a.Heads
		mask = a.mask[b*a.keys : (b+1)*a.keys]
	}
	softmaxRowsKeep(p, p, a.keys, mask)
}

func (a *attention[T]) drop(dst, src []T, pair int) {
	if a.Dropout > 0 {
		dropScale(dst, src, a.key, pair*a.queries*a.keys, a.Dropout)
	}
}

func (a *attention[T]) Backward(in []Array[T], out, grad Array[T], din []Array[T]) error {
	a.prepare(in, out)
	a.grad = grad.Data
	a.dq, a.dk, a.dv = din[0].Data, din[1].Data, din[2].Data
	parallel.Run(len(a.scratch), a.backward)
	return nil
}

// backwardTask computes the gradients of one task. With P the weights, Z = drop(P), O = Z·v:
//
//	dv = Zᵀ·dO, dP = drop(dO·vᵀ), dS = P ⊙ (dP - rowsum(dP ⊙ P)),
//	dq = dS·k/√K, dk = dSᵀ·q/√K.
func (a *attention[T]) backwardTask(task int) {
	n := a.queries * a.keys
	room := a.room(task, 3)
	p, z, ds := room[:n], room[n:2*n], room[2*n:3*n]
	by := T(1 / math.Sqrt(float64(a.headWidth)))
	for pair := task * a.perTask; pair < min(a.pairs, (task+1)*a.perTask); pair++ {
		q, kv := a.offsets(pair)
		a.weights(p, pair)
		if a.dv != nil {
			dropped := p
			if a.Dropout > 0 {
				dropped = z
				a.drop(z, p, pair)
			}
			gemm(true, false, a.keys, a.headWidth, a.queries, 1, dropped, a.keys, a.grad[q:], a.width, 0, a.dv[kv:], a.width)
		}
		if a.dq == nil && a.dk == nil {
			continue
		}
		gemm(false, true, a.queries, a.keys, a.headWidth, 1, a.grad[q:], a.width, a.v[kv:], a.width, 0, ds, a.keys)
		a.drop(ds, ds, pair)
		softmaxGradRows(ds, p, ds, a.keys)
		if a.dq != nil {
			gemm(false, false, a.queries, a.headWidth, a.keys, by, ds, a.keys, a.k[kv:], a.width, 0, a.dq[q:], a.width)
		}
		if a.dk != nil {
			gemm(true, false, a.keys, a.headWidth, a.queries, by, ds, a.keys, a.q[q:], a.width, 0, a.dk[kv:], a.width)
		}
	}
}

// AttentionWeights computes the softmax weights of Attention for inspection: queries (B, Tq, D),
// keys (B, Tk, D) and optionally a mask (B, Tk) yield (B, H, Tq, Tk). It has no gradient.
type AttentionWeights struct{ Heads int }

// Name returns "attention_weights".
func (AttentionWeights) Name() string { return "attention_weights" }

// OutShape returns (B, H, Tq, Tk).
func (a AttentionWeights) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) != 2 && len(in) != 3 {
		return nil, fmt.Errorf("%d inputs, want queries, keys and optionally a mask", len(in))
	}
	if err := attentionShapes(in[0], in[1], in[2:], a.Heads); err != nil {
		return nil, err
	}
	return tensor.Shape{in[0][0], a.Heads, in[0][1], in[1][1]}, nil
}

// FixedInputs lists all inputs: the weights are only inspected, in evaluation.
func (AttentionWeights) FixedInputs() []int { return []int{0, 1, 2} }

// Float32 returns a new kernel.
func (a AttentionWeights) Float32() Kernel[float32] {
	return &attentionWeights[float32]{heads: a.Heads}
}

// Float64 returns a new kernel.
func (a AttentionWeights) Float64() Kernel[float64] {
	return &attentionWeights[float64]{heads: a.Heads}
}

type attentionWeights[T Float] struct {
	heads int
	inner attention[T]
}

func (k *attentionWeights[T]) Forward(in []Array[T], out Array[T]) error {
	k.inner.Heads = k.heads
	args := append([]Array[T]{in[0], in[1], in[1]}, in[2:]...)
	k.inner.prepare(args, out)
	n := k.inner.queries * k.inner.keys
	for pair := range k.inner.pairs {
		k.inner.weights(out.Data[pair*n:(pair+1)*n], pair)
	}
	return nil
}

func (*attentionWeights[T]) Backward([]Array[T], Array[T], Array[T], []Array[T]) error {
	return fmt.Errorf("attention_weights has no gradient")
}
