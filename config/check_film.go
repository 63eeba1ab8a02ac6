package config

import (
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
)

// checkFiLM finds before the data is read what the constructor would refuse
// afterwards.
func (c *Config) checkFiLM(at string, o fusion.FiLMConfig, branches, inputs []string) {
	if len(branches) == 1 {
		c.report.Problemf(at, nil, "film wants one modality to steer another, not only %q", branches[0])
	}
	for _, end := range []struct{ key, name string }{{"target", o.Target}, {"condition", o.Condition}} {
		switch {
		case end.name == "" || slices.Contains(branches, end.name):
		case slices.Contains(inputs, end.name):
			c.report.Problemf(at+"."+end.key, []string{at + ".of"}, "the input %q is not joined here; add it to `of`, or name one of %s", end.name, strings.Join(branches, ", "))
		default:
			c.report.Problemf(at+"."+end.key, []string{at + ".of"}, "%s", strictyaml.Unknown("modality", end.name, branches))
		}
	}
	if o.Condition == "" {
		return
	}
	if o.Condition == o.Target {
		c.report.Problemf(at+".condition", []string{at + ".target"}, "%q cannot steer itself; name another modality, or use early, where its tokens attend to each other", o.Target)
	}
	for _, b := range branches {
		if b != o.Target && b != o.Condition {
			c.report.Problemf(at, nil, "%q is neither target nor condition; leave `condition` out for all others to steer the target, or join %q above", b, b)
		}
	}
}

// checkCircles refuses inputs that steer each other by film in a circle: none of
// them could be encoded first. It finds the same input in two places of a tree,
// and says more than that.
func (c *Config) checkCircles() {
	steered := map[string][]string{} // by whom steers
	c.Fusion.eachFiLM("fusion", func(at string, conditions, targets []string) {
		var circle []string // the longest
		for _, from := range conditions {
			for _, to := range targets {
				if back := path(steered, to, from); len(back) >= max(1, len(circle)) {
					circle = append([]string{from}, back...)
				}
			}
		}
		if circle != nil {
			c.report.Problemf(at, nil, "inputs steer each other in a circle: %s; use cross_attention or early, where tokens of each attend to the others", strings.Join(circle, " -> "))
			return
		}
		for _, from := range conditions {
			steered[from] = append(steered[from], targets...)
		}
	})
}

// path leads from one node of a graph without circles to another; nil if there
// is none.
func path(edges map[string][]string, from, to string) []string {
	if from == to {
		return []string{to}
	}
	for _, next := range edges[from] {
		if rest := path(edges, next, to); rest != nil {
			return append([]string{from}, rest...)
		}
	}
	return nil
}

// eachFiLM visits the film fusions of a tree, inner ones first, with the inputs
// below their conditions and targets.
func (f *Fusion) eachFiLM(at string, visit func(at string, conditions, targets []string)) {
	for i, o := range f.Of {
		if o.Fusion != nil {
			o.Fusion.eachFiLM(operandPath(at, i), visit)
		}
	}
	film, ok := f.Config.(fusion.FiLMConfig)
	if !ok || film.Condition == film.Target {
		return
	}
	var conditions, targets []string
	for _, o := range f.Of {
		switch name := o.name(); {
		case name == film.Target:
			targets = append(targets, o.leaves()...)
		case film.Condition == "" || name == film.Condition:
			conditions = append(conditions, o.leaves()...)
		}
	}
	visit(at, conditions, targets)
}
