package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// EmbeddingBag looks up the rows of a table (V, D) by ids (B, T, G), the G parts of each token, and
// averages those whose id is not 0. Returns (B, T, D). Id 0 is padding: it is skipped and its row
// has no gradient. A token that is entirely padding yields zeros. An id outside [0, V) is an error
// at run time.
type EmbeddingBag struct{}

// Name returns "embedding_bag".
func (EmbeddingBag) Name() string { return "embedding_bag" }

// OutShape returns (B, T, D).
func (EmbeddingBag) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 2); err != nil {
		return nil, err
	}
	table, ids := in[0], in[1]
	if len(table) != 2 || len(ids) != 3 {
		return nil, fmt.Errorf("table %v and ids %v: want a table (V, D) and ids (B, T, G)", table, ids)
	}
	return tensor.Shape{ids[0], ids[1], table[1]}, nil
}

// IntInputs lists the ids.
func (EmbeddingBag) IntInputs() []int { return []int{1} }

// FixedInputs lists the ids.
func (EmbeddingBag) FixedInputs() []int { return []int{1} }

// BackwardReads lists the ids.
func (EmbeddingBag) BackwardReads() ([]bool, bool) { return []bool{false, true}, false }

// Float32 returns a new kernel.
func (EmbeddingBag) Float32() Kernel[float32] { return &embeddingBag[float32]{} }

// Float64 returns a new kernel.
func (EmbeddingBag) Float64() Kernel[float64] { return &embeddingBag[float64]{} }

type embeddingBag[T Float] struct {
	d, parts          int
	table, y, g       []T
	ids               []int
	part              []T // 1/(number of parts) of each token that has any
	grad              tableGradient[T]
	forward, backward func(lo, hi int)
}

func (k *embeddingBag[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		k.d, k.parts = last(in[0].Shape), last(in[1].Shape)
		k.part = make([]T, rows(in[1].Shape))
		k.forward, k.backward = k.means, k.scatter
	}
	if err := inTable(in[1], in[0].Shape[0]); err != nil {
		return err
	}
	k.table, k.ids, k.y = in[0].Data, in[1].Int, out.Data
	parallel.Rows(len(k.part), grainOf(k.d*k.parts), k.forward)
	return nil
}

func (k *embeddingBag[T]) means(lo, hi int) {
	for i := lo; i < hi; i++ {
		y := k.y[i*k.d : (i+1)*k.d]
		clear(y)
		n := 0
		for _, id := range k.ids[i*k.parts : (i+1)*k.parts] {
			if id != 0 {
				n++
				add(y, y, k.table[id*k.d:(id+1)*k.d])
			}
		}
		if n > 0 {
			k.part[i] = 1 / T(n)
			scale(y, k.part[i], y)
		}
	}
}

func (k *embeddingBag[T]) scatter(lo, hi int) {
	for i, part := range k.part {
		g := k.g[i*k.d+lo : i*k.d+hi]
		for _, id := range k.ids[i*k.parts : (i+1)*k.parts] {
			if id != 0 {
				axpy(k.grad.part(id, lo, hi), part, g)
			}
		}
	}
}

func (k *embeddingBag[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.ids, k.g = in[1].Int, grad.Data
	k.grad.accumulate(din[0], k.backward)
	return nil
}
