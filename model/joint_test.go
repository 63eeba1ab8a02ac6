package model_test

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
)

func joint(fuse string) model.Config {
	c := configs(multiclass)[fuse]
	c.Head = head.Joint{Heads: []head.Named{
		{Name: "kind", Head: multiclass, Weight: 1}, {Name: "pass", Head: head.Binary{}, Weight: 0.5}, {Name: "price", Head: head.Regression{}, Weight: 2},
	}}
	return c
}

// The gradient of several heads, of which rows lack some answers.
func TestJointGradients(t *testing.T) {
	for _, kind := range []string{"facts", "concat"} {
		c := joint(kind)
		m := newModel(t, c)
		b := batch(configs(multiclass)[kind], upTo(4), some)
		b.Target = data.Slot{Parts: []data.Part{
			{Slot: data.Slot{Int: []int{0, 2, 1, 0}}, Present: []float32{1, 1, 0, 1}},
			{Slot: data.Slot{F32: []float32{1, 0, 0, 1}}, Present: []float32{0, 1, 1, 1}},
			{Slot: data.Slot{F32: []float32{-1, 0.5, 0, 2}}, Present: []float32{1, 0, 1, 0}},
		}}
		n := gradientCase(t, m, c, b)
		for _, k := range []string{"0", "1", "2"} {
			n.Skip = append(n.Skip, "target."+k, "target."+k+".present")
		}
		nntest.CheckGradients(t, n)
	}
}

// A fusion that decides by itself takes one head.
func TestJointNeedsFeatures(t *testing.T) {
	if _, err := model.New(joint("score_average")); err == nil || !strings.Contains(err.Error(), "score_average decides by itself, for one output only") {
		t.Error(err)
	}
	if _, err := newModel(t, joint("concat")).Program(nn.Eval, 3, true); err != nil {
		t.Error(err)
	}
}
