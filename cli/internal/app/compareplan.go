package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/internal/nearest"
)

// contender is one way to predict that is compared.
type contender struct {
	kind, name string
	inputs     []string
	config     *config.Config // of the base seed
	data       *fit.Data      // of its inputs
	parameters int
	runs       []*runRecord // those made, in the order of seeds
}

// skip is a fusion that cannot be used here.
type skip struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Rules for pairs of inputs, with three inputs or more.
const (
	pairsBest = "best" // the best input alone, with each of the others
	pairsAll  = "all"
	pairsNone = "none"
)

var pairRules = []string{pairsBest, pairsAll, pairsNone}

// ownTree is the name of the config's own fusion where that is a tree.
const ownTree = "config"

// plan finds the contenders that are known before anything is trained.
func (c *comparison) plan() error {
	for _, in := range c.config.Inputs {
		k, err := c.restricted(compare.Modality, c.config, in.Name)
		if err != nil {
			return err
		}
		c.contenders = append(c.contenders, k)
	}
	fusions, err := c.fusions()
	if err != nil {
		return err
	}
	c.contenders = append(c.contenders, fusions...)
	if c.options.Pairs == pairsAll {
		return c.addPairs()
	}
	return nil
}

// wanted is a fusion to be compared, perhaps with options.
type wanted struct{ name, kind, options string }

// fusions are those that can be used on the inputs, the simplest first.
func (c *comparison) fusions() ([]*contender, error) {
	list, err := c.wanted()
	if err != nil {
		return nil, err
	}
	var all []*contender
	rank := map[*contender]int{}
	ladder := c.options.Registry.Ladder()
	for _, w := range list {
		k, err := c.fusion(w)
		if err != nil {
			why := reason(err)
			if w.options == "" && strings.Contains(why, "required key") {
				why += fmt.Sprintf("; name it with its options, as in %s{key: value}", w.kind)
			}
			c.skipped = append(c.skipped, skip{w.name, why})
			continue
		}
		all = append(all, k)
		if rank[k] = slices.Index(ladder, w.kind); rank[k] < 0 {
			rank[k] = len(ladder)
		}
	}
	if len(all) == 0 {
		return nil, &UsageError{fmt.Sprintf("no fusion can be used on these inputs: %s: %s", c.skipped[0].Name, c.skipped[0].Reason)}
	}
	slices.SortStableFunc(all, func(a, b *contender) int {
		return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(a.parameters, b.parameters), cmp.Compare(a.name, b.name))
	})
	return all, nil
}

// wanted are the fusions named, or the registry's ladder with the config's own.
func (c *comparison) wanted() ([]wanted, error) {
	specs := c.options.Fusions
	own := c.config.Fusion.Type
	if !c.config.Fusion.Flat() {
		own = ownTree
	}
	if len(specs) == 0 {
		specs = c.options.Registry.Ladder()
		if !slices.Contains(specs, own) {
			specs = append(specs, own)
		}
	}
	var list []wanted
	for _, s := range specs {
		for _, one := range splitOutside(s) {
			w, err := c.parse(one)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(list, func(o wanted) bool { return o.name == w.name }) {
				return nil, &UsageError{fmt.Sprintf("--fusion names %s twice", w.name)}
			}
			list = append(list, w)
		}
	}
	return list, nil
}

// parse reads a name, or a name with options as in concat{hidden: [64]}.
func (c *comparison) parse(s string) (wanted, error) {
	kind, options, braced := strings.Cut(s, "{")
	w := wanted{name: s, kind: strings.TrimSpace(kind)}
	if braced {
		var closed bool
		if w.options, closed = strings.CutSuffix(options, "}"); !closed {
			return w, &UsageError{fmt.Sprintf("--fusion %s: options end with a brace, as in concat{hidden: [64]}", s)}
		}
	}
	if w.kind == ownTree && !braced {
		return w, nil
	}
	var known []string
	for _, e := range c.options.Registry.Fusions() {
		known = append(known, e.Name)
	}
	if !slices.Contains(known, w.kind) {
		hint := ""
		if n := nearest.Name(w.kind, known); n != "" {
			hint = fmt.Sprintf(" (did you mean %s?)", n)
		}
		return w, &UsageError{fmt.Sprintf("--fusion names %q, and there are %s, and %s for the config's own%s", w.kind, strings.Join(known, ", "), ownTree, hint)}
	}
	return w, nil
}

