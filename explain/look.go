package explain

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// look is a program of two rows, the row and its baseline, that tells all there
// is to be seen in one pass: predictions, logits, attention, shares, and what
// embeddings look up.
type look struct {
	program    *nn.Program
	attentions []seenAttention
	heads      []int    // of each
	shares     []string // names, as in fusion.Share
}

// seenAttention is an attention of one of the model's networks.
type seenAttention struct {
	fusion.Attention
	of *model.Network
}

func newLook(m *model.Model) (l *look, err error) {
	l = &look{}
	l.program, err = nn.Build(l.graph(m))
	return l, err
}

// graph is what the program computes. Building it, or measuring it, fills in the rest.
func (l *look) graph(m *model.Model) (nn.Options, func(g *nn.Graph)) {
	l.attentions = everyAttention(m)
	heads := make([]int, len(l.attentions))
	l.heads = heads
	return nn.Options{Mode: nn.Eval, Lookups: nn.Told, Memory: m.Memory()}, func(g *nn.Graph) {
		l.shares = nil
		seen := make([]bool, len(l.attentions))
		for i, a := range l.attentions {
			// The model is others' too. Builds hold one lock, so that nobody else's build
			// sees this.
			before := a.Observe
			a.Observe = func(g *nn.Graph, weights *gorgonia.Node) {
				if heads[i] = weights.Shape()[1]; !seen[i] { // of a module that is used again, the first
					g.Output(attentionOutput(i), weights)
				}
				seen[i] = true
			}
			defer func(h *attention.MultiHead) { h.Observe = before }(a.MultiHead)
		}
		f := m.Forward(g, 2)
		g = g.At("output")
		g.Output("logits", f.Logits)
		g.Output("predictions", m.Head().Predict(g, f.Logits))
		for i, s := range f.Shares {
			l.shares = append(l.shares, s.Name)
			g.Output(shareOutput(i), s.Weight)
		}
	}
}

func attentionOutput(i int) string { return fmt.Sprintf("attention.%d", i) }
func shareOutput(i int) string     { return fmt.Sprintf("share.%d", i) }

// everyAttention is that of the fusion tree, and of encoders among their own
// tokens.
func everyAttention(m *model.Model) []seenAttention {
	var all []seenAttention
	for _, n := range m.Networks() {
		if t := n.Tree(); t != nil {
			for _, a := range t.Attentions() {
				all = append(all, seenAttention{a, n})
			}
		}
		for i, e := range n.Encoders() {
			a, ok := e.(encoders.Attender)
			if !ok {
				continue
			}
			own := []fusion.Span{{Name: n.InputNames()[i], Tokens: e.Shape().Tokens}}
			for l, h := range a.Attentions() {
				all = append(all, seenAttention{fusion.Attention{Queries: own, Keys: own, Layer: l, MultiHead: h}, n})
			}
		}
	}
	return slices.Clip(all)
}
