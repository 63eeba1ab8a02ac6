package nn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// Gradients that would be lost are an error of the build.
func TestGradientsThatWouldBeLost(t *testing.T) {
	first, second := nn.NewScope(1), nn.NewScope(2)
	a, b := nn.NewLinear(first.In("a"), 3, 3), nn.NewLinear(second.In("b"), 3, 1)
	build := func(mode nn.Mode) error {
		_, err := nn.Build(nn.Options{Mode: mode}, func(g *nn.Graph) {
			g.Loss(nntest.Total(g, b.Forward(g, a.Forward(g, g.Input("x", 2, 3)))))
		})
		return err
	}
	refused := func(when string, want ...string) {
		t.Helper()
		err := build(nn.Train)
		if err == nil {
			t.Fatalf("%s: built", when)
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", when, err, w)
			}
		}
	}
	refused("nothing is packed", "a.weight", "Scope.Pack")
	first.Pack()
	refused("one of two is packed", "b.weight", "Scope.Pack")
	second.Pack()
	refused("two are packed", "a.weight", "b.weight", "different models")
	if err := build(nn.Eval); err != nil {
		t.Errorf("evaluation has no gradients to lose: %v", err)
	}
	for _, p := range second.Params() {
		p.Trainable = false
	}
	if err := build(nn.Train); err != nil {
		t.Errorf("a second model that is not trained loses none: %v", err)
	}
}

// Inputs and parameters have names of their own.
func TestInputNamedLikeAParameter(t *testing.T) {
	s := nn.NewScope(1)
	x := s.Param("x", []int{3}, nn.Normal(1))
	y := s.Param("y", []int{3}, nn.Normal(1))
	s.Pack()
	p := nntest.Build(t, nn.Options{Mode: nn.Train, InputGradients: true}, func(g *nn.Graph) {
		in := g.Input("x", 3)
		// One gradient goes to the input and to both parameters.
		g.Loss(g.Apply(op.WeightedSum{Key: rng.New(1)}, g.Add(g.Add(in, g.Param(x)), g.Param(y))))
	})
	nntest.Run(t, p, 0)
	for i := range 3 {
		want := float32(rng.New(1).Normal(i))
		if got := []float32{p.InputGradient("x")[i], p.Gradients()[i], p.Gradients()[3+i]}; got[0] != want || got[1] != want || got[2] != want {
			t.Errorf("gradients by the input and the parameters %v, want %v each", got, want)
		}
	}
}

// What a program does not have is named, with what it has.
func TestMisspeltNames(t *testing.T) {
	build := func(double bool) *nn.Program {
		return nntest.Build(t, nn.Options{Float64: double}, func(g *nn.Graph) {
			ids := g.IntInput("ids", 2)
			_ = ids
			g.Output("scores", g.Scale(g.Input("x", 2, 3), 2))
		})
	}
	single, double := build(false), build(true)
	for name, c := range map[string]struct {
		read func()
		want string
	}{
		"output":                     {func() { single.Output("score") }, `no output "score"; it has scores`},
		"output in double":           {func() { double.Output("scores") }, "Output64"},
		"output in single":           {func() { single.Output64("scores") }, "Output"},
		"input":                      {func() { single.Float("y") }, `no input "y"; it has ids, x`},
		"whole numbers as floats":    {func() { single.Float("ids") }, `"ids" does not hold float32`},
		"floats as whole numbers":    {func() { single.Int("x") }, `"x" does not hold whole numbers`},
		"single precision as double": {func() { single.Float64("x") }, `"x" does not hold float64`},
		"loss":                       {func() { single.Loss() }, `no output "loss"`},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "nn: ") || !strings.Contains(got, c.want) {
					t.Errorf("%s: %q, want %q", name, got, c.want)
				}
			}()
			c.read()
		}()
	}
}