// splitOutside cuts at commas that are in no brackets.
func splitOutside(s string) []string {
	var out []string
	depth, from := 0, 0
	for i, r := range s {
		switch r {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(s[from:i]))
				from = i + 1
			}
		}
	}
	return append(out, strings.TrimSpace(s[from:]))
}

// fusion is a contender of all inputs; its error is why it cannot be.
func (c *comparison) fusion(w wanted) (*contender, error) {
	whole := c.config
	if w.kind != ownTree {
		var err error
		if whole, err = c.config.WithFusion(w.kind, w.options); err != nil {
			return nil, err
		}
	}
	k := &contender{kind: compare.Fusion, name: w.name, config: whole}
	for _, in := range whole.Inputs {
		k.inputs = append(k.inputs, in.Name)
	}
	return k, c.complete(k)
}

// restricted is a contender of some inputs of a config.
func (c *comparison) restricted(kind string, of *config.Config, names ...string) (*contender, error) {
	some := *of
	if err := some.Restrict(names...); err != nil {
		return nil, err
	}
	some.Data.MissingAll = "prior" // of the inputs that are left
	k := &contender{kind: kind, name: strings.Join(names, "+"), inputs: names, config: &some}
	return k, c.complete(k)
}

// complete gives a contender its data, and makes its model once to see that it
// can be made.
func (c *comparison) complete(k *contender) (err error) {
	inputs := strings.Join(k.inputs, "+")
	if k.data = c.views[inputs]; k.data == nil {
		if k.data, err = c.data.Only(context.Background(), k.inputs); err != nil {
			return err
		}
		c.views[inputs] = k.data
	}
	m, err := k.config.NewModel(k.data.Inputs, k.data.Target, k.data.Fitted)
	if err != nil {
		return err
	}
	k.parameters = len(m.Weights())
	return nil
}

// reason is an error without its place in a file that nobody has written.
func reason(err error) string {
	var e *config.Error
	if errors.As(err, &e) && len(e.Problems) > 0 {
		p := e.Problems[0]
		return strings.TrimPrefix(p.Path+": ", ": ") + p.Message
	}
	return err.Error()
}

// paired says whether the pairs are among the contenders, or will never be.
func (c *comparison) paired() bool {
	return c.options.Pairs == pairsNone || len(c.config.Inputs) < 3 ||
		slices.ContainsFunc(c.contenders, func(k *contender) bool { return k.kind == compare.Subset })
}

// pairsToCome is how many pairs there will be.
func (c *comparison) pairsToCome() int {
	n := len(c.config.Inputs)
	if c.options.Pairs == pairsAll {
		return n * (n - 1) / 2
	}
	return n - 1
}

// addPairs adds pairs of inputs, joined by the simplest fusion, behind the
// inputs alone.
func (c *comparison) addPairs() error {
	if c.paired() {
		return nil
	}
	at := len(c.config.Inputs)
	simplest, best := c.contenders[at], ""
	if c.options.Pairs == pairsBest {
		best = c.contenders[c.study().BestModality()].name
	}
	for i, a := range c.config.Inputs {
		for _, b := range c.config.Inputs[i+1:] {
			if best != "" && a.Name != best && b.Name != best {
				continue
			}
			k, err := c.restricted(compare.Subset, simplest.config, a.Name, b.Name)
			if err != nil {
				c.skipped = append(c.skipped, skip{a.Name + "+" + b.Name, reason(err)})
				continue
			}
			c.contenders = slices.Insert(c.contenders, at, k)
			at++
		}
	}
	return nil
}
