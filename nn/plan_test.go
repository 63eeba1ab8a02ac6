package nn_test

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/internal/property"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// network is a random graph: operators over nodes made before, of shape (3, 4).
type network struct {
	scope   *nn.Scope
	weights []*nn.Param
	steps   []func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node
}

// drawNetwork draws one. Nodes are used several times, or not at all; weights
// are shared.
func drawNetwork(t *property.T) *network {
	n := &network{scope: nn.NewScope(1)}
	for i := range 2 {
		n.weights = append(n.weights, n.scope.Param(fmt.Sprint("w", i), []int{4, 4}, nn.Normal(0.5)))
	}
	bias := n.scope.Param("bias", []int{4}, nn.Normal(0.5))
	n.scope.Pack()
	count := property.IntRange(1, 14).Draw(t, "operators")
	for i := range count {
		at := func(name string) int { return property.IntRange(0, i).Draw(t, fmt.Sprint(name, i)) }
		a, b, c := at("a"), at("b"), at("c")
		w := n.weights[property.IntRange(0, 1).Draw(t, fmt.Sprint("w", i))]
		n.steps = append(n.steps, []func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node{
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node { return g.Add(xs[a], xs[b]) },
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node { return g.Mul(xs[a], xs[b]) },
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node { return g.Sum(xs[a], xs[b], xs[c]) },
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node { return g.Activate(op.Tanh, xs[a]) },
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node { return g.Add(xs[a], g.Param(bias)) },
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node { return g.Dropout(xs[a], 0.3) },
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node {
				return g.Apply(op.Linear{Activation: op.GELU}, xs[a], g.Param(w))
			},
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node {
				return g.Concat(1, g.Slice(xs[a], 1, 0, 1), g.Slice(xs[b], 1, 1, 4))
			},
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node {
				return g.Transpose(g.Reshape(g.Transpose(xs[a], 1, 0), 4, 3), 1, 0)
			},
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node {
				x := g.Reshape(xs[a], 1, 3, 4)
				return g.Reshape(g.Apply(op.Attention{Heads: 2}, x, g.Reshape(xs[b], 1, 3, 4), g.Reshape(xs[c], 1, 3, 4)), 3, 4)
			},
			func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node { return xs[a] }, // the same node twice
		}[property.IntRange(0, 10).Draw(t, fmt.Sprint("kind", i))])
	}
	return n
}

// build builds the network; with keep, every value is an output, so that no
// memory is used twice.
func (n *network) build(t *property.T, mode nn.Mode, keep bool) *nn.Program {
	p, err := nn.Build(nn.Options{Mode: mode, Seed: 2, InputGradients: true}, func(g *nn.Graph) {
		xs := []*gorgonia.Node{g.Input("x", 3, 4)}
		for i, step := range n.steps {
			x := step(g, xs)
			if keep {
				g.Output(fmt.Sprint("kept", i), x)
			}
			xs = append(xs, x)
		}
		last := xs[len(xs)-1]
		g.Output("last", last)
		g.Loss(g.Apply(op.WeightedSum{Key: rng.New(3)}, g.Add(last, g.Apply(op.Linear{}, xs[0], g.Param(n.weights[0])))))
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Float("x") {
		p.Float("x")[i] = float32(rng.New(4).Normal(i))
	}
	return p
}

// Values that share memory are the same, bit for bit, as values that have
// memory of their own: forward, gradients, first run and later ones.
func TestPlannedMemory(t *testing.T) {
	saved := 0
	property.Check(t, func(t *property.T) {
		n := drawNetwork(t)
		for _, mode := range []nn.Mode{nn.Train, nn.Eval} {
			planned, kept := n.build(t, mode, false), n.build(t, mode, true)
			for step := range 2 {
				for _, p := range []*nn.Program{planned, kept} {
					if err := p.Run(step); err != nil {
						t.Fatal(err)
					}
				}
				if !slices.Equal(planned.Output("last"), kept.Output("last")) || planned.Loss() != kept.Loss() {
					t.Fatalf("%s, run %d: %v in shared memory, %v in its own", mode, step, planned.Output("last"), kept.Output("last"))
				}
				if !slices.Equal(planned.Gradients(), kept.Gradients()) || !slices.Equal(planned.InputGradient("x"), kept.InputGradient("x")) {
					t.Fatalf("%s, run %d: gradients %v in shared memory, %v in their own", mode, step, planned.Gradients(), kept.Gradients())
				}
			}
			if s := planned.Stats(); s.Planned < s.Sum {
				saved++
			}
		}
	})
	if saved == 0 {
		t.Error("no graph shared any memory: the test shows nothing")
	}
}

// The gradient of a parameter that is the gradient of another value too is put
// where it belongs in the flat vector.
func TestGradientsOfSharedValues(t *testing.T) {
	s := nn.NewScope(1)
	a, b := s.Param("a", []int{2, 3}, nn.Normal(1)), s.Param("b", []int{2, 3}, nn.Normal(1))
	frozen := s.Buffer("frozen", []int{2, 3}, nn.Ones)
	unused := s.Param("unused", []int{2}, nn.Ones)
	s.Pack()
	p, err := nn.Build(nn.Options{Mode: nn.Train}, func(g *nn.Graph) {
		sum := g.Add(g.Param(a), g.Param(b)) // passes one gradient to both
		g.Loss(g.Apply(op.WeightedSum{Key: rng.New(1)}, g.Add(sum, g.Param(frozen))))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(1); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		want := float32(rng.New(1).Normal(i))
		if p.Gradients()[a.Offset()+i] != want || p.Gradients()[b.Offset()+i] != want {
			t.Errorf("gradient %d is %v and %v, want %v", i, p.Gradients()[a.Offset()+i], p.Gradients()[b.Offset()+i], want)
		}
	}
	if g := p.Gradients()[unused.Offset():][:2]; g[0] != 0 || g[1] != 0 || frozen.Offset() != -1 {
		t.Errorf("what the graph does not use has the gradient %v, a buffer the offset %d", g, frozen.Offset())
	}
}
