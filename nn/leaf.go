package nn

import (
	"strings"

	"gorgonia.org/gorgonia"
)

// Leaf identifies a node without an operator, for code that walks a graph while it is built: it
// returns the name of an input, or the parameter.
func (g *Graph) Leaf(n *gorgonia.Node) (input string, p *Param) {
	g.made()
	for _, b := range g.params {
		if b.node == n {
			return "", b.param
		}
	}
	for _, b := range g.inputs {
		if b.node == n {
			return strings.TrimPrefix(b.name, "input."), nil
		}
	}
	return "", nil
}
