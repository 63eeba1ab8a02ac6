package nn

import (
	"strings"

	"gorgonia.org/gorgonia"
)

// Leaf tells what a node without an operator stands for, for whoever walks a
// graph while it is built: a parameter, or the input that was declared under a
// name.
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
