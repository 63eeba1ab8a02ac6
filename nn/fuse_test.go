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

// images is a random graph of convolutions and what may follow them, then
// linear layers: chains that are one kernel in evaluation, and such that
// cannot be since somebody else reads what is between.
type images struct {
	scope *nn.Scope
	steps []func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node
	dense []*nn.Linear
}

func drawImages(t *property.T) *images {
	m := &images{scope: nn.NewScope(1)}
	for i := range property.IntRange(1, 8).Draw(t, "operators") {
		s := m.scope.In(fmt.Sprint(i))
		at := func(name string) int { return property.IntRange(max(0, i-2), i).Draw(t, fmt.Sprint(name, i)) }
		a, b := at("a"), at("b")
		kind := property.IntRange(0, 4).Draw(t, fmt.Sprint("kind", i))
		conv := nn.NewConv2D(s.In("conv"), nn.ConvConfig{In: 4, Out: 4, Size: 3, Padding: 1, Bias: i%2 == 0})
		norm := nn.NewBatchNorm2D(s.In("norm"), 4)
		for _, p := range []*nn.Param{norm.RunningMean, norm.RunningVar, norm.Bias} {
			for j := range p.Data {
				p.Data[j] = float32(rng.New(2).Name(p.Name).Float64(j)) + 0.1
			}
		}
		m.steps = append(m.steps, func(g *nn.Graph, xs []*gorgonia.Node) *gorgonia.Node {
			x := xs[a]
			if kind < 3 {
				x = conv.Forward(g, x)
			}
			if kind != 2 {
				rows := g.Constant(fmt.Sprint("rows", i), x.Shape()[0])
				x = norm.Forward(g, x, rows)
			}
			if kind%2 == 1 {
				x = g.Add(xs[b], x)
			}
			return g.Activate(op.Activation(kind), x)
		})
	}
	for i := range 2 {
		m.dense = append(m.dense, nn.NewLinear(m.scope.In(fmt.Sprint("dense", i)), 36, 36))
	}
	m.dense[1].Activation = op.GELU
	m.scope.Pack()
	return m
}

// build builds the graph; with keep, all that is between is an output, so that
// nothing can be one kernel.
func (m *images) build(t *property.T, batch int, keep bool) *nn.Program {
	p, err := nn.Build(nn.Options{}, func(g *nn.Graph) {
		xs := []*gorgonia.Node{g.Input("x", batch, 4, 3, 3)}
		note := func(x *gorgonia.Node) *gorgonia.Node {
			if keep {
				g.Output(fmt.Sprint("kept", len(xs), x.ID()), x)
			}
			return x
		}
		for _, step := range m.steps {
			xs = append(xs, note(step(g, xs)))
		}
		x := g.Reshape(xs[len(xs)-1], batch, 36)
		for _, l := range m.dense {
			x = g.Add(x, note(l.Forward(g, x)))
		}
		g.Output("y", x)
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(t interface{ Fatal(...any) }, p *nn.Program, x []float32) []float32 {
	copy(p.Float("x"), x)
	if err := p.Run(0); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(p.Output("y"))
}

// A chain has the bits of its links, and weights that are held those of weights
// that are not, for one row as for several.
func TestFusion(t *testing.T) {
	property.Check(t, func(t *property.T) {
		m := drawImages(t)
		const batch, row = 5, 36
		x := make([]float32, batch*row)
		for i := range x {
			x[i] = float32(rng.New(3).Normal(i))
		}
		want := run(t, m.build(t, batch, true), x)
		whole, alone := m.build(t, batch, false), m.build(t, 1, false)
		check := func(what string) {
			if got := run(t, whole, x); !slices.Equal(got, want) {
				t.Fatalf("%s: chains give %v …, want %v …", what, got[:4], want[:4])
			}
			for i := range batch {
				if got := run(t, alone, x[i*row:(i+1)*row]); !slices.Equal(got, want[i*row:(i+1)*row]) {
					t.Fatalf("%s: row %d alone gives %v …, want %v …", what, i, got[:4], want[i*row:][:4])
				}
			}
		}
		check("not held")
		release := m.scope.Hold()
		check("held")
		check("held, again")
		release()
		check("released")
	})
}

// block is a residual block of two convolutions, as ResNet has it.
func block(s *nn.Scope) func(g *nn.Graph) {
	conv := nn.NewConv2D(s.In("conv"), nn.ConvConfig{In: 4, Out: 4, Size: 3, Padding: 1})
	norm := nn.NewBatchNorm2D(s.In("norm"), 4)
	return func(g *nn.Graph) {
		x := g.Input("x", 2, 4, 3, 3)
		rows := g.Constant("rows", 2)
		h := g.Activate(op.ReLU, norm.Forward(g, conv.Forward(g, x), rows))
		h = g.Activate(op.ReLU, g.Add(x, norm.Forward(g, conv.Forward(g, h), rows)))
		g.Output("y", h)
		if g.Mode() == nn.Train {
			g.Loss(g.Apply(op.WeightedSum{Key: rng.New(3)}, h))
		}
	}
}

func TestFusionMakesOneInstructionOfAChain(t *testing.T) {
	p, err := nn.Build(nn.Options{}, block(nn.NewScope(1)))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Stats().Steps; got != 2 {
		t.Errorf("two convolutions with what follows them are %d instructions, want 2", got)
	}
}

// Weights that are held are not believed to be the same after training, nor
// after Changed.
func TestHeldWeightsThatChange(t *testing.T) {
	s := nn.NewScope(1)
	f := block(s)
	flat := s.Pack()
	train, err := nn.Build(nn.Options{Mode: nn.Train}, f)
	if err != nil {
		t.Fatal(err)
	}
	eval, err := nn.Build(nn.Options{}, f)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, len(eval.Float("x")))
	for i := range x {
		x[i] = float32(rng.New(3).Normal(i))
	}
	for i := range train.Float("rows") {
		train.Float("rows")[i] = 1
	}
	for name, announce := range map[string]func(){
		"training": func() { run(t, train, x); train.Commit() },
		"Changed":  s.Changed,
	} {
		release := s.Hold()
		before := run(t, eval, x)
		announce()
		for i := range flat {
			flat[i] *= 1.25
		}
		after := run(t, eval, x)
		release()
		if want := run(t, eval, x); !slices.Equal(after, want) || slices.Equal(after, before) {
			t.Errorf("%s: held weights give %v … after the change, want %v …", name, after[:4], want[:4])
		}
	}
}
