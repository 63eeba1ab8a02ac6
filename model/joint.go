package model

import (
	"fmt"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/nearest"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// jointOutput has a layer for each of several heads, head.<name>, so that each can be
// trained, frozen and begun from other weights by itself, and a temperature for each
// that asks for one. The logits of all stand one behind the other.
type jointOutput struct {
	parts        []output
	temperatures []*nn.Param // (1), or nil
}

func newJointOutput(root *nn.Scope, size encoders.Shape, h head.Joint) *jointOutput {
	o := &jointOutput{}
	for _, x := range h.Heads {
		o.parts = append(o.parts, newOutput(root.In("head").In(x.Name), size, x.Head))
	}
	for _, x := range h.Heads {
		o.temperatures = append(o.temperatures, newTemperature(root.In("output").In(x.Name), x.Head))
	}
	return o
}

func (o *jointOutput) decide(g *nn.Graph, f *fusion.Fused, ms []fusion.Modality) {
	var all []*gorgonia.Node
	for k, part := range o.parts {
		one := *f
		part.decide(g, &one, ms)
		all = append(all, temper(g, one.Logits, o.temperatures[k]))
	}
	f.Logits = all[0]
	if len(all) > 1 {
		f.Logits = g.Concat(1, all...)
	}
}

// OutputError is a name that none of a model's outputs has.
type OutputError struct {
	Name  string
	Names []string // of its outputs; none of a model of one, which has no name
}

func (e *OutputError) Error() string {
	if len(e.Names) == 0 {
		return fmt.Sprintf("the model has one output, which has no name, and none named %q; leave the name out", e.Name)
	}
	hint := ""
	if near := nearest.Name(e.Name, e.Names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Sprintf("the model has no output %q, it has %s%s", e.Name, strings.Join(e.Names, ", "), hint)
}

// ExitCode is 2.
func (e *OutputError) ExitCode() int { return 2 }

// Answering is the model with one of its several outputs only, over the same
// parameters: what is computed, calibrated, explained and measured of it is that of this
// output alone. An unknown name is an *OutputError.
func (m *Model) Answering(name string) (*Model, error) {
	if !m.made() {
		return nil, errMissing
	}
	joint, ok := m.head.(head.Joint)
	if !ok {
		return nil, &OutputError{Name: name}
	}
	k := joint.Index(name)
	if k < 0 {
		return nil, &OutputError{name, joint.Losses()}
	}
	network := *m.networks[0] // of several outputs there is one
	all := network.output.(*jointOutput)
	network.output = all.parts[k]
	return &Model{
		seed: m.seed, scope: m.scope, inputs: m.inputs, networks: []*Network{&network}, head: joint.Heads[k].Head, temperature: all.temperatures[k],
		memory: m.memory, frozen: m.Frozen(), programs: map[programKey]*nn.Program{},
	}, nil
}

// newTemperature makes what the logits of a head are divided by, if it asks for that.
func newTemperature(s *nn.Scope, h head.Head) *nn.Param {
	if !h.Calibrated() {
		return nil
	}
	return s.Buffer("temperature", []int{1}, nn.Ones)
}

// temper divides logits by a temperature, if there is one.
func temper(g *nn.Graph, logits *gorgonia.Node, by *nn.Param) *gorgonia.Node {
	if by == nil {
		return logits
	}
	return g.At("output").Apply(op.Temper{}, logits, g.Param(by))
}
