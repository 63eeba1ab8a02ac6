package nn

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/op"
)

// gradients adds the backward pass to the graph and returns the gradient node
// of every leaf that needs one.
//
// It asks each operator, Gorgonia's own included, for its symbolic
// derivative, last node first. Gorgonia's Grad does the same, but adds the
// terms of a node up in pairs of allocating operators, in an order that is its
// own, and differentiates what nobody asked for.
func (g *Graph) gradients(seed *gorgonia.Node) (map[*gorgonia.Node]*gorgonia.Node, error) {
	forward := g.expr.AllNodes() // nodes are made after their inputs: a topological order
	terms := map[*gorgonia.Node]gorgonia.Nodes{g.loss: {seed}}
	leaves := map[*gorgonia.Node]*gorgonia.Node{}
	for i := len(forward) - 1; i >= 0; i-- {
		n := forward[i]
		if len(terms[n]) == 0 || !g.needsGradient(n) {
			continue
		}
		total := terms[n][0]
		if len(terms[n]) > 1 {
			total = g.Apply(op.Sum{}, terms[n]...)
		}
		g.requires[total] = false // gradients are not differentiated again
		if n.Op() == nil {
			leaves[n] = total
			continue
		}
		sd, ok := n.Op().(gorgonia.SDOp)
		if !ok {
			return nil, &BuildError{Path: g.path, Err: fmt.Errorf("operator %v has no symbolic derivative", n.Op())}
		}
		in := children(g.expr, n)
		ds, err := sd.SymDiff(in, n, total)
		if err != nil {
			return nil, &BuildError{Path: g.path, Err: err}
		}
		for j, c := range in {
			if ds[j] != nil && g.needsGradient(c) {
				g.requires[ds[j]] = false
				terms[c] = append(terms[c], ds[j])
			}
		}
	}
	return leaves, nil
}
