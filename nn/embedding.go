package nn

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/op"
)

// Embedding looks up ids in a table. Maps ids (...) to (..., D). The padding id receives no
// gradient.
type Embedding struct {
	Weight  *Param // (V, D)
	pad     int
	offsets []int
	path    string
}

// NewEmbedding creates a table of V rows drawn from N(0, std²). pad is the id whose row is zero and
// stays zero, or -1 for none.
func NewEmbedding(s *Scope, v, d, pad int, std float64) *Embedding {
	e := &Embedding{Weight: s.Param("weight", []int{v, d}, Normal(std), NoDecay), pad: pad, path: s.Path()}
	if pad >= 0 {
		clear(e.Weight.Data[pad*d : (pad+1)*d])
	}
	return e
}

// NewEmbeddings creates one table per column, with the given numbers of rows, stored in a single
// parameter. Maps ids (..., C) to (..., C, D).
func NewEmbeddings(s *Scope, rows []int, d int, std float64) *Embedding {
	offsets, total := make([]int, len(rows)), 0
	for i, n := range rows {
		offsets[i] = total
		total += n
	}
	e := NewEmbedding(s, total, d, -1, std)
	e.offsets = offsets
	return e
}

// Forward maps ids (...) to (..., D).
func (e *Embedding) Forward(g *Graph, ids *gorgonia.Node) *gorgonia.Node {
	return g.At(e.path).lookUp(op.Embedding{PadIndex: e.pad, Offsets: e.offsets}, e.Weight, ids)
}

// EmbeddingBag averages several rows of a table. Maps ids (B, T, G) to (B, T, D). Id 0 is padding
// and is ignored.
type EmbeddingBag struct {
	Weight *Param // (V, D)
	path   string
}

// NewEmbeddingBag creates a table of V rows drawn from N(0, std²).
func NewEmbeddingBag(s *Scope, v, d int, std float64) *EmbeddingBag {
	e := &EmbeddingBag{Weight: s.Param("weight", []int{v, d}, Normal(std), NoDecay), path: s.Path()}
	clear(e.Weight.Data[:d])
	return e
}

// Forward maps ids (B, T, G) to (B, T, D).
func (e *EmbeddingBag) Forward(g *Graph, ids *gorgonia.Node) *gorgonia.Node {
	return g.At(e.path).lookUp(op.EmbeddingBag{}, e.Weight, ids)
}

// lookUp applies a lookup operator according to Options.Lookups. Repeated uses of a module append a
// counter to its path.
func (g *Graph) lookUp(spec op.Spec, table *Param, ids *gorgonia.Node) *gorgonia.Node {
	name := g.path
	if n := g.lookups[g.path]; n > 0 {
		name = fmt.Sprintf("%s.%d", name, n)
	}
	g.lookups[g.path]++
	if g.options.Lookups == Given {
		shape, err := spec.OutShape([]tensor.Shape{table.Shape, ids.Shape()})
		if err != nil {
			g.fail("%w", err)
		}
		return g.Input(name, shape...)
	}
	n := g.Apply(spec, g.Param(table), ids)
	if g.options.Lookups == Told {
		g.Output(name, n)
	}
	return n
}
