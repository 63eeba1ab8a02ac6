package nn_test

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
)

// forward adds a module to a graph, given its inputs by name.
type forward = func(g *nn.Graph, in map[string]*gorgonia.Node) *gorgonia.Node

func TestMLPParity(t *testing.T) {
	type attrs struct {
		Activation string
		Widths     []int
	}
	nntest.CheckParity(t, "testdata/parity/mlp.json", func(s *nn.Scope, a attrs) (forward, error) {
		act, err := op.ParseActivation(a.Activation)
		m := nn.NewMLP(s, act, 0, a.Widths...)
		return func(g *nn.Graph, in map[string]*gorgonia.Node) *gorgonia.Node { return m.Forward(g, in["x"]) }, err
	})
}

func TestEnsembleMLPParity(t *testing.T) {
	type attrs struct {
		Members int
		Widths  []int
	}
	nntest.CheckParity(t, "testdata/parity/ensemble_mlp.json", func(s *nn.Scope, a attrs) (forward, error) {
		m := nn.NewEnsembleMLP(s, a.Members, 0, a.Widths...)
		return func(g *nn.Graph, in map[string]*gorgonia.Node) *gorgonia.Node { return m.Forward(g, in["x"]) }, nil
	})
}

func TestConvBlockParity(t *testing.T) {
	type attrs struct{ In, Out, Pool int }
	nntest.CheckParity(t, "testdata/parity/conv_block.json", func(s *nn.Scope, a attrs) (forward, error) {
		conv := nn.NewConv2D(s.In("conv"), nn.ConvConfig{In: a.In, Out: a.Out, Size: 3, Padding: 1})
		norm := nn.NewBatchNorm2D(s.In("norm"), a.Out)
		return func(g *nn.Graph, in map[string]*gorgonia.Node) *gorgonia.Node {
			x := conv.Forward(g, in["x"])
			x = g.Activate(op.ReLU, norm.Forward(g, x, in["row_weights"]))
			return g.Apply(op.MaxPool2D{Kernel: [2]int{a.Pool, a.Pool}}, x)
		}, nil
	})
}
