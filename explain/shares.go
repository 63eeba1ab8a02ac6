package explain

import (
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/fusion"
)

// kinds of shares, by the operator that tells them.
var kinds = map[string]string{"gated": "gate", "attention_pool": "attention", "mixture": "mixture"}

// shares reads those of the last look, the root's first.
func (e *Explainer) shares() []Shares {
	all := []Shares{}
	last := ""
	for i, name := range e.look.shares {
		operator, modality := "", name
		if at := strings.LastIndexByte(name, '.'); at >= 0 {
			operator, modality = name[:at], name[at+1:]
		}
		if i == 0 || operator != last {
			t := find(e.model.Tree(), operator)
			kind, known := kinds[t.Type]
			if !known {
				kind = "weight"
			}
			all = append(all, Shares{Path: t.Path(), Kind: kind, Inputs: map[string]float64{}})
		}
		last = operator
		all[len(all)-1].Inputs[modality] = float64(e.look.program.Output(shareOutput(i))[0])
	}
	return slices.DeleteFunc(all, func(s Shares) bool { return s.nothing() })
}

// nothing says that the row has none of what the operator joins.
func (s Shares) nothing() bool {
	for _, v := range s.Inputs {
		if v != 0 {
			return false
		}
	}
	return true
}

// find is the tree of a name, which is that of a part; the root for "".
func find(t *fusion.Tree, name string) *fusion.Tree {
	if name == "" {
		return t
	}
	for _, p := range t.Parts() {
		if p.Tree == nil {
			continue
		}
		if p.Name == name {
			return p.Tree
		}
		if sub := find(p.Tree, name); sub != nil {
			return sub
		}
	}
	return nil
}
