package nn_test

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// An operator of ours is an operator of Gorgonia's: its own machine and its own
// differentiation give, bit for bit, what Program gives.
func TestTapeMachineAgrees(t *testing.T) {
	s := nn.NewScope(1)
	w1 := s.Param("w1", []int{6, 4}, nn.Normal(1))
	w2 := s.Param("w2", []int{6, 6}, nn.Normal(1))
	s.Pack()
	x := make([]float32, 3*5*4)
	for i := range x {
		x[i] = float32(rng.New(2).Normal(i))
	}
	net := func(g *nn.Graph) *gorgonia.Node {
		h := g.Apply(op.Linear{Activation: op.GELU}, g.Input("x", 3, 5, 4), g.Param(w1))
		h = g.Apply(op.Add{}, h, g.Apply(op.Attention{Heads: 2}, h, h, g.Apply(op.Linear{}, h, g.Param(w2))))
		return g.Apply(op.WeightedSum{Key: rng.New(3)}, h)
	}
	p, err := nn.Build(nn.Options{Mode: nn.Train}, func(g *nn.Graph) { g.Loss(net(g)) })
	if err != nil {
		t.Fatal(err)
	}
	copy(p.Float("x"), x)
	for range 2 { // a second run must not see the first
		if err := p.Run(1); err != nil {
			t.Fatal(err)
		}
	}

	var expr *gorgonia.ExprGraph
	var loss *gorgonia.Node
	_, err = nn.Build(nn.Options{Mode: nn.Train}, func(g *nn.Graph) {
		loss = net(g)
		g.Loss(loss)
		expr = gorgonia.NewGraph() // a copy, free of the program's backward pass
		*expr = *g.Gorgonia()
		var cost gorgonia.Value
		gorgonia.Read(loss, &cost)
		wrt := gorgonia.Nodes{g.Param(w1), g.Param(w2)}
		grads, err := gorgonia.Grad(loss, wrt...)
		if err != nil {
			t.Fatal(err)
		}
		vm := gorgonia.NewTapeMachine(g.Gorgonia())
		defer vm.Close()
		in := g.Gorgonia().ByName("input.x")[0].Value().(*tensor.Dense)
		copy(in.Data().([]float32), x)
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if got, want := float64(cost.Data().(float32)), p.Loss(); got != want {
			t.Errorf("loss: tape machine %v, program %v", got, want)
		}
		at := 0
		for i, d := range grads {
			for j, v := range d.Value().Data().([]float32) {
				if want := p.Gradients()[at]; v != want {
					t.Fatalf("gradient of %s[%d]: tape machine %v, program %v", wrt[i].Name(), j, v, want)
				}
				at++
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Gorgonia's own operators may stand between ours.
func TestForeignOperators(t *testing.T) {
	s := nn.NewScope(1)
	w := s.Param("w", []int{3, 3}, nn.Normal(1))
	s.Pack()
	p, err := nn.Build(nn.Options{Mode: nn.Train, Float64: true}, func(g *nn.Graph) {
		h := gorgonia.Must(gorgonia.Tanh(gorgonia.Must(gorgonia.Mul(g.Input("x", 2, 3), g.Param(w)))))
		g.Loss(g.Apply(op.WeightedSum{Key: rng.New(3)}, h))
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Float64("x") {
		p.Float64("x")[i] = rng.New(5).Normal(i)
	}
	loss := func() float64 {
		if err := p.Run(0); err != nil {
			t.Fatal(err)
		}
		return p.Loss()
	}
	loss()
	grad := append([]float64{}, p.ParamGradient64(w)...)
	for i, v := range p.Param64(w) {
		p.Param64(w)[i] = v + 1e-6
		up := loss()
		p.Param64(w)[i] = v - 1e-6
		down := loss()
		p.Param64(w)[i] = v
		if d := (up-down)/2e-6 - grad[i]; d > 1e-6 || d < -1e-6 {
			t.Errorf("gradient %d is off by %g", i, d)
		}
	}
}
