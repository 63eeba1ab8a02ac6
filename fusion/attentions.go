package fusion

import "github.com/chiasm-ml/chiasm/attention"

// An Attention is where tokens of one modality attend to those of another. Set
// its Observe before a graph is built, and the weights (B, H, T_query, T_key)
// can be read from it.
type Attention struct {
	Query, Key string // modalities
	Layer      int
	*attention.MultiHead
}

// An Attender is a Fusion that can tell which tokens looked at which.
type Attender interface {
	Fusion
	// Attentions are in the order of the modalities' names and of layers.
	Attentions() []Attention
}

// Attentions are those of all operators of the tree, the inner ones first.
func (t *Tree) Attentions() []Attention {
	var all []Attention
	for _, b := range t.branches {
		if b.tree != nil {
			all = append(all, b.tree.Attentions()...)
		}
	}
	if f, ok := t.fusion.(Attender); ok {
		all = append(all, f.Attentions()...)
	}
	return all
}
