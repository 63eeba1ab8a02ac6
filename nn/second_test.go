package nn_test

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/rng"
)

// The gradients of two losses over one forward pass are those of two programs with one loss
// each, to the bit; parameters that a loss does not reach have zeros.
func TestSecondLoss(t *testing.T) {
	s := nn.NewScope(1)
	shared, left, right := nn.NewLinear(s.In("shared"), 3, 4), nn.NewLinear(s.In("left"), 4, 2), nn.NewLinear(s.In("right"), 4, 5)
	norm := nn.NewLayerNorm(s.In("norm"), 4)
	flat := s.Pack()
	losses := func(g *nn.Graph) (a, b *gorgonia.Node) {
		x := g.Dropout(norm.Forward(g, shared.Forward(g, g.Input("x", 6, 3))), 0.3)
		square := func(y *gorgonia.Node) *gorgonia.Node { return nntest.Total(g, g.Mul(y, y)) }
		return square(left.Forward(g, x)), square(right.Forward(g, x))
	}
	run := func(f func(g *nn.Graph)) *nn.Program {
		p := nntest.Build(t, nn.Options{Mode: nn.Train, Seed: 2}, f)
		for i := range p.Float("x") {
			p.Float("x")[i] = float32(rng.New(4).Normal(i))
		}
		if err := p.Run(3); err != nil {
			t.Fatal(err)
		}
		return p
	}
	both := run(func(g *nn.Graph) {
		a, b := losses(g)
		g.SecondLoss(b)
		g.Loss(a)
	})
	first := run(func(g *nn.Graph) { a, _ := losses(g); g.Loss(a) })
	second := run(func(g *nn.Graph) { _, b := losses(g); g.Loss(b) })
	if !slices.Equal(both.Gradients(), first.Gradients()) {
		t.Error("the gradient of the loss differs from that without a second one")
	}
	if !slices.Equal(both.SecondGradients(), second.Gradients()) || len(both.SecondGradients()) != len(flat) {
		t.Error("the gradient of the second loss differs from that of a program of its own")
	}
	if got, want := float64(both.Output("second loss")[0]), second.Loss(); got != want {
		t.Errorf("the second loss is %v, want %v", got, want)
	}
	if first.SecondGradients() != nil {
		t.Error("a program with one loss has second gradients")
	}
}

func TestSecondLossErrors(t *testing.T) {
	for want, f := range map[string]func(g *nn.Graph){
		"set twice": func(g *nn.Graph) {
			x := nntest.Total(g, g.Input("x", 2))
			g.SecondLoss(x)
			g.SecondLoss(x)
		},
		"want a scalar": func(g *nn.Graph) { g.SecondLoss(g.Input("x", 2)) },
		"is nil":        func(g *nn.Graph) { g.SecondLoss(nil) },
	} {
		if _, err := nn.Build(nn.Options{}, f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
}
