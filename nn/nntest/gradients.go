// Package nntest checks modules and operators: gradients against finite
// differences, and values between float32 and float64. Authors of custom
// modules can use it in their own tests.
package nntest

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// A Case is a graph to be checked.
type Case struct {
	// Build adds the module to g and returns what it computes; any number of
	// outputs of any shape.
	Build func(g *nn.Graph) []*gorgonia.Node
	// Fill sets the inputs that random numbers will not do for: ids, masks.
	// Float inputs that it leaves at zero are drawn from a normal distribution.
	Floats map[string][]float64
	Ints   map[string][]int
	// Skip names inputs and parameters that have no gradient by definition.
	Skip []string
	// Most is how many numbers of each input and parameter are moved, spread
	// evenly; 0 is all of them.
	Most int
	// Seed of what is drawn.
	Seed uint64
}

// Tolerances of CheckGradients: |analytic - numeric| <= Absolute + Relative·|numeric|.
const (
	Step     = 1e-6
	Absolute = 1e-5
	Relative = 1e-3
)

// Total reduces outputs to one scalar with fixed random weights, so that every
// element has a gradient of its own.
func Total(g *nn.Graph, outs ...*gorgonia.Node) *gorgonia.Node {
	var terms []*gorgonia.Node
	for i, o := range outs {
		terms = append(terms, g.Apply(op.WeightedSum{Key: rng.New(99).Int(i)}, o))
	}
	return g.Sum(terms...)
}

func (c Case) program(t testing.TB, double bool) *nn.Program {
	t.Helper()
	p, err := nn.Build(nn.Options{Mode: nn.Train, Seed: c.Seed, Float64: double, InputGradients: true}, func(g *nn.Graph) {
		outs := c.Build(g)
		for i, o := range outs {
			g.Output(fmt.Sprintf("out%d", i), o)
		}
		g.Loss(Total(g, outs...))
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range p.InputNames() {
		if p.IsInt(name) {
			ids := p.Int(name)
			if copy(ids, c.Ints[name]) != len(ids) {
				t.Fatalf("input %q wants %d ids, the case has %d", name, len(ids), len(c.Ints[name]))
			}
			continue
		}
		key := rng.New(c.Seed + 1).Int(i)
		value := func(j int) float64 {
			if v := c.Floats[name]; v != nil {
				return v[j]
			}
			return float64(float32(key.Normal(j)))
		}
		if double {
			x := p.Float64(name)
			for j := range x {
				x[j] = value(j)
			}
			continue
		}
		x := p.Float(name)
		for j := range x {
			x[j] = float32(value(j))
		}
	}
	return p
}

// CheckGradients compares the gradient by every float input and every
// parameter with central finite differences in float64, and the outputs of
// float32 with those of float64. It returns the largest difference of a
// gradient.
func CheckGradients(t testing.TB, c Case) float64 {
	t.Helper()
	// Loops over so few numbers take longer to hand to another core than to run here. To
	// the kernels it looks as if all cores had tasks of their own.
	for range runtime.GOMAXPROCS(0) {
		defer parallel.Task()()
	}
	p := c.program(t, true)
	loss := func() float64 {
		if err := p.Run(1); err != nil {
			t.Fatal(err)
		}
		return p.Loss()
	}
	worst := 0.0
	check := func(name string, x, grad []float64) {
		if slices.Contains(c.Skip, name) {
			return
		}
		if grad == nil {
			t.Errorf("%s: the loss does not depend on it", name)
			return
		}
		for i := range x {
			if c.Most > 0 && i*c.Most/len(x) == (i-1)*c.Most/len(x) && i > 0 {
				continue
			}
			old := x[i]
			x[i] = old + Step
			up := loss()
			x[i] = old - Step
			down := loss()
			x[i] = old
			numeric := (up - down) / (2 * Step)
			d := math.Abs(grad[i] - numeric)
			worst = max(worst, d)
			if !(d <= Absolute+Relative*math.Abs(numeric)) {
				t.Errorf("gradient of %s[%d] is %.8g, finite differences give %.8g", name, i, grad[i], numeric)
				return
			}
		}
	}
	loss()
	ofInputs := map[string][]float64{} // before any number is moved
	for _, name := range p.InputNames() {
		if !p.IsInt(name) {
			ofInputs[name] = slices.Clone(p.InputGradient64(name))
		}
	}
	ofParams := map[*nn.Param][]float64{}
	for _, q := range p.Params() {
		if q.Trainable {
			ofParams[q] = slices.Clone(p.ParamGradient64(q))
		}
	}
	for _, name := range p.InputNames() {
		if !p.IsInt(name) {
			check(name, p.Float64(name), ofInputs[name])
		}
	}
	for _, q := range p.Params() {
		if q.Trainable {
			check(q.Name, p.Param64(q), ofParams[q])
		}
	}
	checkSingle(t, c, p)
	return worst
}

// checkSingle compares float32 with float64.
func checkSingle(t testing.TB, c Case, p64 *nn.Program) {
	t.Helper()
	p32 := c.program(t, false)
	if err := p64.Run(1); err != nil {
		t.Fatal(err)
	}
	if err := p32.Run(1); err != nil {
		t.Fatal(err)
	}
	for i := 0; p64.HasOutput(fmt.Sprintf("out%d", i)); i++ {
		name := fmt.Sprintf("out%d", i)
		compare(t, name, p32.Output(name), p64.Output64(name), 1e-4)
	}
	for _, name := range p32.InputNames() {
		if !p32.IsInt(name) && !slices.Contains(c.Skip, name) {
			compare(t, "gradient of "+name, p32.InputGradient(name), p64.InputGradient64(name), 1e-3)
		}
	}
}

func compare(t testing.TB, name string, got []float32, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers in float32, %d in float64", name, len(got), len(want))
		return
	}
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= tol*(1+math.Abs(w))) {
			t.Errorf("%s[%d]: float32 %.8g, float64 %.8g", name, i, got[i], w)
			return
		}
	}
}
