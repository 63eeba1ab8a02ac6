package fusiontest

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
)

// mean is the mean of the projected modalities that are present, perhaps with
// all their tokens beside it. It keeps all promises, and breaks the one that it
// is told to.
type mean struct {
	seeded  float64
	wrong   string
	tokens  int // 1 for none
	project []*nn.Linear
	among   *attention.MultiHead
}

const dim = 2

func newMean(wrong string) func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
	return func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
		f := &mean{wrong: wrong, tokens: 1, project: make([]*nn.Linear, len(set.Inputs))}
		if strings.HasPrefix(wrong, "tokens") {
			f.tokens = 0
			for _, in := range set.Inputs {
				f.tokens += in.Tokens
			}
		}
		order := make([]int, len(set.Inputs))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(set.Inputs[a].Name, set.Inputs[b].Name) })
		for _, i := range order {
			name := set.Inputs[i].Name
			if wrong == "names by position" {
				name = strconv.Itoa(i)
			}
			f.project[i] = nn.NewLinear(s.In(name), set.Inputs[i].Dim, dim)
		}
		switch wrong {
		case "a number beside the parameters":
			f.seeded = float64(s.Param("seeded", []int{1}, nn.Normal(1)).Data[0])
		case "a parameter that is not used":
			s.Param("unused", []int{3}, nn.Ones)
		case "rows that attend to each other":
			var err error
			if f.among, err = attention.NewMultiHead(s.In("among"), dim, 1, 0); err != nil {
				return nil, err
			}
		}
		return f, nil
	}
}

func (f *mean) Shape() encoders.Shape {
	switch f.wrong {
	case "another shape":
		return encoders.Shape{Tokens: 1, Dim: dim + 1}
	case "tokens, more than told":
		return encoders.Shape{Tokens: 1, Dim: dim}
	}
	return encoders.Shape{Tokens: f.tokens, Dim: dim}
}

func (f *mean) Fuse(g *nn.Graph, ms []fusion.Modality) fusion.Fused {
	var xs, present []*gorgonia.Node
	for i, m := range ms {
		x := g.MaskedMean(m.Tokens, m.Mask)
		if f.wrong == "a mean over padding" {
			x = g.MaskedMean(m.Tokens, g.Apply(op.Repeat{N: m.Tokens.Shape()[1]}, m.Present))
		}
		xs, present = append(xs, f.project[i].Forward(g, x)), append(present, m.Present)
	}
	b := ms[0].Present.Shape()[0]
	switch f.wrong {
	case "presence ignored":
		for i := range xs {
			xs[i] = f.project[i].Forward(g, ms[i].Pooled)
		}
		return fusion.Fused{Pooled: g.Scale(g.Sum(xs...), 1/float64(len(xs)))}
	case "presence multiplied": // NaN times 0 is NaN
		for i := range xs {
			xs[i] = g.Mul(f.project[i].Forward(g, ms[i].Pooled), present[i])
		}
		return fusion.Fused{Pooled: g.Sum(xs...)}
	case "a mean over all, present or not":
		for i := range xs {
			xs[i] = g.Mul(xs[i], present[i])
		}
		return fusion.Fused{Pooled: g.Scale(g.Sum(xs...), 1/float64(len(xs)))}
	}
	z := g.Apply(op.PresentMean{M: len(xs), Zero: true}, append(xs, present...)...)
	switch f.wrong {
	case "a number beside the parameters":
		z = g.Scale(z, f.seeded)
	case "rows that attend to each other":
		rows := g.Reshape(z, 1, b, dim)
		z = g.Reshape(f.among.Forward(g, rows, rows, nil), b, dim)
	case "a wrong gradient":
		z = g.Apply(doubled{op.Activate{Activation: op.Tanh}}, z)
	}
	out := fusion.Fused{Pooled: z, Shares: f.shares(g, ms, present)}
	if f.tokens == 1 {
		return out
	}
	return f.withTokens(g, ms, out)
}

// withTokens adds all tokens.
func (f *mean) withTokens(g *nn.Graph, ms []fusion.Modality, z fusion.Fused) fusion.Fused {
	order := []int{0, 1}[:len(ms)]
	if f.wrong != "tokens in the order given" {
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(ms[a].Name, ms[b].Name) })
	}
	var xs, masks []*gorgonia.Node
	for _, i := range order {
		xs, masks = append(xs, f.project[i].Forward(g, ms[i].Tokens)), append(masks, ms[i].Mask)
	}
	z.Tokens, z.Mask = g.Concat(1, xs...), g.Concat(1, masks...)
	switch f.wrong {
	case "tokens without a mask":
		z.Mask = nil
	case "tokens that do not exist":
		z.Mask = g.Apply(op.Repeat{N: f.tokens}, ms[0].Present)
	}
	return z
}

func (f *mean) shares(g *nn.Graph, ms []fusion.Modality, present []*gorgonia.Node) []fusion.Share {
	var shares []fusion.Share
	weights := g.Apply(op.PresentShares{M: len(ms)}, present...)
	for i, m := range ms {
		w := g.Slice(weights, 1, i, i+1)
		switch f.wrong {
		case "shares of all, present or not":
			w = g.Scale(g.Activate(op.Sigmoid, g.Scale(w, 0)), 2/float64(len(ms)))
		case "shares that do not sum to 1":
			w = m.Present
		case "a share too few":
			if i == 0 {
				continue
			}
		}
		shares = append(shares, fusion.Share{Name: m.Name, Weight: w})
	}
	return shares
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
	return Case{
		Inputs: []fusion.Input{
			{Name: "picture", Shape: encoders.Shape{Tokens: 3, Dim: 2}},
			{Name: "caption", Shape: encoders.Shape{Tokens: 2, Dim: 3}},
		},
		New: newMean(wrong), Parameters: 2*dim + dim + 3*dim + dim, Subsets: true,
	}
}

func TestRun(t *testing.T) {
	for name, kind := range map[string]string{"a vector": "", "and tokens": "tokens"} {
		t.Run(name, func(t *testing.T) { Run(t, caseOf(kind)) })
	}
}

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
		"another shape":                   "builds",
		"a parameter that is not used":    "parameters",
		"names by position":               "order",
		"presence ignored":                "absent",
		"presence multiplied":             "absent",
		"a mean over all, present or not": "subsets",
		"a mean over padding":             "padding",
		"rows that attend to each other":  "rows",
		"a wrong gradient":                "gradients",
		"tokens, more than told":          "builds",
		"tokens without a mask":           "builds",
		"tokens that do not exist":        "absent",
		"tokens in the order given":       "order",
		"shares of all, present or not":   "shares",
		"shares that do not sum to 1":     "shares",
		"a share too few":                 "shares",
		"a number beside the parameters":  "loads",
	} {
		check := find(by)
		if errs := nntest.Errors(t, func(tb testing.TB) { check(tb, caseOf(wrong)) }); len(errs) == 0 {
			t.Errorf("%s: %s notices nothing", wrong, by)
		} else {
			t.Logf("%s: %s", wrong, strings.Join(errs, "; "))
		}
	}
}
