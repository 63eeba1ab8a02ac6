package model

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Balance keeps the inputs that learn fast from leaving the others untrained: each input whose
// features are joined also predicts alone, by a linear head on its pooled vector, and the mean
// loss of these predictions, over the rows that have the input, is added to the training loss.
//
// The heads are parameters of the model, below "alone", so that a run can be resumed and a saved
// model can tell what each input knows by itself. Unless Average says so, predictions do not depend
// on them, and no program for predictions or export has them.
type Balance struct {
	// Weight of each input's loss in the training loss; 0 adds no heads.
	Weight float64
	// Pareto leaves the gradient of the inputs' losses apart from that of the joint loss, as the
	// second loss of training programs, for the trainer to combine encoder by encoder.
	Pareto bool
	// Average makes predictions the mean of the joint decision and of those of the inputs alone, of
	// probabilities or numbers, over the inputs that are present. Each is trained by its own loss:
	// a joint layer that trusts what an encoder memorised is outvoted. Needs a root that joins
	// features.
	Average bool
}

const (
	alonePath = "alone"         // of the heads
	aloneLoss = alonePath + "." // of the names of their losses
)

// newAlone creates the heads.
func (m *Model) newAlone(b Balance) error {
	m.balance = b
	if b.Weight == 0 {
		return nil
	}
	if err := head.Single(m.head, "balanced training"); err != nil {
		return err
	}
	var joined []string
	if tree := m.Tree(); tree != nil {
		joined = tree.Joined()
	}
	if len(joined) == 0 {
		return ErrNotJoined
	}
	n := m.networks[0]
	if n.output == nil && b.Average {
		return ErrNotAveraged
	}
	if b.Average {
		n.vote = m.head.Setting().Decision
	}
	n.averages = b.Average
	n.alone = make([]*nn.Linear, len(n.inputs))
	for i, name := range n.inputs {
		if slices.Contains(joined, name) {
			n.alone[i] = nn.NewLinear(m.scope.In(alonePath).In(name), n.encoders[i].Shape().Dim, m.head.Size())
		}
	}
	return nil
}

// ErrNotJoined is the error of a model whose Balance has nothing to act on.
var ErrNotJoined = errors.New("no two inputs are joined by their features, so there is nothing to balance: an input that decides by itself is trained alone already")

// ErrNotAveraged is the error of a Balance that averages what a fusion at the root averages already.
var ErrNotAveraged = errors.New("the fusion at the root joins decisions itself, so there is no joint decision to average with those of single inputs")

// Alone names the inputs that have a head of their own for Balance, in the order of the inputs.
func (m *Model) Alone() []string {
	var names []string
	if !m.made() || m.Ensemble() {
		return nil
	}
	n := m.networks[0]
	for i, l := range n.alone {
		if l != nil {
			names = append(names, n.inputs[i])
		}
	}
	return names
}

// Pareto reports whether training programs have the losses of single inputs as a second loss.
func (m *Model) Pareto() bool { return m.made() && m.balance.Weight > 0 && m.balance.Pareto }

// EncoderPath is the path of an input's encoder.
func EncoderPath(input string) string { return "encoders." + input }

// outvote replaces the joint decision with its mean with the decisions of inputs alone.
func (n *Network) outvote(g *nn.Graph, f *fusion.Fused, ms []fusion.Modality) {
	present := f.Present
	if present == nil {
		present = anyOf(g, ms)
	}
	logits, presences := []*gorgonia.Node{f.Logits}, []*gorgonia.Node{present}
	for _, s := range n.decideAlone(g, ms) {
		logits, presences = append(logits, s.Logits), append(presences, s.Present)
	}
	f.Logits = fusion.Average(g.At(alonePath), n.vote, logits, presences)
}

// anyOf is (B, 1) 1 in rows that have any of the modalities.
func anyOf(g *nn.Graph, ms []fusion.Modality) *gorgonia.Node {
	if len(ms) == 1 {
		return ms[0].Present
	}
	all := make([]*gorgonia.Node, len(ms))
	for i, m := range ms {
		all[i] = m.Present
	}
	return g.Apply(op.AnyPresent{M: len(all)}, all...)
}

// decideAlone returns what each input with a head decides by itself.
func (n *Network) decideAlone(g *nn.Graph, ms []fusion.Modality) []fusion.Score {
	var all []fusion.Score
	for i, l := range n.alone {
		if l != nil {
			all = append(all, fusion.Score{Name: ms[i].Name, Logits: l.Forward(g, ms[i].Pooled), Present: ms[i].Present})
		}
	}
	return all
}

// balanced adds the losses of single inputs to the training loss, or makes them the second loss.
// Terms from the first-th on are theirs.
func (m *Model) balanced(g *nn.Graph, loss *gorgonia.Node, f fusion.Fused, answers head.Answers, weight *gorgonia.Node) *gorgonia.Node {
	if len(f.Alone) == 0 {
		return loss
	}
	var all []*gorgonia.Node
	first := countTerms(f)
	for k, s := range f.Alone {
		own := m.head.Loss(g, s.Logits, answers, g.Mul(weight, g.Reshape(s.Present, weight.Shape()[0])))
		g.Output(metrics.LossPrefix+aloneLoss+s.Name, own)
		all = append(all, g.Mul(own, g.Constant(TermFactor(first+k))))
	}
	sum := g.Scale(g.Sum(all...), m.balance.Weight)
	if m.balance.Pareto {
		g.SecondLoss(sum)
		return loss
	}
	return g.Add(loss, sum)
}

// AloneProgram is the compiled network for batches of b rows up to what each input of Alone
// predicts by itself: the outputs are "predictions.NAME" (B, Size) and, of the plain loss over the
// rows with the input, "loss.NAME".
func (m *Model) AloneProgram(b int) (*nn.Program, error) {
	if len(m.Alone()) == 0 {
		return nil, fmt.Errorf("model: no input has a head of its own: %w", ErrNotJoined)
	}
	return nn.Build(nn.Options{Mode: nn.Eval, Seed: m.seed, Memory: m.memory}, func(g *nn.Graph) {
		n := m.networks[0]
		scores := n.decideAlone(g, n.encode(g, b, func(i int) encoders.Given { return m.given(g, i, b) }, nil, nil))
		g = g.At(alonePath)
		answers, weight := m.head.Answers(g, "target", b), g.Constant("weight", b)
		for _, s := range scores {
			g.Output("predictions."+s.Name, m.head.Predict(g, s.Logits))
			g.Output(metrics.LossPrefix+s.Name, m.head.Loss(g, s.Logits, answers, g.Mul(weight, g.Reshape(s.Present, b))))
		}
	})
}
