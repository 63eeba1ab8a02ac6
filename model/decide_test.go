package model_test

import (
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// Each member of an ensemble is trained by the loss of its own predictions, and what the model
// predicts is the mean of their probabilities, whose loss is below the mean of their losses.
func TestMembersDecideByThemselves(t *testing.T) {
	c := model.Config{Inputs: []model.Input{ensemble}, Head: multiclass, Seed: 3}
	m := newModel(t, c)
	for i, x := range m.Weights() { // members apart
		m.Weights()[i] = x + 0.3*float32(math.Sin(float64(i)))
	}
	b := batch(c, []int{0, 1, 2, 3, 4}, func(int, int) bool { return false })
	loss := func(mode nn.Mode) float64 {
		p, err := m.Program(mode, 5, true)
		if err != nil {
			t.Fatal(err)
		}
		m.Fill(p, b)
		if err := p.Run(0); err != nil {
			t.Fatal(err)
		}
		return p.Loss()
	}
	apart, joined := loss(nn.Train), loss(nn.Eval)
	if !(joined < apart-1e-4) {
		t.Errorf("the loss of the mean is %v, the mean of the losses %v: convexity wants less", joined, apart)
	}
}
