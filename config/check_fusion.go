package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
)

// checkFusion holds the tree against the inputs: each is used once.
func (c *Config) checkFusion() {
	names := make([]string, len(c.Inputs))
	for i, in := range c.Inputs {
		names[i] = in.Name
	}
	if c.Fusion == nil {
		if len(names) > 1 && len(c.Members) == 0 && !c.report.Failed("inputs") {
			c.report.Missing("", "fusion", fmt.Sprintf("%d inputs are joined by one of %s", len(names), strings.Join(c.registry.fusions.Names(), ", ")))
		}
		return
	}
	c.checkCircles()
	used := map[string]string{}
	c.checkNode(c.Fusion, "fusion", names, used)
	for _, name := range names {
		if _, ok := used[name]; !ok && !c.report.Failed("inputs") && !c.report.Failed("fusion") {
			c.report.Problemf("fusion", nil, "the input %q is not used; name it in `of`, or take it out of inputs", name)
		}
	}
}

func (c *Config) checkNode(f *Fusion, at string, names []string, used map[string]string) {
	if len(f.Of) == 0 && len(names) > 0 {
		c.report.Problemf(at+".of", nil, "is empty: name the inputs to be joined")
	}
	branches := make([]string, len(f.Of))
	for i, o := range f.Of {
		here := operandPath(at, i)
		branches[i] = o.name()
		if o.Fusion != nil {
			if o.Fusion.Of == nil {
				c.report.Missing(here, "of", "a fusion inside another names what it joins")
			} else {
				c.checkNode(o.Fusion, here, names, used)
			}
			continue
		}
		first, twice := used[o.Input]
		switch {
		case !slices.Contains(names, o.Input):
			c.report.Problemf(here, []string{"inputs"}, "%s", strictyaml.Unknown("input", o.Input, names))
		case twice:
			c.report.Problemf(here, nil, "the input %q is used before, at %s", o.Input, first)
		default:
			used[o.Input] = here
		}
	}
	switch o := f.Config.(type) {
	case fusion.CrossAttentionConfig:
		c.checkCrossAttention(at, o, branches)
	case fusion.FiLMConfig:
		c.checkFiLM(at, o, branches, names)
	}
}

func operandPath(at string, i int) string { return fmt.Sprintf("%s.of[%d]", at, i) }

// name is what a fusion is called inside another: its inputs, sorted. It is
// fusion.Node's own rule.
func (f *Fusion) name() string {
	leaves := f.leaves()
	slices.Sort(leaves)
	return strings.Join(leaves, "+")
}

func (f *Fusion) leaves() []string {
	var names []string
	for _, o := range f.Of {
		names = append(names, o.leaves()...)
	}
	return names
}

func (o Operand) name() string {
	if o.Fusion != nil {
		return o.Fusion.name()
	}
	return o.Input
}

func (o Operand) leaves() []string {
	if o.Fusion != nil {
		return o.Fusion.leaves()
	}
	return []string{o.Input}
}

// checkCrossAttention finds before the data is read which pairs the
// constructor would refuse afterwards.
func (c *Config) checkCrossAttention(at string, o fusion.CrossAttentionConfig, branches []string) {
	if len(branches) == 1 {
		c.report.Problemf(at, nil, "cross_attention joins two or more, not only %q", branches[0])
	}
	for i, p := range o.Pairs {
		here := fmt.Sprintf("%s.pairs[%d]", at, i)
		for _, end := range []struct{ key, name string }{{"query", p.Query}, {"key", p.Key}} {
			if !slices.Contains(branches, end.name) {
				c.report.Problemf(here+"."+end.key, []string{at + ".of"}, "%s", strictyaml.Unknown("modality", end.name, branches))
			}
		}
		if p.Query == p.Key {
			c.report.Problemf(here, []string{here + ".query", here + ".key"}, "%q cannot attend to itself across", p.Query)
		}
	}
}
