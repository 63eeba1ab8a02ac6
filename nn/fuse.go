package nn

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/op"
)

// A fusion is a chain of nodes that one kernel computes: a convolution or a
// linear layer and what follows it element by element, done while its numbers are
// in the cache. The graph keeps its nodes; programs for evaluation have fewer
// instructions. The bits are those of the chain.
type fusion[T op.Float] struct {
	kernel  op.Kernel[T]
	in      gorgonia.Nodes
	first   *gorgonia.Node
	weights int // inputs after the first
}

// fuse finds the chains of a program for evaluation, by their last node, and
// marks the others as not live.
func (a *assembler[T]) fuse() {
	if a.g.options.differentiates() || a.g.options.Float64 {
		return
	}
	users := a.users()
	for _, n := range a.nodes {
		if !a.live[n] || a.fused[n] != nil {
			continue
		}
		o, ok := n.Op().(*op.Op[T])
		if !ok {
			continue
		}
		chain := op.Chain{Shape: o.OutShape()}
		in := a.inputs(n)
		if !chain.Begin(o.Spec(), len(in)) {
			continue
		}
		last := n
		for len(users[last]) == 1 {
			user := users[last][0]
			next, ok := user.Op().(*op.Op[T])
			if !ok || !a.live[user] || a.fused[user] != nil { // another chain may have it
				break
			}
			at, others := position(next.Inputs(), last)
			if !chain.Extend(next.Spec(), at, shapes(others)) {
				break
			}
			in = append(in[:len(in):len(in)], others...)
			a.live[last] = false
			last = user
		}
		if last == n {
			continue
		}
		kernel := any(op.Fuse(chain)).(op.Kernel[T])
		a.fused[last] = &fusion[T]{kernel: kernel, in: in, first: n, weights: chain.Weights()}
	}
}

// users lists the live nodes that read each node; outputs have one user more,
// which is nil.
func (a *assembler[T]) users() map[*gorgonia.Node]gorgonia.Nodes {
	users := map[*gorgonia.Node]gorgonia.Nodes{}
	for _, n := range a.nodes {
		if !a.live[n] || n.Op() == nil {
			continue
		}
		for _, c := range a.inputs(n) {
			users[c] = append(users[c], n)
		}
	}
	for _, o := range a.g.outputs {
		users[o.node] = append(users[o.node], nil, nil)
	}
	return users
}

// position is where n is among in, and what else there is.
func position(in gorgonia.Nodes, n *gorgonia.Node) (at int, others gorgonia.Nodes) {
	for i, c := range in {
		if c == n {
			at = i
		} else {
			others = append(others, c)
		}
	}
	return at, others
}

// evaluate tells a kernel that it is in a program for evaluation, and whose
// weights it has, unless some are computed in the graph.
func (a *assembler[T]) evaluate(k op.Kernel[T], weights gorgonia.Nodes) {
	e, ok := k.(op.Evaluator)
	if !ok || a.g.options.differentiates() {
		return
	}
	var of *op.Weights
	for _, n := range weights {
		_, p := a.g.Leaf(n)
		if p == nil || of != nil && of != &p.reg.weights {
			e.Evaluate(nil)
			return
		}
		of = &p.reg.weights
	}
	e.Evaluate(of)
}

func shapes(ns gorgonia.Nodes) []tensor.Shape {
	s := make([]tensor.Shape, len(ns))
	for i, n := range ns {
		s[i] = n.Shape()
	}
	return s
}
