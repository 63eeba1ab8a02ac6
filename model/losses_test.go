package model_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
)

// small is a concat that keeps its features small by a loss of its own, the sum of
// their squares.
type small struct {
	*fusion.Concat
	weight float64
}

func (s small) Fuse(g *nn.Graph, ms []fusion.Modality) fusion.Fused {
	f := s.Concat.Fuse(g, ms)
	if g.Mode() == nn.Train {
		size := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(f.Pooled))))
		f.Losses = append(f.Losses, fusion.Loss{Name: "size", Node: size, Weight: s.weight})
	}
	return f
}

func keptSmall(weight float64, of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "small", Of: of, New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
		c, err := fusion.NewConcat(s, set, fusion.ConcatConfig{Dim: 2, Hidden: []int{3}})
		return small{c, weight}, err
	}}
}

func withLosses(weight float64) model.Config {
	inner := fusion.Branch{Node: keptSmall(weight, of("picture", "caption")...)}
	return model.Config{Inputs: []model.Input{picture, caption, facts}, Head: multiclass, Fusion: keptSmall(weight, inner, of("facts")[0])}
}

// Terms of operators, of nested ones too, are in the training loss with their weights,
// by their names, and not in that of evaluation.
func TestLossesOfOperators(t *testing.T) {
	var losses [2][2]float64 // by weight, then mode
	for i, weight := range []float64{0, 0.5} {
		c := withLosses(weight)
		m := newModel(t, c)
		b := batch(c, upTo(5), some)
		for j, mode := range []nn.Mode{nn.Train, nn.Eval} {
			p, err := m.Program(mode, 5, true)
			if err != nil {
				t.Fatal(err)
			}
			m.Fill(p, b)
			if err := p.Run(0); err != nil {
				t.Fatal(err)
			}
			losses[i][j] = p.Loss()
			if mode == nn.Train {
				terms := p.Output("loss.size")[0] + p.Output("loss.caption+picture.size")[0]
				if want := losses[0][0] + weight*float64(terms); math.Abs(p.Loss()-want) > 1e-6 {
					t.Errorf("weight %v: the loss is %v, want %v", weight, p.Loss(), want)
				}
			}
		}
		names, err := newModel(t, c).Losses() // before a program is built
		if want := []string{"size", "caption+picture.size"}; err != nil || !slices.Equal(names, want) {
			t.Errorf("the losses are %q (%v), want %q", names, err, want)
		}
	}
	if losses[0][1] != losses[1][1] {
		t.Errorf("the losses of evaluation differ by the weight of a term: %v", losses)
	}
}

func TestLossesOfOperatorsHaveGradients(t *testing.T) {
	c := withLosses(0.7)
	m := newModel(t, c)
	nntest.CheckGradients(t, gradientCase(t, m, c, batch(c, upTo(4), some)))
}

// A term that cannot be is an error at build.
func TestLossesThatCannotBe(t *testing.T) {
	c := withLosses(math.NaN())
	if _, err := newModel(t, c).Program(nn.Train, 2, true); err == nil || !strings.Contains(err.Error(), `the loss "size" of an operator has the weight NaN`) {
		t.Error(err)
	}
}
