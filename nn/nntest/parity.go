package nntest

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// A Fixture is a module as PyTorch computes it: one case of a file that
// scripts/parity/layers.py wrote and scripts/parity/README.md describes.
type Fixture struct {
	Name       string          `json:"name"`
	Attrs      json.RawMessage `json:"attrs"`
	Params     []Array         `json:"params"`
	Inputs     []Array         `json:"inputs"`
	Output     Array           `json:"output"`
	GradOutput Array           `json:"grad_output"`
	Grads      []*Array        `json:"grads"` // by input; nil where there is none
	ParamGrads []Array         `json:"param_grads"`
	Buffers    struct {
		Before []Array `json:"before"`
		After  []Array `json:"after"`
	} `json:"buffers"`
}

// An Array of a Fixture.
type Array struct {
	Name  string    `json:"name"`
	Shape []int     `json:"shape"`
	Data  []float32 `json:"data"`
}

// Tolerances of CheckParity: |ours - PyTorch's| <= absolute + relative·|PyTorch's|.
const (
	outputRelative, outputAbsolute     = 1e-4, 1e-5
	gradientRelative, gradientAbsolute = 1e-3, 1e-4
)

// CheckParity runs every case of a file. make makes the module of a case, its
// parameters named as PyTorch's are, and returns what adds it to a graph, given
// the case's inputs by name (nil for those it does not have).
func CheckParity[Attrs any](t *testing.T, file string, make func(s *nn.Scope, a Attrs) (func(g *nn.Graph, in map[string]*gorgonia.Node) *gorgonia.Node, error)) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Cases []Fixture `json:"cases"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Cases) == 0 {
		t.Fatalf("%s has no cases", file)
	}
	for _, c := range f.Cases {
		t.Run(c.Name, func(t *testing.T) {
			var a Attrs
			if err := json.Unmarshal(c.Attrs, &a); err != nil {
				t.Fatal(err)
			}
			s := nn.NewScope(1)
			forward, err := make(s, a)
			if err != nil {
				t.Fatal(err)
			}
			s.Pack()
			c.load(t, s)
			c.run(t, s, forward)
		})
	}
}

// load gives the parameters PyTorch's values.
func (c Fixture) load(t *testing.T, s *nn.Scope) {
	t.Helper()
	all := slices.Concat(c.Params, c.Buffers.Before)
	if got := len(s.Params()); got != len(all) {
		t.Errorf("%d parameters and buffers, PyTorch has %d", got, len(all))
	}
	for _, p := range s.Params() {
		a := find(t, all, p.Name)
		if !slices.Equal(a.Shape, p.Shape) {
			t.Fatalf("%s is %v, PyTorch has %v", p.Name, p.Shape, a.Shape)
		}
		copy(p.Data, a.Data)
	}
}

func (c Fixture) run(t *testing.T, s *nn.Scope, forward func(*nn.Graph, map[string]*gorgonia.Node) *gorgonia.Node) {
	t.Helper()
	p, err := nn.Build(nn.Options{Mode: nn.Train, InputGradients: true}, func(g *nn.Graph) {
		in := map[string]*gorgonia.Node{}
		for i, a := range c.Inputs {
			if c.Grads[i] == nil {
				in[a.Name] = g.Constant(a.Name, a.Shape...)
			} else {
				in[a.Name] = g.Input(a.Name, a.Shape...)
			}
		}
		y := forward(g, in)
		g.Output("y", y)
		// Σ grad_output·y, whose gradients are the fixture's.
		n := len(c.Output.Data)
		dot := g.Apply(op.Linear{}, g.Reshape(y, 1, n), g.Constant("grad_output", 1, n))
		g.Loss(g.Reshape(dot))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range c.Inputs {
		copy(p.Float(a.Name), a.Data)
	}
	copy(p.Float("grad_output"), c.GradOutput.Data)
	if err := p.Run(1); err != nil {
		t.Fatal(err)
	}
	p.Commit()
	near(t, "output", p.Output("y"), c.Output.Data, outputRelative, outputAbsolute)
	for i, g := range c.Grads {
		if g != nil {
			name := c.Inputs[i].Name
			near(t, "gradient of "+name, p.InputGradient(name), g.Data, gradientRelative, gradientAbsolute)
		}
	}
	for _, q := range s.Params() {
		if q.Trainable {
			near(t, "gradient of "+q.Name, p.Gradients()[q.Offset():q.Offset()+q.Size()], find(t, c.ParamGrads, q.Name).Data, gradientRelative, gradientAbsolute)
		} else {
			near(t, q.Name, q.Data, find(t, c.Buffers.After, q.Name).Data, outputRelative, outputAbsolute)
		}
	}
}

func find(t *testing.T, arrays []Array, name string) Array {
	t.Helper()
	i := slices.IndexFunc(arrays, func(a Array) bool { return a.Name == name })
	if i < 0 {
		t.Fatalf("PyTorch has no %q", name)
	}
	return arrays[i]
}

func near(t *testing.T, what string, got, want []float32, relative, absolute float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, PyTorch has %d", what, len(got), len(want))
		return
	}
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - float64(w)); !(d <= absolute+relative*math.Abs(float64(w))) {
			t.Errorf("%s[%d] is %.8g, PyTorch has %.8g", what, i, got[i], w)
			return
		}
	}
}
