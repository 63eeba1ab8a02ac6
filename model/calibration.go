package model

import (
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
)

// Calibration are the numbers of a model that training leaves alone, and that
// are fitted on validation rows when it is over. The slices are the model's own
// memory.
type Calibration struct {
	// Temperature (1) by which the logits are divided; nil if not asked for.
	Temperature []float32
	// Names are of the modalities whose decisions the root of the tree joins; nil
	// where nothing of theirs is fitted.
	Names []string
	// Temperatures (1) of each modality's logits; nil if not asked for.
	Temperatures [][]float32
	// Weights (M) of the modalities; nil if not asked for.
	Weights []float32
	// Pool and Prior are how decisions are joined; see fusion.Fitted.
	Pool  string
	Prior []float32
}

// Calibration is what is to be fitted; nil if nothing is.
func (m *Model) Calibration() *Calibration {
	if m == nil {
		return nil
	}
	c := &Calibration{}
	if m.temperature != nil {
		c.Temperature = m.temperature.Data
	}
	var f *fusion.Fitted
	if t := m.Tree(); t != nil {
		f = t.Fitted()
	}
	if f == nil {
		if c.Temperature == nil {
			return nil
		}
		return c
	}
	c.Names, c.Pool, c.Prior = f.Names, f.Pool, f.Prior
	for _, t := range f.Temperatures {
		c.Temperatures = append(c.Temperatures, t.Data)
	}
	if f.Weights != nil {
		c.Weights = f.Weights.Data
	}
	return c
}

// Reset undoes what was fitted.
func (c *Calibration) Reset() {
	for _, t := range append(slices.Clone(c.Temperatures), c.Temperature) {
		for i := range t {
			t[i] = 1
		}
	}
	for i := range c.Weights {
		c.Weights[i] = 1 / float32(len(c.Weights))
	}
}

// DecisionProgram is the compiled network for batches of b rows, whose outputs
// are the decisions that the root of the tree joins, before any temperature, one
// for each of Calibration's Names: "decision.0" (B, Size), and "present.0"
// (B, 1), 0 in rows that lack the modality.
func (m *Model) DecisionProgram(b int) (*nn.Program, error) {
	return nn.Build(nn.Options{Mode: nn.Eval, Seed: m.seed, Memory: m.memory}, func(g *nn.Graph) {
		for i, s := range m.Forward(g, b).Scores {
			g.Output(fmt.Sprintf("decision.%d", i), s.Logits)
			g.Output(fmt.Sprintf("present.%d", i), g.Scale(s.Present, 1))
		}
	})
}
