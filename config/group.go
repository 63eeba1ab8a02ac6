package config

import (
	"errors"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Group says how an encoder, a fusion or the head is trained, where not as
// training.optimizer says.
type Group struct {
	// Learning rate of this part, instead of the optimizer's; it follows the same schedule.
	LearningRate *float64 `yaml:"learning_rate,omitempty" validate:"omitempty,gt=0"`
	// Weight decay of this part, instead of the optimizer's.
	WeightDecay *float64 `yaml:"weight_decay,omitempty" validate:"omitempty,gte=0"`
	// Leaves this part as it is, as init_from or chance made it: it runs without dropout, and takes no memory for gradients.
	Freeze bool `yaml:"freeze,omitempty"`
	// Freezes this part for so many epochs, and trains it afterwards.
	FreezeUntil *int `yaml:"freeze_until,omitempty" validate:"omitempty,gte=1"`
	// Factor by which the learning rate falls from each layer of this part to the one before it, such as 0.8. Of encoders that are stacks of layers.
	LayerDecay *float64 `yaml:"layer_decay,omitempty" validate:"omitempty,gt=0,lte=1"`
}

// groupKeys are the keys of a Group, which options of an encoder, a fusion or an
// output cannot have.
var groupKeys = []string{"learning_rate", "weight_decay", "freeze", "freeze_until", "layer_decay"}

// part is the group of the module at a path; false if nothing is set.
func (g Group) part(path string, layers [][]string) (trainer.Part, bool) {
	if g == (Group{}) {
		return trainer.Part{}, false
	}
	p := trainer.Part{Path: path, WeightDecay: g.WeightDecay, Layers: layers}
	if g.LearningRate != nil {
		p.LearningRate = *g.LearningRate
	}
	switch {
	case g.Freeze:
		p.FreezeUntil = trainer.Always
	case g.FreezeUntil != nil:
		p.FreezeUntil = *g.FreezeUntil
	}
	if g.LayerDecay != nil {
		p.LayerDecay = *g.LayerDecay
	}
	return p, true
}

// check reports keys that contradict each other.
func (g Group) check(c *Config, at string) {
	if g.Freeze && g.FreezeUntil != nil {
		c.report.Problemf(at+".freeze_until", []string{at + ".freeze"}, "is %d, and freeze leaves the part as it is for good; give one of them", *g.FreezeUntil)
	}
	if g.FreezeUntil != nil && *g.FreezeUntil >= c.Training.Epochs {
		c.report.Problemf(at+".freeze_until", []string{"training.epochs"}, "is %d, and training ends after %d epochs; to leave the part as it is, say freeze: true", *g.FreezeUntil, c.Training.Epochs)
	}
	for _, x := range []struct {
		key string
		set bool
	}{{"learning_rate", g.LearningRate != nil}, {"weight_decay", g.WeightDecay != nil}, {"layer_decay", g.LayerDecay != nil}} {
		if g.Freeze && x.set {
			c.report.Problemf(at+"."+x.key, []string{at + ".freeze"}, "has no effect, since the part is frozen; leave one of them out")
		}
	}
}

// grouped is a place of a config that has a Group.
type grouped struct {
	at   string // in the config
	path string // in the model
	Group
}

// groups lists all of them.
func (c *Config) groups() []grouped {
	var all []grouped
	if len(c.Members) > 0 {
		return nil // those of each member's own config
	}
	for _, in := range c.Inputs {
		if _, ok := c.optionsOf(in); !ok {
			continue // a problem of its own
		}
		all = append(all, grouped{inputPath(in.Name) + ".encoder", "encoders." + in.Name, c.EncoderOf(in).Group})
	}
	if c.Fusion != nil {
		all = c.Fusion.groups("fusion", "fusion", all)
	}
	for _, o := range c.Outputs {
		all = append(all, grouped{"outputs." + o.Name, "head." + o.Name, o.Group})
	}
	if len(c.Outputs) > 0 {
		return all
	}
	return append(all, grouped{"output", "head", c.Output.Group})
}

func (f *Fusion) groups(at, path string, all []grouped) []grouped {
	all = append(all, grouped{at, path, f.Group})
	for i, o := range f.Of {
		if o.Fusion != nil {
			all = o.Fusion.groups(operandPath(at, i), path+"."+o.Fusion.name(), all)
		}
	}
	return all
}

func (c *Config) checkGroups() {
	for _, g := range c.groups() {
		g.check(c, g.at)
	}
}

// Trained are the parts that the config trains in ways of their own, for a
// trainer of m.
func (c *Config) Trained(m *model.Model) ([]trainer.Part, error) {
	var parts []trainer.Part
	for _, g := range c.groups() {
		var layers [][]string
		for i, in := range c.Inputs {
			if stack, ok := m.Encoders()[i].(encoders.Layered); ok && g.path == "encoders."+in.Name {
				layers = stack.Layers()
			}
		}
		p, ok := g.part(g.path, layers)
		if !ok {
			continue
		}
		if err := m.Has(p.Path); err != nil {
			if g.at == "output" {
				err = errors.New("the fusion decides by itself, so that no head stands behind it; say at `fusion` how it is trained")
			}
			return nil, c.refused(g.at, "", err)
		}
		if p.LayerDecay > 0 && layers == nil {
			return nil, c.refused(g.at+".layer_decay", "", errors.New("this is no stack of layers; leave it out"))
		}
		parts = append(parts, p)
	}
	return parts, nil
}
