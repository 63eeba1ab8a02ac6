package nn

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/op"
)

// assembler turns nodes into instructions over planned memory.
type assembler[T op.Float] struct {
	g     *Graph
	nodes gorgonia.Nodes
	data  func(*binding) []T

	fixed map[*gorgonia.Node]op.Array[T]       // values with memory of their own
	live  map[*gorgonia.Node]bool              // nodes that outputs and gradients depend on
	picks map[*op.Backward[T]][]*gorgonia.Node // the gradients that each backward node computes
	where map[*gorgonia.Node]*region[T]        // planned values
	wants []wanted[T]                          // gradients that will be read
	flat  int                                  // numbers of gradients in flat vectors
	fused map[*gorgonia.Node]*fusion[T]        // chains that are one instruction, keyed by their last node
	exec  *executor[T]
}

// wanted is a gradient that could not be computed where it belongs.
type wanted[T op.Float] struct {
	of     *binding
	node   *gorgonia.Node
	dst    []T  // its place in a flat vector; nil for none
	second bool // it is of the second loss
}

// region is the memory of one value during its live range, from one instruction to another.
type region[T op.Float] struct {
	size, from, to int
	offset         int
}

func newAssembler[T op.Float](g *Graph, data func(*binding) []T) *assembler[T] {
	a := &assembler[T]{
		g: g, nodes: g.expr.AllNodes(), data: data,
		fixed: map[*gorgonia.Node]op.Array[T]{}, live: map[*gorgonia.Node]bool{},
		picks: map[*op.Backward[T]][]*gorgonia.Node{}, where: map[*gorgonia.Node]*region[T]{},
		fused: map[*gorgonia.Node]*fusion[T]{},
		exec:  &executor[T]{outputs: map[string]op.Array[T]{}, inputGrads: map[string][]T{}, paramGrads: map[*Param][]T{}},
	}
	for _, b := range append(slices.Clone(g.inputs), g.params...) {
		a.fixed[b.node] = op.Array[T]{Shape: b.node.Shape(), Data: a.data(b), Int: b.ints}
	}
	for _, n := range a.nodes {
		if p, ok := n.Op().(*op.Pick[T]); ok {
			a.picks[p.From] = append(a.picks[p.From], n)
		}
	}
	return a
}

// seek marks the gradients of a loss to be computed, and assigns those of packed parameters their
// locations in its flat vector.
func (a *assembler[T]) seek(leafs map[*gorgonia.Node]*gorgonia.Node, flat []T, second bool) {
	a.flat += len(flat)
	for _, b := range slices.Concat(a.g.params, a.g.inputs) {
		n := leafs[b.node]
		if n == nil {
			continue
		}
		a.mark(n)
		dst := place(flat, b.param)
		if _, taken := a.fixed[n]; dst != nil && !taken && n.Op() != nil {
			a.fixed[n] = op.Array[T]{Shape: n.Shape(), Data: dst}
			if !second {
				a.exec.paramGrads[b.param] = dst
			}
			continue
		}
		a.wants = append(a.wants, wanted[T]{b, n, dst, second})
	}
}

// place is the part of a flat vector for a parameter's gradient, or nil if it has none.
func place[T op.Float](flat []T, p *Param) []T {
	if p == nil || flat == nil || p.offset < 0 {
		return nil
	}
	return flat[p.offset : p.offset+p.Size() : p.offset+p.Size()]
}

// mark records that n and everything it depends on must be computed.
func (a *assembler[T]) mark(n *gorgonia.Node) {
	if a.live[n] {
		return
	}
	a.live[n] = true
	for _, c := range a.inputs(n) {
		a.mark(c)
	}
}

func (a *assembler[T]) inputs(n *gorgonia.Node) gorgonia.Nodes { return children(a.g.expr, n) }

// plan assigns every value a region of one arena. Values with disjoint live ranges share memory.
func (a *assembler[T]) plan() {
	var regions []*region[T]
	end := math.MaxInt
	for i, n := range a.nodes {
		if !a.live[n] || n.Op() == nil {
			continue
		}
		for _, c := range a.reads(n) {
			if r := a.where[c]; r != nil {
				r.to = max(r.to, i)
			}
		}
		made := gorgonia.Nodes{n}
		if b, ok := n.Op().(*op.Backward[T]); ok {
			made = a.picks[b]
		} else if _, ok := n.Op().(*op.Pick[T]); ok {
			continue
		}
		for _, m := range made {
			if _, ok := a.fixed[m]; !ok {
				r := &region[T]{size: op.Size(m.Shape()), from: i, to: i}
				a.where[m] = r
				regions = append(regions, r)
			}
		}
	}
	keep := func(n *gorgonia.Node) {
		if r := a.where[n]; r != nil {
			r.to = end
		}
	}
	for _, o := range a.g.outputs {
		keep(o.node)
	}
	for _, w := range a.wants {
		keep(w.node)
	}
	size := pack(regions)
	a.sized(regions, size, a.flat)
	if a.g.space.measure {
		return
	}
	arena := make([]T, size)
	for n, r := range a.where {
		a.fixed[n] = op.Array[T]{Shape: n.Shape(), Data: arena[r.offset : r.offset+r.size : r.offset+r.size]}
	}
}

