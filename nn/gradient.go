package nn

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/op"
)

// gradients adds the backward pass of a loss to the graph and returns the gradient node of every
// leaf that needs one.
//
// It asks each operator, including Gorgonia's own, for its symbolic derivative, last node first.
// Gorgonia's Grad does the same, but sums the contributions to a node pairwise with allocating
// operators, in an order of its own, and differentiates more than necessary.
func (g *Graph) gradients(loss, seed *gorgonia.Node) (map[*gorgonia.Node]*gorgonia.Node, error) {
	forward := g.expr.AllNodes() // nodes are created after their inputs: a topological order
	terms := map[*gorgonia.Node]gorgonia.Nodes{loss: {seed}}
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
		g.requires[total] = false // gradients are not themselves differentiated
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
