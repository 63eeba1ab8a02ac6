package op

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Embedding looks up rows of a table (V, D) by ids of any shape (...). Returns (..., D). An id
// outside [0, V) is an error at run time. The row PadIndex has no gradient; -1 means that there is
// no such row.
//
// With Offsets, ascending and one per position of the ids' last axis, several tables are stored in
// one: id i at position j is row Offsets[j] + i, and its table ends where the next begins.
type Embedding struct {
	PadIndex int
	Offsets  []int
}

// Name returns "embedding".
func (Embedding) Name() string { return "embedding" }

// OutShape returns the ids' shape with D appended.
func (e Embedding) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 2); err != nil {
		return nil, err
	}
	table, ids := in[0], in[1]
	if len(table) != 2 {
		return nil, fmt.Errorf("the table is %v, want (V, D)", table)
	}
	if e.PadIndex < -1 || e.PadIndex >= table[0] {
		return nil, fmt.Errorf("padding index %d is outside the table %v", e.PadIndex, table)
	}
	if e.Offsets != nil && len(e.Offsets) != last(ids) {
		return nil, fmt.Errorf("%d offsets for ids %v, want one for each position of the last axis", len(e.Offsets), ids)
	}
	if !slices.IsSorted(e.Offsets) || len(e.Offsets) > 0 && (e.Offsets[0] < 0 || e.Offsets[len(e.Offsets)-1] > table[0]) {
		return nil, fmt.Errorf("offsets %v do not ascend inside the table %v", e.Offsets, table)
	}
	return append(ids.Clone(), table[1]), nil
}

// IntInputs lists the ids.
func (Embedding) IntInputs() []int { return []int{1} }

// FixedInputs lists the ids.
func (Embedding) FixedInputs() []int { return []int{1} }

// BackwardReads lists the ids.
func (Embedding) BackwardReads() ([]bool, bool) { return []bool{false, true}, false }

// Float32 returns a new kernel.
func (e Embedding) Float32() Kernel[float32] {
	return &embedding[float32]{pad: e.PadIndex, offsets: e.Offsets}
}

// Float64 returns a new kernel.
func (e Embedding) Float64() Kernel[float64] {
	return &embedding[float64]{pad: e.PadIndex, offsets: e.Offsets}
}

type embedding[T Float] struct {
	pad               int
	offsets           []int
	rows              []int // of the table, looked up in the last run
	d                 int
	table, y, g       []T
	grad              tableGradient[T]
	forward, backward func(lo, hi int)
}

// inTable checks that every id is a row of a table of n rows.
func inTable[T Float](ids Array[T], n int) error {
	for i, id := range ids.Int {
		if uint(id) >= uint(n) {
			return outside(ids.Shape, i, id, n)
		}
	}
	return nil
}

// outside is the error for the i-th id.
func outside(ids tensor.Shape, i, id, n int) error {
	return fmt.Errorf("id %d at %v is outside the table of %d rows", id, position(ids, i), n)
}

// position is the index of the i-th element along each axis.
func position(s tensor.Shape, i int) []int {
	at := make([]int, len(s))
	for a := len(s) - 1; a >= 0; a-- {
		at[a] = i % s[a]
		i /= s[a]
	}
	return at
}

func (k *embedding[T]) Forward(in []Array[T], out Array[T]) error {
	if k.forward == nil {
		k.d = last(in[0].Shape)
		k.forward = func(lo, hi int) {
			for i := lo; i < hi; i++ {
				id := k.rows[i]
				copy(k.y[i*k.d:(i+1)*k.d], k.table[id*k.d:(id+1)*k.d])
			}
		}
		k.backward = func(lo, hi int) {
			for i, id := range k.rows {
				if id != k.pad {
					add(k.grad.part(id, lo, hi), k.grad.part(id, lo, hi), k.g[i*k.d+lo:i*k.d+hi])
				}
			}
		}
	}
	if err := k.find(in[1], in[0].Shape[0]); err != nil {
		return err
	}
	k.table, k.y = in[0].Data, out.Data
	parallel.Rows(len(k.rows), grainOf(k.d), k.forward)
	return nil
}

// find sets k.rows to the rows of the table of n rows that the ids refer to.
func (k *embedding[T]) find(ids Array[T], n int) error {
	if k.offsets == nil {
		k.rows = ids.Int
		return inTable(ids, n)
	}
	if k.rows == nil {
		k.rows = make([]int, len(ids.Int))
	}
	for i, id := range ids.Int {
		j := i % len(k.offsets)
		end := n
		if j+1 < len(k.offsets) {
			end = k.offsets[j+1]
		}
		if size := end - k.offsets[j]; uint(id) >= uint(size) {
			return outside(ids.Shape, i, id, size)
		}
		k.rows[i] = k.offsets[j] + id
	}
	return nil
}

func (k *embedding[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.g = grad.Data
	k.grad.accumulate(din[0], k.backward)
	return nil
}

// tableGradient is the gradient of a table that is read by id. Its columns are divided into strips,
// one per task: each task adds the same terms in the same order, whatever the number of cores, and
// no two tasks write the same number.
type tableGradient[T Float] struct {
	data   []T
	d      int
	zeroes func(lo, hi int)
}

// stripWidth is the width of a strip: two cache lines of float32.
const stripWidth = 32

// part is columns lo..hi of row id.
func (g *tableGradient[T]) part(id, lo, hi int) []T { return g.data[id*g.d+lo : id*g.d+hi] }

// accumulate clears the gradient and calls scatter for every strip of columns.
func (g *tableGradient[T]) accumulate(table Array[T], scatter func(lo, hi int)) {
	if g.zeroes == nil {
		g.zeroes = func(lo, hi int) { clear(g.data[lo:hi]) }
	}
	g.data, g.d = table.Data, last(table.Shape)
	parallel.Rows(len(g.data), 8*elementGrain, g.zeroes)
	parallel.Rows(g.d, stripWidth, scatter)
}