// reads lists the values that computing n reads. Values that a backward pass does not read need not
// be kept for it.
func (a *assembler[T]) reads(n *gorgonia.Node) gorgonia.Nodes {
	if f := a.fused[n]; f != nil {
		return f.in
	}
	in := a.inputs(n)
	b, ok := n.Op().(*op.Backward[T])
	if !ok {
		return in
	}
	f, ok := b.Of.Spec().(op.Frugal)
	if !ok {
		return in
	}
	k := len(in) - 2
	used := gorgonia.Nodes{in[k+1]}
	ins, out := f.BackwardReads()
	for i := range k {
		if i < len(ins) && ins[i] {
			used = append(used, in[i])
		}
	}
	if out {
		used = append(used, in[k])
	}
	return used
}

// align places every value at the start of a cache line.
const align = 16

// pack assigns an offset to every region, largest first, each at the lowest offset that is free
// during its live range, and returns the size of the arena.
func pack[T op.Float](regions []*region[T]) int {
	order := slices.Clone(regions)
	slices.SortStableFunc(order, func(x, y *region[T]) int { return cmp.Compare(y.size, x.size) })
	var placed []*region[T] // by offset
	total := 0
	for _, r := range order {
		at := 0
		for _, q := range placed {
			if q.to < r.from || r.to < q.from {
				continue
			}
			if at+r.size <= q.offset {
				break
			}
			at = max(at, (q.offset+q.size+align-1)/align*align)
		}
		r.offset = at
		total = max(total, at+r.size)
		i, _ := slices.BinarySearchFunc(placed, r, func(x, y *region[T]) int { return cmp.Compare(x.offset, y.offset) })
		placed = slices.Insert(placed, i, r)
	}
	return total
}

// emit writes the instructions.
func (a *assembler[T]) emit() {
	arrays := func(ns gorgonia.Nodes) []op.Array[T] {
		out := make([]op.Array[T], len(ns))
		for i, n := range ns {
			v, ok := a.fixed[n]
			if !ok && n.Op() == nil {
				a.g.At("").fail("the input %q is unknown to the program: declare it with Graph.Input", n.Name())
			}
			out[i] = v
		}
		return out
	}
	for _, n := range a.nodes {
		if !a.live[n] || n.Op() == nil {
			continue
		}
		if f := a.fused[n]; f != nil {
			a.evaluate(f.kernel, f.in[1:1+f.weights])
			name := label(f.first.Op().(*op.Op[T]))
			a.exec.code = append(a.exec.code, instruction[T]{name: name, forward: f.kernel, in: arrays(f.in), out: a.fixed[n]})
			continue
		}
		inputs := a.inputs(n)
		in := arrays(inputs)
		c := instruction[T]{name: n.Op().String()}
		switch o := n.Op().(type) {
		case *op.Pick[T]:
			continue
		case *op.Op[T]:
			a.evaluate(o.Kernel(), inputs[min(1, len(inputs)):])
			c.name, c.forward, c.in, c.out = label(o), o.Kernel(), in, a.fixed[n]
		case *op.Backward[T]:
			k := len(in) - 2
			c.name, c.back, c.in, c.out, c.grad = label(o.Of)+" backward", o, in[:k], in[k], in[k+1]
			c.din = make([]op.Array[T], k)
			for _, p := range a.picks[o] {
				c.din[p.Op().(*op.Pick[T]).Index] = a.fixed[p]
			}
		default:
			c.foreign, c.in, c.out = o, in, a.fixed[n]
		}
		a.exec.code = append(a.exec.code, c)
	}
	for _, o := range a.g.outputs {
		a.exec.outputs[o.name] = a.fixed[o.node]
	}
	for _, w := range a.wants {
		src := a.fixed[w.node].Data
		if w.dst != nil {
			a.exec.copies = append(a.exec.copies, gradCopy[T]{dst: w.dst, src: src})
		}
		if w.of.param != nil && !w.second {
			a.exec.paramGrads[w.of.param] = src
		}
	}
	a.inputGradients()
	a.exec.sizes.Steps = len(a.exec.code)
}

// inputGradients says where those of named inputs are.
func (a *assembler[T]) inputGradients() {
	names := map[*binding]string{}
	for name, b := range a.g.byName {
		names[b] = name
	}
	for _, w := range a.wants {
		if name, ok := names[w.of]; ok && !w.second {
			a.exec.inputGrads[name] = a.fixed[w.node].Data
		}
	}
}

// label names an operator in errors and profiles.
func label(o op.Applied) string {
	if o.Path() == "" {
		return o.Spec().Name()
	}
	return fmt.Sprintf("%s: %s", o.Path(), o.Spec().Name())
}
