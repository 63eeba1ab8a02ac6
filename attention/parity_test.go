package attention_test

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
)

type sizes struct{ Dim, Heads, Hidden int }

func (a sizes) config() attention.Config {
	return attention.Config{Dim: a.Dim, Heads: a.Heads, Hidden: a.Hidden}
}

// forward adds a module to a graph, given its inputs by name.
type forward = func(g *nn.Graph, in map[string]*gorgonia.Node) *gorgonia.Node

func TestParity(t *testing.T) {
	for name, make := range map[string]func(s *nn.Scope, a sizes) (forward, error){
		"multi_head": func(s *nn.Scope, a sizes) (forward, error) {
			m, err := attention.NewMultiHead(s, a.Dim, a.Heads, 0)
			return func(g *nn.Graph, in map[string]*gorgonia.Node) *gorgonia.Node {
				y := in["y"]
				if y == nil {
					y = in["x"]
				}
				return m.Forward(g, in["x"], y, in["mask"])
			}, err
		},
		"self_block": func(s *nn.Scope, a sizes) (forward, error) {
			b, err := attention.NewSelf(s, a.config())
			return func(g *nn.Graph, in map[string]*gorgonia.Node) *gorgonia.Node {
				return b.Self(g, in["x"], in["mask"])
			}, err
		},
		"cross_block": func(s *nn.Scope, a sizes) (forward, error) {
			b, err := attention.NewCross(s, a.config())
			return func(g *nn.Graph, in map[string]*gorgonia.Node) *gorgonia.Node {
				return b.Cross(g, in["x"], in["y"], in["mask"])
			}, err
		},
	} {
		t.Run(name, func(t *testing.T) { nntest.CheckParity(t, "testdata/parity/"+name+".json", make) })
	}
}
