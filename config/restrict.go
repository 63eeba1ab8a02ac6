package config

import (
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
)

// A Part is what the root of a tree joins, to be trained alone.
type Part struct {
	Name   string   // of the member; or of the input, or of the fusion: its inputs, sorted and joined by +
	Inputs []string // in the order of the tree
	// Path is what stands before the names of the part's parameters in the model.
	Path string
	// alone is the part's config; nil: what Only leaves.
	alone *Config
}

// Parts are what is trained alone, where the config asks for it and there are
// several, or where it has members; otherwise nil.
func (c *Config) Parts() []Part {
	if len(c.members) > 0 {
		return c.memberParts()
	}
	if o := c.late(); o == nil || o.Train != "separate" || len(c.Fusion.Of) < 2 {
		return nil
	}
	var parts []Part
	for _, o := range c.Fusion.Of {
		parts = append(parts, Part{Name: o.name(), Inputs: o.leaves()})
	}
	return parts
}

func (c *Config) memberParts() []Part {
	var parts []Part
	for i, alone := range c.members {
		p := Part{Name: c.Members[i].Name, Path: memberPath(c.Members[i].Name) + ".", alone: alone}
		for _, in := range alone.Inputs {
			p.Inputs = append(p.Inputs, in.Name)
		}
		parts = append(parts, p)
	}
	return parts
}

// Part is the config of one of Parts.
func (c *Config) Part(p Part) (*Config, error) {
	if p.alone != nil {
		own := *p.alone
		return &own, nil
	}
	return c.Only(p.Inputs...)
}

// Only is the config with some of its inputs, as Restrict leaves it.
func (c *Config) Only(names ...string) (*Config, error) {
	some := *c
	return &some, some.Restrict(names...)
}

// Restrict takes all inputs but the named ones out of the config: what a model
// can do without them. Fusions that join one thing only are left out; with a
// single input there is none. A score_average at the root whose parts are
// trained separately stays even so, with the one head that its part has.
func (c *Config) Restrict(names ...string) error {
	if len(c.Members) > 0 {
		return &Error{Problems: []Problem{{At: c.report.Position("members"), Path: "members", Message: "inputs cannot be taken out of an ensemble; take members out of the config instead"}}}
	}
	var known []string
	for _, in := range c.Inputs {
		known = append(known, in.Name)
	}
	for i, name := range names {
		wrong := ""
		if !slices.Contains(known, name) {
			wrong = strictyaml.Unknown("input", name, known)
		} else if slices.Contains(names[:i], name) {
			wrong = fmt.Sprintf("%q is named twice among the inputs to keep", name)
		}
		if wrong != "" {
			return &Error{Problems: []Problem{{At: c.report.Position("inputs"), Path: "inputs", Message: wrong}}}
		}
	}
	var kept []Input
	for _, in := range c.Inputs {
		if slices.Contains(names, in.Name) {
			kept = append(kept, in)
		}
	}
	if len(kept) == 0 {
		return fmt.Errorf("a model needs an input; there are %v", known)
	}
	c.Inputs = kept
	defer c.rebalance()
	if c.Fusion == nil {
		return nil
	}
	left := c.Fusion.restrict(names)
	if o := c.late(); o != nil && o.Train == "separate" && c.Fusion.touched(names) == 1 {
		root := *c.Fusion
		root.Of = []Operand{left}
		left = Operand{Fusion: &root}
	}
	c.Fusion = left.Fusion
	return nil
}

// touched is how many operands have some of the inputs.
func (f *Fusion) touched(names []string) int {
	n := 0
	for _, o := range f.Of {
		if slices.ContainsFunc(o.leaves(), func(name string) bool { return slices.Contains(names, name) }) {
			n++
		}
	}
	return n
}

// restrict is what is left of a fusion: itself with fewer operands, the only
// operand, or nothing.
func (f *Fusion) restrict(names []string) Operand {
	left := *f
	left.Of = nil
	now := map[string]string{} // what an operand that is left is called, by what it was
	for _, o := range f.Of {
		was := o.name()
		if o.Fusion != nil {
			o = o.Fusion.restrict(names)
		} else if !slices.Contains(names, o.Input) {
			continue
		}
		if o.Fusion != nil || o.Input != "" {
			left.Of = append(left.Of, o)
			now[was] = o.name()
		}
	}
	switch len(left.Of) {
	case 0:
		return Operand{}
	case 1:
		return left.Of[0]
	}
	switch x := left.Config.(type) {
	case fusion.CrossAttentionConfig:
		x.Pairs = pairsLeft(x.Pairs, now)
		left.Config = x
	case fusion.FiLMConfig:
		if x.Target, x.Condition = now[x.Target], now[x.Condition]; x.Target != "" {
			left.Config = x
		} else { // nothing is left to steer
			left.Type, left.Config = "concat", Defaults[fusion.ConcatConfig]()
		}
	}
	return Operand{Fusion: &left}
}

// pairsLeft are those of which both ends are left, as they are called now.
func pairsLeft(all []fusion.Pair, now map[string]string) []fusion.Pair {
	var pairs []fusion.Pair
	for _, p := range all {
		if p = (fusion.Pair{Query: now[p.Query], Key: now[p.Key]}); p.Query != "" && p.Key != "" {
			pairs = append(pairs, p)
		}
	}
	return pairs
}
