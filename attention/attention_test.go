package attention_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
)

// masks (2, 3): a row with two keys, and one with none.
var masks = []float64{1, 0, 1, 0, 0, 0}

func TestGradients(t *testing.T) {
	const d, hidden = 4, 3
	linear := func(in, out int) int { return in*out + out }
	heads := 4 * linear(d, d)
	rest := 4*d + linear(d, hidden) + linear(hidden, d)
	for name, c := range map[string]struct {
		make       func(s *nn.Scope) (func(g *nn.Graph) *gorgonia.Node, error)
		parameters int
	}{
		"self": {func(s *nn.Scope) (func(g *nn.Graph) *gorgonia.Node, error) {
			b, err := attention.NewSelf(s, attention.Config{Dim: d, Heads: 2, Hidden: hidden, Dropout: 0.2})
			return func(g *nn.Graph) *gorgonia.Node {
				return b.Self(g, g.Input("x", 2, 3, d), g.Constant("mask", 2, 3))
			}, err
		}, heads + rest},
		"cross": {func(s *nn.Scope) (func(g *nn.Graph) *gorgonia.Node, error) {
			b, err := attention.NewCross(s, attention.Config{Dim: d, Heads: 1, Hidden: hidden, Activation: op.SiLU})
			return func(g *nn.Graph) *gorgonia.Node {
				return b.Cross(g, g.Input("x", 2, 2, d), g.Input("y", 2, 3, d), g.Constant("mask", 2, 3))
			}, err
		}, heads + rest + 2*d},
		"one token": {func(s *nn.Scope) (func(g *nn.Graph) *gorgonia.Node, error) {
			m, err := attention.NewMultiHead(s, d, 4, 0)
			return func(g *nn.Graph) *gorgonia.Node {
				return m.Forward(g, g.Input("x", 3, 1, d), g.Input("y", 3, 1, d), nil)
			}, err
		}, heads},
		"learned positions": {func(s *nn.Scope) (func(g *nn.Graph) *gorgonia.Node, error) {
			p := attention.NewLearned(s, 3, 2, 0.02)
			return func(g *nn.Graph) *gorgonia.Node { return p.Forward(g, g.Input("x", 2, 3, 2)) }, nil
		}, 6},
		"sinusoidal positions": {func(s *nn.Scope) (func(g *nn.Graph) *gorgonia.Node, error) {
			p := attention.NewSinusoidal(s, 3, 5)
			return func(g *nn.Graph) *gorgonia.Node { return p.Forward(g, g.Input("x", 2, 3, 5)) }, nil
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := nn.NewScope(1)
			f, err := c.make(s)
			if err != nil {
				t.Fatal(err)
			}
			nntest.CheckCount(t, s, c.parameters)
			nntest.Jitter(s, 1)
			nntest.CheckGradients(t, nntest.Case{
				Build:  func(g *nn.Graph) []*gorgonia.Node { return []*gorgonia.Node{f(g)} },
				Floats: map[string][]float64{"mask": masks}, Skip: []string{"mask"},
			})
		})
	}
}

// Without positions attention does not know the order of keys; with all keys
// masked it gives the bias of its last layer alone.
func TestOrderAndEmptySets(t *testing.T) {
	s := nn.NewScope(1)
	m, err := attention.NewMultiHead(s, 2, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.Pack()
	nntest.Jitter(s, 1)
	p := nntest.Build(t, nn.Options{}, func(g *nn.Graph) {
		g.Output("z", m.Forward(g, g.Input("x", 1, 1, 2), g.Input("y", 1, 3, 2), g.Constant("mask", 1, 3)))
	})
	copy(p.Float("x"), []float32{1, 2})
	run := func(y []float32, mask ...float32) []float32 {
		copy(p.Float("y"), y)
		copy(p.Float("mask"), mask)
		nntest.Run(t, p, 0)
		return slices.Clone(p.Output("z"))
	}
	first := run([]float32{1, 0, 0, 1, 5, 5}, 1, 1, 0)
	nntest.Equal(t, "keys in another order", run([]float32{5, 5, 0, 1, 1, 0}, 0, 1, 1), first)
	nntest.Equal(t, "no keys", run([]float32{1, 0, 0, 1, 5, 5}, 0, 0, 0), m.Out.Bias.Data)
}

// Observe is given the weights: they sum to 1 over the keys that exist, and
// training graphs have none.
func TestObservedWeights(t *testing.T) {
	s := nn.NewScope(1)
	m, err := attention.NewMultiHead(s, 4, 2, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	s.Pack()
	observed := 0
	m.Observe = func(g *nn.Graph, weights *gorgonia.Node) {
		observed++
		g.Output("weights", weights)
	}
	build := func(mode nn.Mode) *nn.Program {
		return nntest.Build(t, nn.Options{Mode: mode}, func(g *nn.Graph) {
			z := m.Forward(g, g.Input("x", 2, 5, 4), g.Input("y", 2, 3, 4), g.Constant("mask", 2, 3))
			g.Output("z", z)
			g.Loss(nntest.Total(g, z))
		})
	}
	build(nn.Train)
	if observed != 0 {
		t.Error("a training graph has weights to look at")
	}
	p := build(nn.Eval)
	for i := range p.Float("x") {
		p.Float("x")[i] = float32(i%7) - 3
	}
	for i := range p.Float("y") {
		p.Float("y")[i] = float32(i % 5)
	}
	for i, v := range masks {
		p.Float("mask")[i] = float32(v)
	}
	nntest.Run(t, p, 0)
	w := p.Output("weights") // (2, 2, 5, 3)
	if len(w) != 2*2*5*3 {
		t.Fatalf("%d weights", len(w))
	}
	for i := 0; i < len(w); i += 3 {
		want := 1.0
		if i >= len(w)/2 {
			want = 0 // the second row has no keys
		}
		sum := float64(w[i]) + float64(w[i+1]) + float64(w[i+2])
		if math.Abs(sum-want) > 1e-6 || w[i+1] != 0 {
			t.Errorf("weights %v, want a sum of %v and 0 in the middle", w[i:i+3], want)
		}
	}
}

// The sines of Vaswani et al. (2017), §3.5, by their formula.
func TestSinusoidalPositions(t *testing.T) {
	p := attention.NewSinusoidal(nn.NewScope(1), 7, 5)
	if p.Table.Trainable {
		t.Error("sinusoidal positions are trained")
	}
	for pos := range 7 {
		for i := range 5 {
			angle := float64(pos) / math.Pow(10000, float64(2*(i/2))/5)
			want := math.Sin(angle)
			if i%2 == 1 {
				want = math.Cos(angle)
			}
			if got := float64(p.Table.Data[pos*5+i]); math.Abs(got-want) > 1e-6 {
				t.Errorf("position %d, feature %d: %v, want %v", pos, i, got, want)
			}
		}
	}
}

func TestHeadsMustDivideTheWidth(t *testing.T) {
	for _, heads := range []int{0, -1, 3, 8} {
		for _, make := range []func(*nn.Scope, attention.Config) (*attention.Block, error){attention.NewSelf, attention.NewCross} {
			_, err := make(nn.NewScope(1).In("block"), attention.Config{Dim: 4, Heads: heads})
			if err == nil || !strings.HasPrefix(err.Error(), "block.attention: ") || !strings.Contains(err.Error(), "4") {
				t.Errorf("%d heads of width 4: %v", heads, err)
			}
		}
	}
}
