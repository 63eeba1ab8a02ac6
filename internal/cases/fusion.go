package cases

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/nn"
)

// A Maker is a constructor bound to its config.
type Maker = func(*nn.Scope, fusion.Setting) (fusion.Fusion, error)

// A Fusion is a registered fusion, and what is known of it by definition.
type Fusion struct {
	// Name in a config.
	Name string

	// Family and Line are its row of the first table of docs/fusion.md, which go
	// generate ./internal/cases writes. The page also has a section about it, whose
	// heading names it.
	Family, Line string

	// Of makes it for some inputs, as small as it goes. It is checked over one to four
	// inputs, of one token each and of several, every subset of them present
	// (fusion.TestEveryOperatorOverEveryInput).
	Of func(in []fusion.Input) Maker
	// Parameters is its formula.
	Parameters func(in []fusion.Input) int
	// Subsets: see fusiontest.Case.
	Subsets bool
	// Refuses is a part of why it cannot join these inputs; empty where it can.
	Refuses func(in []fusion.Input) string

	// Configs are small models with it, which are trained, resumed, saved, loaded,
	// asked, explained and exported (bundle.TestRegistry).
	Configs []func(*sample.Config)

	// Planted are its options where it is measured on tables whose inputs interact in
	// known ways (internal/planted), alike in size to the others: the row of the second
	// table of docs/fusion.md. %[1]s and %[2]s are the second input and the first.
	Planted string
}

// Find is the entry of a name.
func Find(name string) (Fusion, bool) {
	for _, f := range Fusions {
		if f.Name == name {
			return f, true
		}
	}
	return Fusion{}, false
}

// With binds a constructor to its config.
func With[F fusion.Fusion, C any](construct func(*nn.Scope, fusion.Setting, C) (F, error), c C) Maker {
	return func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) { return construct(s, set, c) }
}

// always is an operator's maker where it does not depend on the inputs.
func always(m Maker) func([]fusion.Input) Maker { return func([]fusion.Input) Maker { return m } }

// Classes is what the scores of an operator that decides by itself are of.
const Classes = 3

// oneToken is why nothing can attend within a single token.
func oneToken(kind string) func([]fusion.Input) string {
	return func(in []fusion.Input) string {
		if len(in) == 1 && in[0].Tokens == 1 {
			return kind + fmt.Sprintf(" uses attention between tokens, but %q has only one", in[0].Name)
		}
		return ""
	}
}
