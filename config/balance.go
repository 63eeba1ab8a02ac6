package config

import (
	"reflect"

	"github.com/chiasm-ml/chiasm/model"
)

// unbalanced is the training.balance of a model whose inputs are left as they are.
const unbalanced = "none"

// averaged is the training.balance whose heads vote.
const averaged = "average"

func (t Training) balance() model.Balance {
	if t.Balance == "" || t.Balance == unbalanced {
		return model.Balance{}
	}
	return model.Balance{Weight: t.BalanceWeight, Pareto: t.Balance == "pareto", Average: t.Balance == averaged}
}

// decides reports whether a fusion joins decisions rather than features.
func (f *Fusion) decides() bool {
	d, ok := f.Config.(interface{ Decides() bool })
	return ok && d.Decides()
}

// decides reports whether fusions of a type join decisions.
func (r *Registry) decides(kind string) bool {
	for _, v := range r.fusions.Variants() {
		if v.Name == kind {
			return (&Fusion{Config: reflect.Zero(v.Type).Interface()}).decides()
		}
	}
	return false
}

// joined lists the inputs whose features a fusion joins, which training.balance acts on.
// A target of film, whose encoder others modulate, is among them: only its constructor knows.
func (f *Fusion) joined() []string {
	if f == nil {
		return nil
	}
	var names []string
	for _, o := range f.Of {
		switch {
		case o.Fusion != nil:
			names = append(names, o.Fusion.joined()...)
		case !f.decides() && len(f.Of) > 1:
			names = append(names, o.Input)
		}
	}
	return names
}

// rebalance leaves out as much of a balance as nothing is left for. A fusion that does not say yet what
// it joins joins all inputs.
func (c *Config) rebalance() {
	f := c.Fusion
	if f != nil && len(f.Of) == 0 && !f.decides() {
		return
	}
	switch {
	case len(f.joined()) == 0:
		c.Training.Balance = unbalanced
	case f.decides() && c.Training.Balance == averaged:
		c.Training.Balance = "auxiliary"
	}
}

// checkBalance refuses a balance of nothing.
func (c *Config) checkBalance() {
	const at = "training.balance"
	if c.Training.balance() == (model.Balance{}) || c.report.Failed("fusion") || c.report.Failed("inputs") || len(c.Inputs) == 0 || len(c.Members) > 0 {
		return
	}
	switch {
	case len(c.Outputs) > 0:
		c.report.Problemf(at, []string{"outputs"}, "is for a model of one output, not for several yet; leave it out")
	case len(c.Fusion.joined()) == 0:
		c.report.Problemf(at, []string{"fusion"}, "has nothing to balance, since no two inputs are joined by their features: an input that decides by itself, alone or in a score_average, is trained alone already; leave it out")
	case c.Fusion.decides() && c.Training.Balance == averaged:
		c.report.Problemf(at, []string{"fusion"}, "is average, and the fusion at the root joins decisions itself; set auxiliary or pareto for the inputs that are joined by their features below it")
	}
}
