package nn

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/op"
)

// A fusion is a chain of nodes computed by one kernel: a convolution or linear layer and the
// elementwise operators that follow it, applied while the values are in cache. The graph keeps its
// nodes; only programs for evaluation have fewer instructions. The result has the same bits as the
// unfused chain.
type fusion[T op.Float] struct {
	kernel  op.Kernel[T]
	in      gorgonia.Nodes
	first   *gorgonia.Node
	weights int // inputs after the first
}

// fuse finds the chains of an evaluation program, keyed by their last node, and marks the other
// nodes as not live.
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
			if !ok || !a.live[user] || a.fused[user] != nil { // another chain may have claimed it
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

// users lists the live nodes that read each node. An output has one additional user, nil.
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

// position returns the index of n in in, and the other elements.
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

// evaluate tells a kernel that it is part of an evaluation program and which weights it uses,
// unless some of them are computed in the graph.
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
