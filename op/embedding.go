package op

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Embedding looks up rows of a table (V, D) by ids of any shape: (..., D). An
// id outside [0, V) is an error when run. The row PadIndex has no gradient; -1
// means that there is no such row.
//
// With Offsets, one for each place of the ids' last axis, several tables lie in
// one: id i at place j is row Offsets[j] + i.
type Embedding struct {
	PadIndex int
	Offsets  []int
}

// Name is "embedding".
func (Embedding) Name() string { return "embedding" }

// OutShape is the ids' shape with D behind it.
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
		return nil, fmt.Errorf("%d offsets for ids %v, want one for each place of the last axis", len(e.Offsets), ids)
	}
	return append(ids.Clone(), table[1]), nil
}

// FixedInputs is the ids.
func (Embedding) FixedInputs() []int { return []int{1} }

// BackwardReads is the ids.
func (Embedding) BackwardReads() ([]bool, bool) { return []bool{false, true}, false }

// Float32 makes a kernel.
func (e Embedding) Float32() Kernel[float32] {
	return &embedding[float32]{pad: e.PadIndex, offsets: e.Offsets}
}

// Float64 makes a kernel.
func (e Embedding) Float64() Kernel[float64] {
	return &embedding[float64]{pad: e.PadIndex, offsets: e.Offsets}
}

type embedding[T Float] struct {
	pad               int
	offsets           []int
	shifted           []int // ids with their offsets
	d                 int
	table, y, g       []T
	ids               []int
	grad              tableGradient[T]
	forward, backward func(lo, hi int)
}

var errNotInt = errors.New("ids and labels must be whole numbers: make them with IntInput")

// inTable checks that every id is a row of a table of n rows.
func inTable[T Float](ids Array[T], n int) error {
	if ids.Int == nil {
		return errNotInt
	}
	for i, id := range ids.Int {
		if uint(id) >= uint(n) {
			return fmt.Errorf("id %d at %v is outside the table of %d rows", id, position(ids.Shape, i), n)
		}
	}
	return nil
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
				id := k.ids[i]
				copy(k.y[i*k.d:(i+1)*k.d], k.table[id*k.d:(id+1)*k.d])
			}
		}
		k.backward = func(lo, hi int) {
			for i, id := range k.ids {
				if id != k.pad {
					add(k.grad.part(id, lo, hi), k.grad.part(id, lo, hi), k.g[i*k.d+lo:i*k.d+hi])
				}
			}
		}
	}
	rows := Array[T]{Shape: in[1].Shape, Int: k.rows(in[1].Int)}
	if err := inTable(rows, in[0].Shape[0]); err != nil {
		return err
	}
	k.table, k.ids, k.y = in[0].Data, rows.Int, out.Data
	parallel.Rows(len(k.ids), grainOf(k.d), k.forward)
	return nil
}

// rows are the table's rows that the ids mean.
func (k *embedding[T]) rows(ids []int) []int {
	if k.offsets == nil {
		return ids
	}
	if k.shifted == nil {
		k.shifted = make([]int, len(ids))
	}
	for i, id := range ids {
		k.shifted[i] = id + k.offsets[i%len(k.offsets)]
	}
	return k.shifted
}

func (k *embedding[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	k.ids, k.g = k.rows(in[1].Int), grad.Data
	k.grad.accumulate(din[0], k.backward)
	return nil
}

// tableGradient is the gradient of a table that is read by id. Its columns are
// cut into strips, one a task: each task adds the same terms in the same order,
// whatever the number of cores, and no two write the same number.
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
