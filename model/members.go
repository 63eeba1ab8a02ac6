package model

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// Member is a network of an ensemble. Its parameters are named as those of the same
// network alone, with "members.NAME." before them.
type Member struct {
	Name string
	// Votes is how often its prediction counts in the mean, from 1.
	Votes int
	// Inputs are some of the model's, by their names, with the member's own encoders.
	// Their Features are the model's.
	Inputs []Input
	// Fusion joins them; nil for a single one.
	Fusion *fusion.Node
}

// membersPath is the scope of all members.
const membersPath = "members"

// constructMembers makes the networks of an ensemble.
func (m *Model) constructMembers(c Config) error {
	if c.Fusion != nil {
		return errors.New("model: an ensemble has no fusion of its own, but those of its members")
	}
	if _, several := c.Head.(head.Joint); several {
		return errors.New("members of an ensemble predict one output; with several, train one model")
	}
	var votes []float32
	seen := map[string]bool{}
	for _, member := range c.Members {
		if member.Name == "" || seen[member.Name] || member.Votes < 1 || len(member.Inputs) == 0 {
			return fmt.Errorf("model: the member %q of an ensemble needs a name of its own, an input, and votes of 1 or more", member.Name)
		}
		seen[member.Name] = true
		n, err := m.newNetwork(m.scope.In(membersPath).In(member.Name), member)
		if err != nil {
			return err
		}
		m.networks, votes = append(m.networks, n), append(votes, float32(member.Votes))
	}
	m.votes = m.scope.In("ensemble").Buffer("votes", []int{len(votes)}, func(dst []float32, _ []int, _ rng.Key) { copy(dst, votes) })
	return nil
}

// average adds all members to a graph, and the mean of their predictions, by votes, over
// those that have any of their inputs in a row: of probabilities, or of numbers. Each
// member's decision is one of Scores.
func (m *Model) average(g *nn.Graph, b int, told func(string, encoders.Encoding)) (all fusion.Fused) {
	features := make([]encoders.Given, len(m.inputs))
	for i := range m.inputs {
		features[i] = m.given(g, i, b)
	}
	given := func(i int) encoders.Given { return features[i] }
	var logits, present []*gorgonia.Node
	for _, n := range m.networks {
		own := told
		if told != nil {
			own = func(input string, e encoders.Encoding) { told(n.name+"."+input, e) }
		}
		f, has := n.forward(g, b, given, nil, own)
		all.Scores = append(all.Scores, fusion.Score{Name: n.name, Logits: f.Logits, Present: has})
		for _, l := range f.Losses {
			l.Name = n.name + "." + l.Name
			all.Losses = append(all.Losses, l)
		}
		logits, present = append(logits, f.Logits), append(present, has)
	}
	all.Logits = mean(g.At("ensemble"), m.head.Setting().Decision, logits, present, g.Param(m.votes))
	return all
}

// mean is the weighted mean of decisions (B, Size) over those present: the logits of that
// of probabilities, or that of numbers.
func mean(g *nn.Graph, of fusion.Decision, logits, present []*gorgonia.Node, votes *gorgonia.Node) *gorgonia.Node {
	if of != fusion.Value {
		return g.Apply(op.AverageScores{M: len(logits), Sigmoid: of == fusion.Sigmoid}, append(slices.Concat(logits, present), votes)...)
	}
	b := logits[0].Shape()[0]
	shares := g.Apply(op.PresentShares{M: len(present)}, append(slices.Clone(present), votes)...) // (B, M)
	return g.Apply(op.PresentWeighted{M: len(logits)}, append(slices.Concat(logits, present), g.Reshape(shares, b, len(logits), 1))...)
}
