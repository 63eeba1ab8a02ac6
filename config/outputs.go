package config

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
)

// NamedOutput is one of several outputs.
type NamedOutput struct {
	Name string `yaml:",key"` // letters, digits, _ and -
	// Type of output.
	Type string `yaml:"type"`
	// Config is as that of an Output.
	Config any `yaml:",inline" variant:"output"`
	// Weight of the output's loss in the sum that is trained and reported as the loss.
	Weight float64 `yaml:"weight" default:"1" validate:"min=0"`
	// How the output's head is trained, where not as all the rest.
	Group `yaml:",inline"`
}

// outputs are the options of several outputs, as one.
type outputs []NamedOutput

func (o outputs) targets() (data.Target, error) {
	var all []data.NamedTarget
	for _, x := range o {
		t, err := x.Config.(predicted).newTarget()
		if err != nil {
			return nil, err
		}
		all = append(all, data.NamedTarget{Name: x.Name, Target: t})
	}
	return data.NewTargets(all...)
}

// joint is the head of all, for fitted targets.
func (o outputs) joint(target data.Target, rows int) (head.Head, error) {
	targets := data.TargetsOf(target)
	if len(targets) != len(o) {
		return nil, fmt.Errorf("%d targets for a config with %d outputs", len(targets), len(o))
	}
	var j head.Joint
	for i, x := range o {
		if targets[i].Name != x.Name {
			return nil, fmt.Errorf("output %d is called %q, in the config %q", i+1, targets[i].Name, x.Name)
		}
		h, err := x.Config.(predicted).head(targets[i].Labels(), targets[i].Counts(), answered(targets[i].Counts(), rows))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.Name, err)
		}
		if h, err = h.WithThresholds(data.ThresholdsOf(targets[i].Target)); err != nil {
			return nil, fmt.Errorf("%s: %w", x.Name, err)
		}
		j.Heads = append(j.Heads, head.Named{Name: x.Name, Head: h, Weight: x.Weight})
	}
	return j, nil
}

// answered bounds the rows that labels were counted in: of several outputs, rows may
// lack one.
func answered(counts []int, rows int) int {
	for _, n := range counts {
		rows = max(rows, n)
	}
	return rows
}

// newTarget makes the target of what the config predicts.
func (c *Config) newTarget() (data.Target, error) {
	if len(c.Outputs) > 0 {
		return outputs(c.Outputs).targets()
	}
	return c.Output.Config.(predicted).newTarget()
}

// newHead makes the head of a fitted target.
func (c *Config) newHead(target data.Target, rows int) (head.Head, error) {
	if len(c.Outputs) > 0 {
		return outputs(c.Outputs).joint(target, rows)
	}
	h, err := c.Output.Config.(predicted).head(target.Labels(), target.Counts(), rows)
	if err != nil {
		return nil, err
	}
	return h.WithThresholds(data.ThresholdsOf(target))
}

// Answering is the config with one of its several outputs only, as output.
func (c *Config) Answering(name string) (*Config, error) {
	for _, o := range c.Outputs {
		if o.Name == name {
			one := *c
			one.Output, one.Outputs = Output{Type: o.Type, Config: o.Config, Group: o.Group}, nil
			return &one, nil
		}
	}
	return nil, fmt.Errorf("config: there is no output %q", name)
}

// answers are the columns that hold answers, with the keys that name them.
func (c *Config) answers() []namedColumn {
	var all []namedColumn
	if p, ok := c.Output.Config.(predicted); ok {
		all = append(all, namedColumn{"output.column", p.target().Column})
	}
	for _, o := range c.Outputs {
		if p, ok := o.Config.(predicted); ok {
			all = append(all, namedColumn{"outputs." + o.Name + ".column", p.target().Column})
		}
	}
	return all
}

// Answers are the columns that hold the answers.
func (c *Config) Answers() []string {
	var names []string
	for _, a := range c.answers() {
		names = append(names, a.column)
	}
	return names
}

// checkOutputs refuses what several outputs do not take.
func (c *Config) checkOutputs() {
	switch {
	case len(c.Outputs) == 0:
		if c.Output.Type == "" && c.Output.Config == nil && !c.report.Failed("output") && !c.report.Given("output") {
			c.report.Problemf("output", nil, "says what is predicted, and is missing; give output, or outputs for several")
		}
		return
	case c.report.Given("output"):
		c.report.Problemf("outputs", []string{"output"}, "stands beside output; give one of them")
		return
	}
	if c.late() != nil {
		c.report.Problemf("fusion.type", []string{"outputs"}, "score_average averages the decisions of one output; with several, use a fusion that joins features, such as concat")
	}
	for _, o := range c.Outputs {
		at := "outputs." + o.Name
		if c.report.Failed(at) {
			continue
		}
		p, ok := o.Config.(predicted)
		if !ok {
			continue
		}
		c.explain(at, second(p.newTarget()))
		one := Output{Config: o.Config}
		if one.calibrates() {
			c.needsValidation(at + ".calibrate")
		}
		if t, ok := one.threshold(); ok {
			if _, chosen := t.aim(); chosen {
				c.needsValidation(at + ".threshold")
			}
		}
	}
	if _, err := c.targetsNamed(); err != nil {
		c.explain("outputs", err)
	}
}

// targetsNamed makes the targets of outputs that are all well.
func (c *Config) targetsNamed() (data.Target, error) {
	for _, o := range c.Outputs {
		if _, ok := o.Config.(predicted); !ok || c.report.Failed("outputs."+o.Name) {
			return nil, nil
		}
	}
	return outputs(c.Outputs).targets()
}
