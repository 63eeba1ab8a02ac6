package encoderstest

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
)

// plain is an encoder of words that keeps all promises, and breaks the one
// that it is told to.
type plain struct {
	wrong     string
	embedding *nn.Embedding
	linear    *nn.Linear
	among     *attention.MultiHead
	outside   *nn.Param
	batch     *nn.BatchNorm2D
	t         int
}

const dim = 2

func newPlain(wrong string) func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
	return func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
		p := &plain{wrong: wrong, t: in.Features[0].Shape[0]}
		p.embedding = nn.NewEmbedding(s.In("embedding"), in.Features[0].Sizes[0], dim, 0, 1)
		p.linear = nn.NewLinear(s.In("linear"), dim, dim)
		switch wrong {
		case "a parameter that is not used":
			s.Param("unused", []int{3}, nn.Ones)
		case "a parameter made elsewhere":
			p.outside = nn.NewScope(1).Param("outside", []int{dim}, nn.Ones)
		case "rows that attend to each other":
			var err error
			if p.among, err = attention.NewMultiHead(s.In("among"), dim, 1, 0); err != nil {
				return nil, err
			}
		case "statistics over absent rows":
			p.batch = nn.NewBatchNorm2D(s.In("norm"), dim)
		}
		return p, nil
	}
}

func (p *plain) Shape() encoders.Shape {
	if p.wrong == "another shape" {
		return encoders.Shape{Tokens: p.t, Dim: dim + 1}
	}
	return encoders.Shape{Tokens: p.t, Dim: dim}
}

func (p *plain) Encode(g *nn.Graph, in encoders.Given) encoders.Encoding {
	ids, mask := in.Features[0], in.Features[1]
	b := mask.Shape()[0]
	x := p.linear.Forward(g, p.embedding.Forward(g, ids))
	switch p.wrong {
	case "a mean over padding":
		return encoders.Encoding{Tokens: x, Mask: mask, Pooled: g.MaskedMean(x, g.Apply(op.Repeat{N: p.t}, in.Present))}
	case "tokens where the input is absent":
		mask = g.Activate(op.Sigmoid, g.Apply(op.Repeat{N: p.t}, in.Present))
	case "no pooled vector":
		return encoders.Encoding{Tokens: x, Mask: mask}
	}
	e := encoders.Encoding{Tokens: x, Mask: mask, Pooled: g.MaskedMean(x, mask)}
	e.Pooled = p.spoil(g, e.Pooled, b)
	return e
}

func (p *plain) spoil(g *nn.Graph, pooled *gorgonia.Node, b int) *gorgonia.Node {
	switch p.wrong {
	case "rows that attend to each other":
		rows := g.Reshape(pooled, 1, b, dim)
		return g.Reshape(p.among.Forward(g, rows, rows, nil), b, dim)
	case "a parameter made elsewhere":
		return g.Mul(pooled, g.Param(p.outside))
	case "a wrong gradient":
		return g.Apply(doubled{op.Activate{Activation: op.Tanh}}, pooled)
	case "statistics over absent rows":
		if g.Mode() == nn.Train {
			running := &op.RunningStats{Mean: p.batch.RunningMean.Data, Var: p.batch.RunningVar.Data, Momentum: 0.1}
			return g.Apply(op.BatchNorm2D{Eps: 1e-5, Running: running}, pooled, g.Param(p.batch.Weight), g.Param(p.batch.Bias))
		}
		return p.batch.Forward(g, pooled, nil)
	}
	return pooled
}

// doubled has twice the gradient it should have.
type doubled struct{ op.Spec }

func (d doubled) Float64() op.Kernel[float64] { return doubledKernel{d.Spec.Float64()} }

type doubledKernel struct{ op.Kernel[float64] }

func (k doubledKernel) Backward(in []op.Array[float64], out, grad op.Array[float64], din []op.Array[float64]) error {
	err := k.Kernel.Backward(in, out, grad, din)
	for i := range din[0].Data {
		din[0].Data[i] *= 2
	}
	return err
}

func caseOf(wrong string) Case {
	features := []data.Feature{{Name: "ids", Shape: []int{3}, Int: true, Sizes: []int{5}}, {Name: "mask", Role: data.Mask, Shape: []int{3}}}
	return Case{Features: features, New: newPlain(wrong), Parameters: 5*dim + dim*dim + dim}
}

func TestRun(t *testing.T) { Run(t, caseOf("")) }

// Every broken promise is noticed, by the check that is named after it.
func TestPlantedFaults(t *testing.T) {
	find := func(name string) func(testing.TB, Case) {
		for _, c := range checks {
			if c.name == name {
				return c.check
			}
		}
		t.Fatalf("there is no check %q", name)
		return nil
	}
	for wrong, by := range map[string]string{
		"another shape":                    "builds",
		"no pooled vector":                 "builds",
		"a parameter that is not used":     "parameters",
		"a parameter made elsewhere":       "parameters",
		"rows that attend to each other":   "rows",
		"a mean over padding":              "padding",
		"a wrong gradient":                 "gradients",
		"tokens where the input is absent": "absent",
		"statistics over absent rows":      "absent",
	} {
		check := find(by)
		if errs := nntest.Errors(t, func(tb testing.TB) { check(tb, caseOf(wrong)) }); len(errs) == 0 {
			t.Errorf("%s: %s notices nothing", wrong, by)
		} else {
			t.Logf("%s: %s", wrong, strings.Join(errs, "; "))
		}
	}
}
