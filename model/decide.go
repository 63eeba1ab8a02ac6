package model

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/nn"
)

// output maps what the network made of a row to the logits of its head.
type output interface {
	// decide sets the logits, and the decisions that they combine, if there are several.
	decide(g *nn.Graph, f *fusion.Fused, ms []fusion.Modality)
}

// newOutput creates the layer for what has the given size.
func newOutput(s *nn.Scope, size encoders.Shape, h head.Head) output {
	if size.Members > 0 {
		return &memberOutputs{nn.NewGroupedLinear(s, size.Members, size.Dim, h.Size()), h.Setting().Decision}
	}
	return &linearOutput{nn.NewLinear(s, size.Dim, h.Size())}
}

type linearOutput struct{ linear *nn.Linear }

func (o *linearOutput) decide(g *nn.Graph, f *fusion.Fused, _ []fusion.Modality) {
	f.Logits = o.linear.Forward(g, f.Pooled)
}

// memberOutputs gives each member of an ensemble an output layer and a loss of its own, and
// averages their predictions. The loss of the average is never trained: it would let members rely
// on each other.
type memberOutputs struct {
	linear   *nn.GroupedLinear
	decision fusion.Decision
}

func (o *memberOutputs) decide(g *nn.Graph, f *fusion.Fused, ms []fusion.Modality) {
	present := f.Present
	if present == nil {
		present = anyOf(g, ms)
	}
	logits := o.linear.Forward(g, f.Members) // (B, M, C)
	b, members, c := logits.Shape()[0], logits.Shape()[1], logits.Shape()[2]
	each, presences := make([]*gorgonia.Node, members), make([]*gorgonia.Node, members)
	f.Scores = nil
	for i := range each {
		each[i], presences[i] = g.Reshape(g.Slice(logits, 1, i, i+1), b, c), present
		f.Scores = append(f.Scores, fusion.Score{Name: fmt.Sprintf("member %d", i+1), Logits: each[i], Present: present})
	}
	f.Logits = fusion.Average(g, o.decision, each, presences)
}
