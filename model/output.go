package model

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/nn"
)

// withLosses adds the terms that operators bring, each an output by its name.
func withLosses(g *nn.Graph, loss *gorgonia.Node, terms []fusion.Loss) *gorgonia.Node {
	for _, l := range terms {
		switch {
		case l.Node == nil || len(l.Node.Shape()) != 0:
			g.Fail("the loss %q of an operator is no scalar", l.Name)
		case !(l.Weight >= 0) || math.IsInf(l.Weight, 0):
			g.Fail("the loss %q of an operator has the weight %v, want 0 or more", l.Name, l.Weight)
		}
		g.Output(metrics.LossPrefix+l.Name, l.Node)
		loss = g.Add(loss, g.Scale(l.Node, l.Weight))
	}
	return loss
}

// Losses names the terms of the training loss that are shown: those of several heads,
// and those that operators add; see fusion.Loss.
func (m *Model) Losses() ([]string, error) {
	if !m.made() {
		return nil, errMissing
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.built {
		if _, err := m.measure(programKey{mode: nn.Train, batch: 1, target: true}); err != nil {
			return nil, err
		}
	}
	return slices.Clone(m.losses), nil
}

// trainingLoss is the loss of the scores; where they average the decisions of
// modalities, the mean of the losses of these, each over the rows that have the
// modality, so that every one learns to decide alone; if how they are joined is
// learned too, with the loss of the scores beside it. Each of these terms has a
// factor that is filled in; see Model.Terms.
func trainingLoss(g *nn.Graph, h head.Head, f fusion.Fused, answers head.Answers, weight *gorgonia.Node) *gorgonia.Node {
	if len(f.Scores) == 0 {
		return h.Loss(g, f.Logits, answers, weight)
	}
	term := func(k int, logits, rows *gorgonia.Node) *gorgonia.Node {
		return g.Mul(h.Loss(g, logits, answers, rows), g.Constant(TermFactor(k)))
	}
	var terms []*gorgonia.Node
	b := weight.Shape()[0]
	for k, s := range f.Scores {
		terms = append(terms, term(k, s.Logits, g.Mul(weight, g.Reshape(s.Present, b))))
	}
	alone := g.Scale(g.Sum(terms...), 1/float64(len(terms)))
	if f.Joint {
		return g.Add(alone, term(len(terms), f.Logits, weight))
	}
	return alone
}
