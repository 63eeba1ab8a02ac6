package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/strictyaml"
	"github.com/chiasm-ml/chiasm/model"
)

// Member is one model of an ensemble: trained alone, on some of the inputs.
type Member struct {
	Name string `yaml:",key"` // letters, digits, _ and -
	// Votes is how often the member's prediction counts in the mean.
	Votes int `yaml:"votes" default:"1" validate:"min=1,max=10000"`
	// Seed of the member's initial values, of its dropout and of the order of its rows; by default that of the whole config.
	Seed *uint64 `yaml:"seed,omitempty"`
	// Names of the inputs that the member reads; all if left out.
	Of []string `yaml:"of,omitempty" validate:"unique,dive,required"`
	// Inputs of which the member has an encoder of its own. All other keys of such an input are as in the config's inputs.
	Inputs []Input `yaml:"inputs,omitempty"`
	// How the member's inputs are joined. Needed for two or more.
	Fusion *Fusion `yaml:"fusion,omitempty"`
	// How the member is trained, where not as training says.
	Training *Training `yaml:"training,omitempty"`
}

// memberPath is the dotted key of a member.
func memberPath(name string) string { return "members." + name }

// checkMembers holds each member against the rest of the config, and makes its own.
func (c *Config) checkMembers() {
	if len(c.Members) == 0 || c.report.Failed("members") {
		return
	}
	switch {
	case c.report.Given("fusion"):
		c.report.Problemf("fusion", []string{"members"}, "stands beside members, which are joined by the mean of their predictions; leave it out")
		return
	case len(c.Outputs) > 0:
		c.report.Problemf("members", []string{"outputs"}, "predict one output; with several, train one model")
		return
	case c.report.Failed("inputs"), c.report.Failed("output"), c.report.Failed("training"), c.report.Failed("data"):
		return
	}
	c.members = make([]*Config, len(c.Members))
	read := map[string]bool{}
	for i, m := range c.Members {
		if !isName(m.Name, "") {
			c.report.Problemf("members", nil, "the name %q is not made of letters, digits, _ and - only", m.Name)
			continue
		}
		if c.members[i] = c.checkMember(m); c.members[i] == nil {
			continue
		}
		c.Members[i].Fusion = c.members[i].Fusion // with what it joins
		for _, in := range c.members[i].Inputs {
			read[in.Name] = true
		}
	}
	for _, in := range c.Inputs {
		if !read[in.Name] && !c.report.Failed("members") {
			c.report.Problemf("members", []string{inputPath(in.Name)}, "no member reads the input %q; name it in `of`, or take it out of inputs", in.Name)
		}
	}
}

// checkMember is the config of a member alone; nil if something is wrong with it, which is
// then reported.
func (c *Config) checkMember(m Member) *Config {
	at := memberPath(m.Name)
	alone, ok := c.alone(m)
	if !ok {
		return nil
	}
	src, err := strictyaml.Marshal(alone)
	if err != nil {
		c.report.Problemf(at, nil, "%s", err)
		return nil
	}
	made, err := Parse(filepath.Join(c.dir, "member "+m.Name), src, c.registry)
	var e *Error
	switch {
	case errors.As(err, &e):
		for _, p := range e.Problems {
			message := p.Message
			if p.Path != "" {
				message = p.Path + ": " + message
			}
			c.report.Problemf(at, nil, "%s", message)
		}
		return nil
	case err != nil:
		c.report.Problemf(at, nil, "%s", err)
		return nil
	}
	return made
}

// alone is what a member is by itself.
func (c *Config) alone(m Member) (*Config, bool) {
	at := memberPath(m.Name)
	var known []string
	for _, in := range c.Inputs {
		known = append(known, in.Name)
	}
	own := map[string]Input{}
	for _, in := range m.Inputs {
		i := slices.Index(known, in.Name)
		switch {
		case i < 0:
			c.report.Problemf(at+".inputs", []string{"inputs"}, "%s", strictyaml.Unknown("input", in.Name, known))
			return nil, false
		case !sameReading(in, c.Inputs[i]):
			c.report.Problemf(at+".inputs."+in.Name, []string{inputPath(in.Name)}, "is read in another way than inputs.%s: a member may have an encoder of its own; what reads columns in another way is an input of another name", in.Name)
			return nil, false
		}
		own[in.Name] = in
	}
	alone := *c
	alone.Members, alone.members, alone.Inputs, alone.Fusion = nil, nil, nil, m.Fusion
	for i, name := range m.Of {
		if !slices.Contains(known, name) {
			c.report.Problemf(fmt.Sprintf("%s.of[%d]", at, i), []string{"inputs"}, "%s", strictyaml.Unknown("input", name, known))
			return nil, false
		}
	}
	for _, in := range c.Inputs {
		other, changed := own[in.Name]
		if m.Of != nil && !slices.Contains(m.Of, in.Name) {
			if changed {
				c.report.Problemf(at+".inputs."+in.Name, []string{at + ".of"}, "the member does not read it; name it in `of`, or leave it out")
				return nil, false
			}
			continue
		}
		if changed {
			in = other
		}
		alone.Inputs = append(alone.Inputs, in)
	}
	if m.Seed != nil {
		alone.Seed = *m.Seed
	}
	if m.Training != nil {
		alone.Training = *m.Training
	} else {
		alone.rebalance()
	}
	alone.Output = c.Output.uncalibrated()
	if len(alone.Inputs) < len(c.Inputs) {
		alone.Data.MissingAll = "prior" // of the inputs that it has
	}
	return &alone, true
}

// sameReading says whether two inputs read the same columns in the same way.
func sameReading(a, b Input) bool {
	bare := func(in Input) any {
		v := reflect.ValueOf(in.Config)
		if v.Kind() != reflect.Struct {
			return in.Config
		}
		own := reflect.New(v.Type()).Elem()
		own.Set(v)
		own.FieldByName("Encoder").SetZero()
		return own.Interface()
	}
	return a.Type == b.Type && a.Config != nil && reflect.DeepEqual(bare(a), bare(b))
}

// uncalibrated is the output of a member: what is fitted after training is fitted to the
// mean.
func (o Output) uncalibrated() Output {
	if c, ok := o.Config.(interface{ uncalibrated() any }); ok {
		o.Config = c.uncalibrated()
	}
	return o
}

// MemberConfigs are the configs of the members, each a model alone; nil where the config is
// of one model.
func (c *Config) MemberConfigs() []*Config { return slices.Clone(c.members) }

// networks are the members of the model.
func (c *Config) networks() []model.Member {
	var all []model.Member
	for i, alone := range c.members {
		m := model.Member{Name: c.Members[i].Name, Votes: c.Members[i].Votes}
		for _, in := range alone.Inputs {
			m.Inputs = append(m.Inputs, model.Input{Name: in.Name, Encoder: alone.encoder(in)})
		}
		if alone.Fusion != nil {
			m.Fusion = alone.node(alone.Fusion, "fusion")
		}
		all = append(all, m)
	}
	return all
}

// EncodersOf are the types of the encoders that an input has, each once: one, but for
// members that differ.
func (c *Config) EncodersOf(in Input) []string {
	if len(c.members) == 0 {
		return []string{c.EncoderOf(in).Type}
	}
	var all []string
	for _, alone := range c.members {
		for _, own := range alone.Inputs {
			if t := alone.EncoderOf(own).Type; own.Name == in.Name && !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	return all
}
