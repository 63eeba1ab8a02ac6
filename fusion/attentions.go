package fusion

import "github.com/chiasm-ml/chiasm/attention"

// An Attention describes one attention module. Set its Observe before a graph is built to obtain
// the weights (B, H, T_query, T_key).
type Attention struct {
	Queries, Keys []Span // the sources of the queries and keys, in order
	Layer         int
	*attention.MultiHead
}

// A Span is a range of consecutive tokens of one modality, or of an operator's own tokens.
type Span struct {
	Name   string // of the modality, or the operator's name for its tokens
	Tokens int
	Own    bool // learned tokens that belong to no modality
}

// An Attender is a Fusion that can report which tokens attend to which.
type Attender interface {
	Fusion
	// Attentions are ordered by modality name, then by layer.
	Attentions() []Attention
}

// A Speller is a Fusion that can identify its output tokens.
type Speller interface {
	Fusion
	// Spans describes the tokens that Fuse returns. A modality's tokens keep their positions, and
	// hold what the operator computed from them.
	Spans() []Span
}

// Attentions lists the attention modules of all operators of the tree, inner ones first. Their
// spans name inputs and operators' own tokens.
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

// spell replaces the spans of trees with those of their inputs.
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
