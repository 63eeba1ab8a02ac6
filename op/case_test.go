package op_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// feed is one input of an operator under test.
type feed struct {
	shape  []int
	floats []float64 // drawn from the normal distribution if nil
	fixed  bool      // floats have no gradient
	ints   []int
}

// random is an input with a gradient, drawn from the normal distribution.
func random(shape ...int) feed { return feed{shape: shape} }

// given is an input with a gradient.
func given(floats []float64, shape ...int) feed { return feed{shape: shape, floats: floats} }

// fixed is an input without a gradient.
func fixed(floats []float64, shape ...int) feed {
	return feed{shape: shape, floats: floats, fixed: true}
}

// whole is an input of whole numbers.
func whole(ints []int, shape ...int) feed { return feed{shape: shape, ints: ints} }

// draw is n whole numbers in [0, limit).
func draw(n, limit int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = rng.New(11).IntN(i, limit)
	}
	return ids
}

// normals is n numbers from the normal distribution.
func normals(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.New(12).Normal(i)
	}
	return x
}

// zeroOne is n zeros and ones, of which the first zeros are 0.
func zeroOne(n, zeros int) []float64 {
	m := make([]float64, n)
	for i := range m {
		m[i] = float64(rng.New(13).IntN(i, 2))
		if i < zeros {
			m[i] = 0
		}
	}
	return m
}

func repeat(v float64, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}

// job is an operator and what it is applied to.
type job struct {
	spec op.Spec
	in   []feed
}

func inputName(i int) string { return fmt.Sprintf("in%d", i) }

func (j job) nodes(g *nn.Graph) []*gorgonia.Node {
	var ns []*gorgonia.Node
	for i, f := range j.in {
		switch {
		case f.ints != nil:
			ns = append(ns, g.IntInput(inputName(i), f.shape...))
		case f.fixed:
			ns = append(ns, g.Constant(inputName(i), f.shape...))
		default:
			ns = append(ns, g.Input(inputName(i), f.shape...))
		}
	}
	return ns
}

// gradientCase is the job as a case of nntest.
func (j job) gradientCase() nntest.Case {
	c := nntest.Case{Floats: map[string][]float64{}, Ints: map[string][]int{}}
	for i, f := range j.in {
		if f.floats != nil {
			c.Floats[inputName(i)] = f.floats
		}
		if f.fixed {
			c.Skip = append(c.Skip, inputName(i))
		}
		if f.ints != nil {
			c.Ints[inputName(i)] = f.ints
		}
	}
	c.Build = func(g *nn.Graph) []*gorgonia.Node {
		return []*gorgonia.Node{g.Apply(j.spec, j.nodes(g)...)}
	}
	return c
}

// build builds the job in float32, forward and backward.
func (j job) build() (*nn.Program, error) {
	return nn.Build(nn.Options{Mode: nn.Train, InputGradients: true}, func(g *nn.Graph) {
		out := g.Apply(j.spec, j.nodes(g)...)
		g.Output("out", out)
		if len(out.Shape()) > 0 {
			out = g.Apply(op.WeightedSum{Key: rng.New(5)}, out)
		}
		g.Loss(out)
	})
}

// program builds the job and fills its inputs.
func (j job) program(t testing.TB) *nn.Program {
	t.Helper()
	p, err := j.build()
	if err != nil {
		t.Fatal(err)
	}
	j.fill(p)
	return p
}

// fill fills the inputs of a program of the job.
func (j job) fill(p *nn.Program) {
	for i, f := range j.in {
		if f.ints != nil {
			copy(p.Int(inputName(i)), f.ints)
			continue
		}
		x := p.Float(inputName(i))
		for k := range x {
			if f.floats != nil {
				x[k] = float32(f.floats[k])
			} else {
				x[k] = float32(rng.New(uint64(20 + i)).Normal(k))
			}
		}
	}
}

// ran is the program of the job, after a run.
func (j job) ran(t *testing.T) *nn.Program {
	t.Helper()
	p := j.program(t)
	if err := p.Run(1); err != nil {
		t.Fatal(err)
	}
	return p
}

// checkAll runs the gradient check on every job; differences are in float64,
// where right gradients agree to about 1e-8.
func checkAll(t *testing.T, jobs map[string]job) {
	t.Helper()
	for name, j := range jobs {
		t.Run(name, func(t *testing.T) {
			if worst := nntest.CheckGradients(t, j.gradientCase()); worst > 1e-7 {
				t.Errorf("largest difference %.1e, want below 1e-7", worst)
			}
		})
	}
}

// buildError is what building the job says.
func (j job) buildError() string {
	_, err := j.build()
	if err == nil {
		return "no error"
	}
	return err.Error()
}
