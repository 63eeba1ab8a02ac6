package fusion

import "github.com/chiasm-ml/chiasm/attention"

// An Attention is where tokens attend to tokens. Set its Observe before a graph
// is built, and the weights (B, H, T_query, T_key) can be read from it.
type Attention struct {
	Queries, Keys []Span // whose tokens ask, and whose answer, in order
	Layer         int
	*attention.MultiHead
}

// A Span is some tokens, side by side, that are of one modality, or an
// operator's own.
type Span struct {
	Name   string // of the modality, or what the operator calls its tokens
	Tokens int
	Own    bool // they are learned, and of no modality
}

// An Attender is a Fusion that can tell which tokens looked at which.
type Attender interface {
	Fusion
	// Attentions are in the order of the modalities' names and of layers.
	Attentions() []Attention
}

// A Speller is a Fusion whose tokens can be told apart.
type Speller interface {
	Fusion
	// Spans are the tokens that Fuse returns: those of a modality stand where
	// they stood, and tell what the operator made of them.
	Spans() []Span
}

// Attentions are those of all operators of the tree, the inner ones first. Their
// spans are of inputs, and of what operators have of their own.
func (t *Tree) Attentions() []Attention {
	var all []Attention
	for _, b := range t.branches {
		if b.tree != nil {
			all = append(all, b.tree.Attentions()...)
		}
	}
	if f, ok := t.fusion.(Attender); ok {
		for _, a := range f.Attentions() {
			a.Queries, a.Keys = t.spell(a.Queries), t.spell(a.Keys)
			all = append(all, a)
		}
	}
	return all
}

// spell replaces spans of trees by those of what they joined.
func (t *Tree) spell(spans []Span) []Span {
	var out []Span
	for _, s := range spans {
		out = append(out, t.parts(s)...)
	}
	return out
}

func (t *Tree) parts(s Span) []Span {
	for _, b := range t.branches {
		if s.Own || b.tree == nil || b.name != s.Name {
			continue
		}
		if f, ok := b.tree.fusion.(Speller); ok {
			return b.tree.spell(f.Spans())
		}
	}
	return []Span{s}
}
