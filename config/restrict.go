package config

import (
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
)

// Restrict takes all inputs but the named ones out of the config: what a model
// can do without them. Fusions that join one thing only are left out; with a
// single input there is none.
func (c *Config) Restrict(names ...string) error {
	var known []string
	for _, in := range c.Inputs {
		known = append(known, in.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return &Error{Problems: []Problem{{At: c.report.Position("inputs"), Path: "inputs", Message: strictyaml.Unknown("input", name, known)}}}
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
	if c.Fusion != nil {
		c.Fusion = c.Fusion.restrict(names).Fusion
	}
	return nil
}

// restrict is what is left of a fusion: itself with fewer operands, the only
// operand, or nothing.
func (f *Fusion) restrict(names []string) Operand {
	left := *f
	left.Of = nil
	for _, o := range f.Of {
		if o.Fusion != nil {
			o = o.Fusion.restrict(names)
		} else if !slices.Contains(names, o.Input) {
			continue
		}
		if o.Fusion != nil || o.Input != "" {
			left.Of = append(left.Of, o)
		}
	}
	switch len(left.Of) {
	case 0:
		return Operand{}
	case 1:
		return left.Of[0]
	}
	if x, ok := left.Config.(fusion.CrossAttentionConfig); ok {
		x.Pairs = left.pairs(x.Pairs)
		left.Config = x
	}
	return Operand{Fusion: &left}
}

// pairs are those of which both ends are left.
func (f *Fusion) pairs(all []fusion.Pair) []fusion.Pair {
	var names []string
	for _, o := range f.Of {
		if o.Fusion != nil {
			names = append(names, o.Fusion.name())
		} else {
			names = append(names, o.Input)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(p fusion.Pair) bool {
		return !slices.Contains(names, p.Query) || !slices.Contains(names, p.Key)
	})
}
